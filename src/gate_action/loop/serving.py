"""A page on this machine's own address, for one person. Whoever lacks the token of this very sitting gets nothing."""

import hmac
import secrets
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs

_LARGEST_FORM = 1 << 20
_HOST = "127.0.0.1"
_WAIT_S = 0.5


class Sitting(Protocol):
    """What a person decides, form by form."""

    @property
    def is_finished(self) -> bool: ...

    def decide(self, form: Mapping[str, str]) -> str:
        """Why the form cannot be used; empty: it was."""
        ...


class Render(Protocol):
    def __call__(self, *, csrf: str, nonce: str, error: str = "") -> str: ...


def open_server(session: Sitting, render: Render, *, has_script: bool = False) -> "PageServer":
    """``has_script``: the page has a script of its own, which bears the nonce."""
    return PageServer(
        session, render, token=secrets.token_urlsafe(32), csrf=secrets.token_urlsafe(32), has_script=has_script
    )


class PageServer(HTTPServer):
    """One person, one request at a time."""

    timeout = _WAIT_S

    def __init__(self, session: Sitting, render: Render, *, token: str, csrf: str, has_script: bool) -> None:
        super().__init__((_HOST, 0), _Request)
        self.session, self.render, self.token, self.csrf, self.has_script = session, render, token, csrf, has_script
        self.origin = f"http://{_HOST}:{self.server_port}"
        self.address = f"{self.origin}/{token}/"


class _Request(BaseHTTPRequestHandler):
    server: PageServer
    timeout = 10
    server_version = "gate-action"
    sys_version = ""

    def do_GET(self) -> None:  # the library's name
        if self._is_ours():
            self._answer(self.server.render(csrf=self.server.csrf, nonce=self._nonce()))

    def do_POST(self) -> None:  # the library's name
        if not self._is_ours():
            return
        form = self._form()
        if self.headers.get("Origin") != self.server.origin or not _same(form.get("csrf", ""), self.server.csrf):
            self._refuse(403)
            return
        error = self.server.session.decide(form)
        if self.server.session.is_finished:
            self._answer("<!doctype html><title>Done</title><p>Done. This page may be closed.</p>")
        elif error:
            self._answer(self.server.render(csrf=self.server.csrf, nonce=self._nonce(), error=error))
        else:
            self.send_response(303)
            self.send_header("Location", "./")
            self._close_headers(0)

    def _is_ours(self) -> bool:
        """The token is in the path; another name for this machine is somebody's rebinding."""
        has_host = self.headers.get("Host") == self.server.origin.removeprefix("http://")
        if has_host and _same(self.path, f"/{self.server.token}/"):
            return True
        self._refuse(404)
        return False

    def _form(self) -> dict[str, str]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST_FORM:
            return {}
        sent = self.rfile.read(int(length)).decode("utf-8", "replace")
        return {name: values[-1] for name, values in parse_qs(sent, keep_blank_values=True, max_num_fields=20).items()}

    def _nonce(self) -> str:
        self._style = secrets.token_urlsafe(16)
        return self._style

    def _answer(self, page: str) -> None:
        content = page.encode("utf-8", "replace")
        self.send_response(200)
        style = f"'nonce-{self._style}'" if hasattr(self, "_style") else "'none'"
        script = style if self.server.has_script else "'none'"
        own = f"style-src {style}; script-src {script}"
        policy = f"default-src 'none'; {own}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self._close_headers(len(content))
        self.wfile.write(content)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self._close_headers(0)

    def _close_headers(self, length: int) -> None:
        for name, value in (
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Length", str(length)),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Nothing: its lines would hold the token."""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
