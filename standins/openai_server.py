"""An OpenAI-compatible server on loopback: says what a test tells it to, keeps a journal of what it was asked."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True, kw_only=True)
class Says:
    """One scripted answer to one request."""

    text: str | None = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """The whole body, instead of a completion."""
    delay_s: float = 0.0
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    has_usage: bool = True


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it came."""

    path: str
    authorization: str
    body: Mapping[str, Any]


def echo(body: Mapping[str, Any]) -> Says:
    """The last message, as it was said."""
    return Says(text=str(body["messages"][-1]["content"]))


@dataclass(kw_only=True)
class OpenAIServer:
    """``script`` is worked off first; what comes after it is up to ``otherwise``."""

    script: deque[Says] = field(default_factory=deque)
    otherwise: Callable[[Mapping[str, Any]], Says] = echo
    journal: list[Asked] = field(default_factory=list)
    most_at_once: int = 0
    url: str = ""
    """The base URL that clients want, with ``/v1``."""
    _now: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.journal.append(Asked(path=request.path, authorization=request.headers["Authorization"], body=body))
        says = self.script.popleft() if self.script else self.otherwise(body)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            await asyncio.sleep(says.delay_s)
        finally:
            self._now -= 1
        content = says.raw if says.raw is not None else json.dumps(completion(says, body)).encode()
        return web.Response(
            body=content, status=says.status, headers=dict(says.headers), content_type="application/json"
        )


def completion(says: Says, body: Mapping[str, Any]) -> dict[str, Any]:
    if says.status >= 400:
        return {"error": {"message": says.text, "type": "scripted", "code": says.status}}
    message: dict[str, Any] = {"role": "assistant", "content": says.text}
    if says.tool_calls:
        message["tool_calls"] = [dict(call) for call in says.tool_calls]
    told: dict[str, Any] = {
        "id": "completion-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    if says.has_usage:
        told["usage"] = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return told


@asynccontextmanager
async def openai_server(
    *script: Says, otherwise: Callable[[Mapping[str, Any]], Says] = echo
) -> AsyncIterator[OpenAIServer]:
    scripted = OpenAIServer(script=deque(script), otherwise=otherwise)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", scripted.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        scripted.url = str(server.make_url("/v1"))
        yield scripted
