"""The recording proxy: stands on loopback between children and their model providers. Who may ask is told by an
unguessable first path segment, where a request goes by the second; which answer is replayed, others decide.
"""

import asyncio
import hmac
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.request import getproxies

from gate_action.clients.extras import check_extra
from gate_action.clients.proxy.model_requests import LOOSE, Content, Incoming, Normaliser, read_content
from gate_action.clients.proxy.passing_on import Taker, break_off, drain, is_kept, is_short, replay, tell
from gate_action.clients.retry_after import read_retry_after
from gate_action.codec.answers import Answer
from gate_action.model.dataclass import dataclass
from gate_action.model.trial import Arm

if TYPE_CHECKING:
    import aiohttp
    from aiohttp import web
    from yarl import URL

LONGEST_REQUEST = 32 * 1024 * 1024
_METHODS = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})
"""A file that base put there and took away is not there for head: whatever is asked is recorded."""
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NOT_SENT = _HOP_BY_HOP | {
    "accept-encoding",
    "content-length",
    "cookie",
    "expect",
    "host",
    "traceparent",
    "tracestate",
}
_NOT_RETURNED = _HOP_BY_HOP | {"alt-svc", "content-length", "date", "server", "set-cookie"}
_BUSY = 429
_DENIED = frozenset({401, 402, 403})
_TRANSIENT_BELOW_500 = frozenset({408, 409, 425, _BUSY})
_CONNECT_TIMEOUT_S = 20.0


class Call(Protocol):
    """One model call, as the desk sees it."""

    @property
    def answer(self) -> Answer | None: ...

    def keep(self, answer: Answer | None) -> None: ...

    def refuse(self, words: str, retry_after_s: float | None) -> None: ...

    def drop(self) -> None: ...

    def deny(self) -> None: ...


class Desk(Protocol):
    """Decides which answer a call gets."""

    def ask(self, arm: Arm, trace_id: str, content: Content) -> Call: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What one build's children may reach, and by which token."""

    arm: Arm
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Who may ask, and what can be reached: nothing else."""

    doors: tuple[Door, ...]
    routes: Mapping[str, str]
    """Name -> the provider's own URL."""
    normalise: Normaliser = field(default_factory=Normaliser)


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """From ``open_proxy``."""

    port: int

    def url(self, door: Door, route: str, path: str = "") -> str:
        """What a child's client is told instead of its provider's own address. ``path``: what clients expect in it."""
        return f"http://127.0.0.1:{self.port}/{door.token}/{route}{path}"


@asynccontextmanager
async def open_proxy(desk: Desk, reach: Reach) -> AsyncIterator[Proxy]:
    """On a free port of loopback, until the end."""
    check_extra("http", "the recording proxy")
    import aiohttp
    from aiohttp import web

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_TIMEOUT_S),
        auto_decompress=False,
        trust_env=bool(getproxies()),  # asking for it costs a thread's detour a call
        read_bufsize=2**18,
    ) as session:
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        port: int = listening.getsockname()[1]
        switchboard = _Switchboard(desk, reach, session, port)
        server = web.Server(switchboard.answer, access_log=None, max_line_size=16384, auto_decompress=False)
        runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        try:
            yield Proxy(port=port)
        finally:
            await runner.cleanup()


class _RefusedError(Exception):
    """What is no model call of a child of ours."""

    def __init__(self, status: HTTPStatus, words: str) -> None:
        super().__init__(words)
        self.status = status


class _Switchboard:
    """Takes one request after the other. Never raises for what either side does."""

    def __init__(self, desk: Desk, reach: Reach, session: "aiohttp.ClientSession", port: int) -> None:
        self._desk = desk
        self._doors = reach.doors
        self._routes = {name: url.rstrip("/") for name, url in reach.routes.items()}
        self._session = session
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._normalise = reach.normalise
        self._loosely = Normaliser(LOOSE)

    async def answer(self, request: "web.BaseRequest") -> "web.StreamResponse":
        try:
            arm, trace_id, incoming = await self._read(request)
        except _RefusedError as error:
            return tell(error.status, str(error))
        content = read_content(incoming, self._normalise, self._loosely)
        call = self._desk.ask(arm, trace_id, content)
        if call.answer is not None:
            return await replay(request, call.answer)
        return await self._buy(request, incoming, call)

    async def _read(self, request: "web.BaseRequest") -> tuple[Arm, str, Incoming]:
        """Raises _RefusedError."""
        if request.method not in _METHODS:
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"{request.method} is no model call")
        raw = request.raw_path
        if not raw.startswith("/") or raw.startswith("//"):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "this is no open proxy: ask by path")
        if request.headers.getall("Host", []) not in [[host] for host in self._hosts]:
            raise _RefusedError(HTTPStatus.MISDIRECTED_REQUEST, "no such host here")
        path, _, query = raw.partition("?")
        key, route, rest = (*path[1:].split("/", 2), "", "")[:3]
        arm, trace_id = self._admit(key)
        if route not in self._routes:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "no such provider: gate.yaml's record: names others")
        if any(part in {".", ".."} for part in rest.replace("%2e", ".").replace("%2E", ".").split("/")):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "the path leaves its place")
        incoming = Incoming(
            method=request.method,
            route=route,
            upstream=self._routes[route],
            path=rest,
            query=query,
            headers=request.headers,
            body=await _read_body(request),
        )
        return arm, trace_id or _trace_of(request.headers.get("traceparent", "")), incoming

    def _admit(self, key: str) -> tuple[Arm, str]:
        """``<token>`` or ``<token>.<trace id>``. Compared in constant time."""
        token, _, trace_id = key.partition(".")
        for door in self._doors:
            if hmac.compare_digest(token.encode(), door.token.encode()):
                return door.arm, trace_id
        raise _RefusedError(HTTPStatus.NOT_FOUND, "no such place")

    async def _buy(self, request: "web.BaseRequest", incoming: Incoming, call: Call) -> "web.StreamResponse":
        """Passes the provider's answer on as it comes, and keeps it once it is whole."""
        import aiohttp

        url = self._routes[incoming.route] + (f"/{incoming.path}" if incoming.path else "")
        url += f"?{incoming.query}" if incoming.query else ""
        headers = [(n, v) for n, v in request.headers.items() if n.lower() not in _NOT_SENT]
        try:
            async with self._session.request(
                incoming.method,
                _verbatim(url),
                headers=[*headers, ("Accept-Encoding", "identity")],
                data=incoming.body or None,
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Content-Type"),
            ) as reply:
                return await self._pass_on(request, reply, call)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            words = f"the provider cannot be reached: {type(error).__name__} {error}".strip()[:300]
            call.refuse(words, None)
            return tell(HTTPStatus.BAD_GATEWAY, words)
        except asyncio.CancelledError:
            call.drop()
            raise

    async def _pass_on(
        self, request: "web.BaseRequest", reply: "aiohttp.ClientResponse", call: Call
    ) -> "web.StreamResponse":
        from aiohttp import web

        response = web.StreamResponse(status=reply.status, reason=reply.reason)
        for name, value in reply.headers.items():
            if name.lower() not in _NOT_RETURNED:
                response.headers.add(name, value)
        taker = Taker(response, request, is_short=is_short(reply))
        whole = await drain(reply, taker)
        if whole is not None:
            call.refuse(whole, None)
            if taker.is_started:
                break_off(request)
                return response
            return tell(HTTPStatus.BAD_GATEWAY, whole)
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR or reply.status in _TRANSIENT_BELOW_500:
            call.refuse(f"the provider answered {reply.status}", read_retry_after(reply.headers))
        elif reply.status in _DENIED:
            call.deny()
        elif taker.is_gone:
            call.drop()
        else:
            call.keep(taker.answer(reply) if is_kept(reply.status) else None)
        await taker.end()
        return response


async def _read_body(request: "web.BaseRequest") -> bytes:
    """Raises _RefusedError."""
    from aiohttp import web

    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > LONGEST_REQUEST:
                raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {LONGEST_REQUEST} bytes")
    except (web.RequestPayloadError, ValueError) as error:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "the body is not what its headers say") from error
    return bytes(body)


def _trace_of(traceparent: str) -> str:
    """W3C trace context: version, trace id, parent, flags."""
    parts = traceparent.split("-")
    return parts[1] if len(parts) >= 4 and len(parts[1]) == 32 else ""  # noqa: PLR2004  # as the standard has them


def _verbatim(url: str) -> "URL":
    """As the child spelled it: nothing is decoded or encoded anew."""
    from yarl import URL

    return URL(url, encoded=True)
