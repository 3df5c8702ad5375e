"""The least that speaks ASGI to an application, without a server."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from gate_action_capture.app import FeedbackApp


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


async def ask(
    app: FeedbackApp,
    method: str = "POST",
    path: str = "/v1/feedback",
    stated: Any = None,
    headers: Mapping[str, str] | None = None,
    **scope: Any,
) -> Answered:
    """One request. ``stated``: bytes as they are, anything else as JSON."""
    body = stated if isinstance(stated, bytes) else json.dumps(stated).encode()
    given = {"content-type": "application/json", **(headers or {})}
    pieces = [body[start : start + 4_096] for start in range(0, len(body), 4_096)] or [b""]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    named = [(name.encode(), value.encode()) for name, value in given.items()]
    whole = {"type": "http", "method": method, "path": path, "headers": named, "client": ("10.0.0.1", 1), **scope}
    await app(whole, receive, send)
    answered = b"".join(one.get("body", b"") for one in sent)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    is_json = found.get("content-type", "").startswith("application/json")
    return Answered(sent[0]["status"], found, json.loads(answered) if is_json else answered)
