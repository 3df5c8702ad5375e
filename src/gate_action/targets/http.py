"""Asks a build over HTTP: one that is deployed already, or a server that the gate starts from the checkout."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Literal
from urllib.parse import urljoin, urlsplit

import msgspec

from gate_action.clients.children.identity import launch_of
from gate_action.clients.children.process import Launch
from gate_action.clients.children.server_child import ServerChild, accepts_connections, open_server
from gate_action.clients.exchange import Exchange, Request, Response, open_exchange
from gate_action.clients.http_answer import Parts, reader_of
from gate_action.clients.templates import check_template, fill, values_of
from gate_action.errors import TargetStartError
from gate_action.model.fixture import Fixture, Json
from gate_action.model.metric import Limits
from gate_action.model.protocols import Try
from gate_action.model.replay import Tracing
from gate_action.model.run import Build
from gate_action.model.trial import Arm, Attempt, Fault, TrialError, Usage

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PROBE_TIMEOUT_S = 5.0
_PROBE_PAUSE_S = 0.5
_OWN_URL = "http://127.0.0.1:{port}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmUrls:
    base: str
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """``url`` of what is deployed, one for each build; or ``start``, and a ``url`` in which ``{port}`` may stand."""

    url: str | ArmUrls = _OWN_URL
    start: tuple[str, ...] = ()
    """The server's program and arguments; ``{port}`` and the variable PORT tell it where to listen."""
    ready: str = ""
    """A path that answers below 400 once the server is ready; empty: once it accepts connections."""
    method: Literal["POST", "PUT"] = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, metadata={"secret": True})
    """May hold secrets as ``${{ env.NAME }}``."""
    request: Json = field(
        default_factory=lambda: {
            "fixture_id": "{{fixture_id}}",
            "attempt": "{{attempt}}",
            "input": "{{input}}",
            "context": "{{context}}",
        }
    )
    """The request's JSON, with placeholders."""
    response: Literal["text"] | Parts = field(default_factory=Parts)
    """``text``: the body is the output. Else where in the JSON of the body each part of the answer stands."""

    def __post_init__(self) -> None:
        urls = (self.url,) if isinstance(self.url, str) else (self.url.base, self.url.head)
        if not self.start and isinstance(self.url, str):
            raise ValueError("url: one for each build, {base: ..., head: ...}; or start: says how to start a server")
        if self.start and not isinstance(self.url, str):
            raise ValueError("url: one url with {port} in it, as both builds are started by start")
        for url in urls:
            parts = urlsplit(url.replace("{port}", "1"))
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"url: {url!r} is no http or https url")
        for name, value in self.headers.items():
            if not value.isprintable():  # never shown: it may be a secret
                raise ValueError(f"headers: the value of {name} holds a line break or another control character")
        try:
            check_template(self.request)
        except ValueError as error:
            raise ValueError(f"request: {error}") from error

    @property
    def needs_folder(self) -> bool:
        return bool(self.start)

    @property
    def programs(self) -> tuple[str, ...]:
        """What must be there to start: `validate` compares it with what the container has."""
        return self.start[:1]

    @asynccontextmanager
    async def open(self, build: Build, limits: Limits) -> AsyncIterator[Try]:
        if self.start:
            launch = await asyncio.to_thread(launch_of, build, self.start)
            async with self.serve(launch, limits, build.tracing) as tries:
                yield tries
            return
        url = self._url_of(build.arm)
        async with open_exchange(limits, uses_proxy=urlsplit(url).hostname not in _LOOPBACK) as exchange:
            await self._wait_for(exchange, url, limits)
            yield _Door(self, exchange, url, None, build.tracing).ask

    @asynccontextmanager
    async def serve(self, launch: Launch, limits: Limits, tracing: Tracing | None) -> AsyncIterator[Try]:
        """Starts ``launch``, a server, and asks it. Raises TargetStartError."""
        async with AsyncExitStack() as stack:
            exchange = await stack.enter_async_context(open_exchange(limits, uses_proxy=False))
            is_ready = partial(self._is_ready_on, exchange)
            server = await stack.enter_async_context(open_server(launch, is_ready, limits))
            yield _Door(self, exchange, self._url_of(Arm.HEAD), server, tracing).ask

    def _url_of(self, arm: Arm) -> str:
        match self.url:
            case str() as url:
                return url
            case ArmUrls(base=base, head=head):
                return base if arm is Arm.BASE else head

    async def _wait_for(self, exchange: Exchange, url: str, limits: Limits) -> None:
        """Until a deployed build answers at all. Raises TargetStartError."""
        probe = Request(method="GET", url=urljoin(url, self.ready or None))
        told = "nothing was sent"
        try:
            async with asyncio.timeout(limits.start_timeout_s):
                while True:
                    reply = await exchange.send(probe)
                    if self._is_sign_of_life(reply):
                        return
                    told = reply.detail if isinstance(reply, TrialError) else f"status {reply.status}"
                    await asyncio.sleep(_PROBE_PAUSE_S)
        except TimeoutError as error:
            raise TargetStartError(
                f"{probe.url} was not ready within {limits.start_timeout_s:g} s; at last: {told}",
                hint="is the build deployed, and may this machine reach it?",
            ) from error

    async def _is_ready_on(self, exchange: Exchange, port: int) -> bool:
        if not self.ready:
            return await accepts_connections(port)
        url = urljoin(self._url_of(Arm.HEAD).replace("{port}", str(port)), self.ready)
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_S):
                reply = await exchange.send(Request(method="GET", url=url))
        except TimeoutError:
            return False
        return self._is_sign_of_life(reply)

    def _is_sign_of_life(self, reply: Response | TrialError) -> bool:
        """With ``ready`` an answer below 400; else anything that came over a connection."""
        if isinstance(reply, Response):
            return not self.ready or reply.status < HTTPStatus.BAD_REQUEST
        return not self.ready and reply.fault is not Fault.CRASHED


class _Door:
    """One open build."""

    def __init__(
        self, target: Http, exchange: Exchange, url: str, server: ServerChild | None, tracing: Tracing | None
    ) -> None:
        self._target = target
        self._exchange = exchange
        self._url = url
        self._server = server
        self._tracing = tracing
        self._read = reader_of(target.response)
        self._headers = {"Content-Type": "application/json", **target.headers}

    async def ask(self, fixture: Fixture, attempt: int) -> Attempt:
        url = await self._place()
        if isinstance(url, TrialError):
            return Attempt(outcome=url)
        body = msgspec.json.encode(fill(self._target.request, values_of(fixture, attempt)))
        headers = self._headers
        if self._tracing is not None:
            headers = {"traceparent": self._tracing.traceparent(fixture.id, attempt), **headers}
        request = Request(method=self._target.method, url=url, headers=headers, body=body)
        started = time.perf_counter()
        reply = await self._exchange.send(request)
        latency_s = time.perf_counter() - started
        if isinstance(reply, Response):
            if self._server:
                self._server.note_answer()
            return self._read(reply, latency_s)
        error = await self._server.explain(reply) if self._server else reply
        return Attempt(outcome=error, usage=Usage(latency_s=latency_s))

    async def _place(self) -> str | TrialError:
        if self._server is None:
            return self._url
        port = await self._server.port()
        return port if isinstance(port, TrialError) else self._url.replace("{port}", str(port))
