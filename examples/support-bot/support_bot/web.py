"""The bot over HTTP: ``POST /answer`` with ``{"input": ...}``, and ``GET /healthz``. Listens on 127.0.0.1:$PORT."""

import json
import os
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support_bot.app import answer
from support_bot.question import QuestionError

MOST_BYTES = 100_000


class InputError(ValueError):
    """The request's body cannot be read."""


class BotRequest(BaseHTTPRequestHandler):
    """One request. Faults of the caller are 4xx with a sentence."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self._send(HTTPStatus.OK, {"status": "ready"})
        else:
            self._send(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}"})

    def do_POST(self) -> None:
        if self.path != "/answer":
            self._send(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}"})
            return
        try:
            asked = self._read_input()
        except InputError as error:
            self._send(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        try:
            self._send(HTTPStatus.OK, answer(asked))
        except QuestionError as error:
            self._send(HTTPStatus.BAD_REQUEST, {"error": str(error)})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's parameter
        """Nothing: a line for each request would drown what matters."""

    def _read_input(self) -> object:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            raise InputError(f"a body of at most {MOST_BYTES} bytes needs its Content-Length")
        try:
            request = json.loads(self.rfile.read(int(length)))
        except ValueError as error:  # not JSON, or not UTF-8
            raise InputError(f"the body is not JSON: {error}") from error
        if not isinstance(request, dict) or "input" not in request:
            raise InputError('the body is {"input": ...}')
        return request["input"]

    def _send(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        if status is not HTTPStatus.OK:
            self.send_header("Connection", "close")  # the body may not have been read, so nothing can follow it
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def open_server(port: int) -> ThreadingHTTPServer:
    """Port 0 takes a free one; it is then in ``server_address``."""
    answer("Is the shop open?")  # reads the pages before the first customer waits for them
    return ThreadingHTTPServer(("127.0.0.1", port), BotRequest)


def main() -> None:
    with open_server(int(os.environ.get("PORT", "8080"))) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
