"""The review's page on this machine's own address. Whoever lacks the token of this very review gets nothing."""

import hmac
import secrets
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

from gate_action.loop.promote.page import render
from gate_action.loop.promote.session import Session
from gate_action.model.promotion import Proposal, Review

_LARGEST_FORM = 1 << 20
_HOST = "127.0.0.1"
_WAIT_S = 0.5


def review_in_browser(
    proposal: Proposal, reviewer: str, tell: Callable[[str], Any], clock: Callable[[], float]
) -> tuple[Review, ...]:
    """Serves until the person finishes; ``tell`` is given the address to open. Ctrl-C ends it, and nothing counts."""
    session = Session(proposal, reviewer, clock)
    with open_server(session) as server:
        tell(f"review {len(proposal.candidates)} candidates at {server.address} (Ctrl-C leaves without writing)")
        while not session.is_finished:
            server.handle_request()
    return tuple(session.reviews)


def open_server(session: Session) -> "ReviewServer":
    return ReviewServer(session, token=secrets.token_urlsafe(32), csrf=secrets.token_urlsafe(32))


class ReviewServer(HTTPServer):
    """One person, one request at a time."""

    timeout = _WAIT_S

    def __init__(self, session: Session, *, token: str, csrf: str) -> None:
        super().__init__((_HOST, 0), _Handler)
        self.session, self.token, self.csrf = session, token, csrf
        self.origin = f"http://{_HOST}:{self.server_port}"
        self.address = f"{self.origin}/{token}/"


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    timeout = 10
    server_version = "gate-action"
    sys_version = ""

    def do_GET(self) -> None:  # the library's name
        if self._is_ours():
            self._answer(render(self.server.session, csrf=self.server.csrf, nonce=self._nonce()))

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
            self._answer(render(self.server.session, csrf=self.server.csrf, nonce=self._nonce(), error=error))
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
        policy = f"default-src 'none'; style-src {style}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
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
