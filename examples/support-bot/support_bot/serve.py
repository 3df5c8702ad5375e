"""The bot as a long-lived child: JSON lines on stdin, JSON lines on stdout (docs/contracts.md, 3)."""

import json
import sys
from collections.abc import Iterable
from typing import IO, Any

from support_bot.app import answer
from support_bot.question import QuestionError


def serve(requests: Iterable[str], replies: IO[str]) -> None:
    """Answers line by line, each reply flushed, until the requests end."""
    for line in requests:
        if line.strip():
            print(json.dumps(reply(line), ensure_ascii=False), file=replies, flush=True)


def reply(line: str) -> dict[str, Any]:
    """The answer to one request, or its error in the protocol's words."""
    try:
        request = json.loads(line)
    except json.JSONDecodeError as error:
        return {"id": "", "error": f"the request is not JSON: {error}", "kind": "target"}
    if not isinstance(request, dict) or "id" not in request:
        return {"id": "", "error": "the request has no id", "kind": "target"}
    try:
        return {"id": request["id"], **answer(request.get("input"))}
    except QuestionError as error:
        return {"id": request["id"], "error": str(error), "kind": "target"}


def main() -> None:
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a real stdin can be reconfigured
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # as above
    serve(sys.stdin, sys.stdout)


if __name__ == "__main__":
    main()
