"""The stand-in as a server on loopback: tokens, limits, faults and the journal around the routes."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from standins.github.answers import problem
from standins.github.referee import find_faults
from standins.github.request import Answer, Request
from standins.github.routes import answer
from standins.github.rules import RefusedError, refuse
from standins.github.state import Exchange, Fault, Github, Token
from standins.github.workflows import sign
from standins.loopback import QuietRequest, running

_LIMIT = 1_000
_NOBODY = Token(login="", permissions={})


class GithubServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, github: Github, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Request)
        self.github = github
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"


@contextmanager
def serve(github: Github) -> Iterator[str]:
    """Serves the state on a free port for as long as the block runs; yields its URL.

    Where the referee is at hand (standins/github/referee.py), all that passed is put before it at the end: what
    GitHub's own description speaks against is an error.
    """
    with running(GithubServer(github)) as server:
        yield server.url
    if faults := find_faults(github.journal):
        raise AssertionError("not as GitHub's description has it:\n" + "\n".join(faults))


class _Request(QuietRequest):
    """The journal is the log."""

    protocol_version = "HTTP/1.1"
    server: GithubServer

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if parts.path.startswith("/_artifacts/"):
            self._send_zip(parts.path, dict(parse_qsl(parts.query)))
            return
        body = json.loads(raw) if raw else {}
        github = self.server.github
        with github.lock:
            token = _token(github, self.headers.get("authorization", ""))
            request = Request(
                github=github,
                base=self.server.url,
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                body=body,
                token=token or _NOBODY,
            )
            done = _answer(request, is_known=token is not None)
            github.record(
                Exchange(
                    method=request.method,
                    path=request.path,
                    query=request.query,
                    body=body or None,
                    login=request.token.login,
                    status=done.status,
                    answer=done.body,
                )
            )
        self._send(done)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815  # the names that http.server looks for

    def _send_zip(self, path: str, query: dict[str, str]) -> None:
        """The artifact store: an address that is signed, and refused together with a token, as Azure's is."""
        repository, number = path.removeprefix("/_artifacts/").rsplit("/", 1)
        home = self.server.github
        github = home if repository == home.repository else home.others.get(repository, home)
        held = github.artifacts.get(int(number))
        is_open = query.get("sig") == sign(number) and "authorization" not in self.headers
        content = held.content if held and is_open else b"<Error/>"
        self.send_response(200 if held and is_open else 403)
        self.send_header("content-type", "application/zip")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send(self, done: Answer) -> None:
        left = {"x-ratelimit-limit": str(_LIMIT), "x-ratelimit-remaining": str(max(self.server.github.rate_limit, 0))}
        content = b"" if done.body is None else json.dumps(done.body).encode()
        self.send_response(done.status)
        headers: Mapping[str, str] = {"content-type": "application/json; charset=utf-8", **left, **done.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _token(github: Github, header: str) -> Token | None:
    return github.tokens.get(header.partition(" ")[2])


def _answer(request: Request, *, is_known: bool) -> Answer:
    try:
        if not is_known:
            refuse(401, "Bad credentials")
        _spend(request)
        fault = _take_fault(request)
        if fault:
            if fault.is_done_first:
                answer(request)
            return Answer(fault.status, problem(fault.message), fault.headers)
        return answer(request)
    except RefusedError as refused:
        return Answer(refused.status, refused.body, refused.headers)


def _spend(request: Request) -> None:
    """Counts the request against the token's hour and, by points and by writes, against the minute."""
    github, is_write = request.github, request.method != "GET" and request.path != "/graphql"
    if github.rate_limit <= 0:
        spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}
        raise RefusedError(github.limit_status, problem("API rate limit exceeded for installation ID 1."), spent)
    if github.points_limit <= 0 or (is_write and github.write_limit <= 0):
        message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        raise RefusedError(github.limit_status, problem(message), {"retry-after": "60"})
    github.rate_limit -= 1
    github.points_limit -= 5 if is_write else 1
    github.write_limit -= is_write


def _take_fault(request: Request) -> Fault | None:
    faults = request.github.faults
    for at, fault in enumerate(faults):
        if fault.method == request.method and fault.path in request.path:
            left = fault.times - 1
            faults[at : at + 1] = [Fault(**{**vars(fault), "times": left})] if left else []
            return fault
    return None
