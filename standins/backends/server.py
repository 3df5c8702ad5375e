"""A REST server on loopback whose answers are a function of the request, and who remembers what was asked."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from standins.loopback import QuietRequest, running


@dataclass(frozen=True, kw_only=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Any
    headers: Mapping[str, str]
    """Names in lower case."""

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int = 200
    body: Any = None
    """Bytes go as they are; anything else as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Exchange:
    asked: Asked
    answer: Answer


@dataclass
class Served:
    url: str
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def asked(self) -> list[Asked]:
        return [one.asked for one in self.exchanges]


@contextmanager
def serve(answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    class Answering(QuietRequest):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked = Asked(
                method=self.command,
                path=unquote(parts.path),
                query=parse_qs(parts.query, keep_blank_values=True),
                body=json.loads(content) if content and self.command == "POST" else None,
                headers={name.lower(): value for name, value in self.headers.items()},
            )
            told = answer(asked)
            served.exchanges.append(Exchange(asked, told))
            self.send_response(told.status)
            for name, value in {"Content-Type": "application/json", **told.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.content)))
            self.end_headers()
            self.wfile.write(told.content)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815  # the names that http.server looks for

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    listening.daemon_threads = True
    if tls is not None:
        listening.socket = tls.wrap_socket(listening.socket, server_side=True)
    served = Served(f"{'https' if tls else 'http'}://127.0.0.1:{listening.server_port}")
    with running(listening):
        yield served
