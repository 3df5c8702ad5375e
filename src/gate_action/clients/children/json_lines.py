"""A long-lived child that answers JSON lines, many at a time and in any order; replaced when it dies or hangs.

Knows the envelope (one object a line, matched by id), and nothing of what the objects mean.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import NamedTuple

import msgspec

from gate_action.clients.children.lines import LineSplitter, Oversized
from gate_action.clients.children.process import Child, Launch, describe_exit, start_child
from gate_action.clients.children.protocol import decode_object, garbage, quote, too_large
from gate_action.errors import TargetStartError
from gate_action.model.fixture import JsonObject
from gate_action.model.metric import Limits
from gate_action.model.trial import Fault, TrialError, Unmeasured

_LEADING_ID = re.compile(rb'\s*\{\s*"id"\s*:\s*"([0-9]{1,18})"')
_EARLY_DEATHS = 3
_DEATHS_IN_A_ROW = 30


class Reply(NamedTuple):
    """What came back, and after how many seconds from when it was sent, if it was sent at all."""

    content: JsonObject | TrialError
    latency_s: float | Unmeasured


class _Window:
    """How many requests may be in flight: all of them; after a death one, and twice as many with each answer.

    So a request that kills the child takes its neighbours down once, and dies alone when it is tried again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = most
        self._in_flight = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def enter(self) -> None:
        while self._in_flight >= self._size:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter
        self._in_flight += 1

    def leave(self) -> None:
        self._in_flight -= 1
        woken, self._waiting = self._waiting, []
        for waiter in woken:
            if not waiter.done():
                waiter.set_result(None)

    def widen(self) -> None:
        self._size = min(self._most, self._size * 2)

    def narrow(self) -> None:
        self._size = 1


class _Session:
    """One child from its start to its end, and the requests that it has not answered yet."""

    def __init__(self, limits: Limits) -> None:
        self._splitter = LineSplitter(limits.max_output_bytes)
        self._limits = limits
        self._child: Child | None = None
        self._pending: dict[str, asyncio.Future[JsonObject | TrialError]] = {}
        self._issued = 0
        self.is_retired = False

    async def start(self, launch: Launch) -> None:
        self._child = await start_child(launch, self._read)

    @property
    def child(self) -> Child:
        if self._child is None:
            raise RuntimeError("the session was not started")
        return self._child

    async def ask(self, request: JsonObject) -> JsonObject | TrialError:
        self._issued += 1
        identifier = str(self._issued)
        future: asyncio.Future[JsonObject | TrialError] = asyncio.get_running_loop().create_future()
        self._pending[identifier] = future
        try:
            self.child.send(msgspec.json.encode({"id": identifier, **request}) + b"\n")
            return await future
        except asyncio.CancelledError:
            self.is_retired = True
            raise
        finally:
            del self._pending[identifier]
            if self.is_retired and not self._pending:
                self.child.kill()

    def fail_all(self, error: TrialError) -> None:
        for future in self._pending.values():
            if not future.done():
                future.set_result(error)

    def describe_end(self) -> str:
        return f"the child ended with {describe_exit(self.child.exit_code)}, {len(self._pending)} in flight"

    def _read(self, chunk: bytes) -> None:
        for line in self._splitter.feed(chunk):
            if isinstance(line, Oversized):
                self._refuse(line)
            elif line.strip():
                self._take(line)

    def _take(self, line: bytes) -> None:
        content = decode_object(line)
        if isinstance(content, TrialError):
            self.fail_all(garbage(f"a line on stdout is {content.detail}; what is no answer belongs on stderr"))
            return
        identifier = content.get("id")
        future = self._pending.get(identifier) if isinstance(identifier, str) else None
        if future is not None and not future.done():
            future.set_result(content)
        elif not self._was_issued(identifier):
            self.fail_all(garbage(f"a line on stdout answers an id that was never asked: {quote(line)}"))

    def _refuse(self, line: Oversized) -> None:
        """Fails the one request that the line answers, where its beginning tells which."""
        if line.is_endless:
            self.child.kill()
        error = too_large(self._limits.max_output_bytes)
        told = _LEADING_ID.match(line.beginning)
        identifier = told[1].decode("ascii") if told else ""
        future = self._pending.get(identifier)
        if future is not None and not future.done():
            future.set_result(error)
        elif not self._was_issued(identifier):
            self.fail_all(error)

    def _was_issued(self, identifier: object) -> bool:
        """Of a request that was answered before, or given up meanwhile."""
        text = identifier if isinstance(identifier, str) else ""
        return text.isascii() and text.isdecimal() and len(text) <= 18 and 1 <= int(text) <= self._issued  # noqa: PLR2004  # as in _LEADING_ID


class JsonLinesChild:
    """Asks the child of ``launch``, starting it at need. From ``open_json_lines``, which ends it."""

    def __init__(self, launch: Launch, limits: Limits) -> None:
        self._launch = launch
        self._limits = limits
        self._window = _Window(limits.concurrency)
        self._starting = asyncio.Lock()
        self._current: _Session | None = None
        self._watches: set[asyncio.Task[None]] = set()
        self._has_answered = False
        self._deaths = 0
        self._last_death = TrialError(fault=Fault.CRASHED, detail="the child was never started")

    async def ask(self, request: JsonObject) -> Reply:
        """The object that answers, or why there is none. Raises TargetStartError: no child lives to a first answer.

        When this is cancelled its child may be stuck: it may finish what else it has in flight, and the next
        request goes to a new one.
        """
        await self._window.enter()
        try:
            session = await self._session()
            if isinstance(session, TrialError):
                return Reply(session, Unmeasured.NOT_REPORTED)
            started = time.perf_counter()
            content = await session.ask(request)
            latency_s = time.perf_counter() - started
        finally:
            self._window.leave()
        if not isinstance(content, TrialError):
            self._has_answered = True
            self._deaths = 0
            self._window.widen()
        elif self._is_hopeless:
            raise self._start_error()
        return Reply(content, latency_s)

    async def close(self) -> None:
        """Ends every child, those that were given up too."""
        watches = tuple(self._watches)
        for watch in watches:
            watch.cancel()
        for ended in await asyncio.gather(*watches, return_exceptions=True):
            if isinstance(ended, Exception):  # a CancelledError is none: that is how a watch ends here
                raise ended

    @property
    def _is_hopeless(self) -> bool:
        return not self._has_answered and self._deaths >= _EARLY_DEATHS

    async def _session(self) -> _Session | TrialError:
        """The child that takes new requests; an error when too many died to start one more."""
        async with self._starting:
            if self._current is not None and not self._current.is_retired:
                return self._current
            if self._is_hopeless:
                raise self._start_error()
            if self._deaths >= _DEATHS_IN_A_ROW:
                detail = f"not started again after {self._deaths} deaths in a row; at last {self._last_death.detail}"
                return replace(self._last_death, detail=detail)
            session = _Session(self._limits)
            await session.start(self._launch)
            self._current = session
            watch = asyncio.create_task(self._watch(session))
            self._watches.add(watch)
            watch.add_done_callback(self._watches.discard)
            return session

    async def _watch(self, session: _Session) -> None:
        """Until the child's end; tells those in flight, and makes room for the next."""
        try:
            await session.child.wait_for_last_word()
        finally:
            if self._current is session:
                self._current = None
            await session.child.stop()
            self._take_death(session)

    def _take_death(self, session: _Session) -> None:
        detail, tail = session.describe_end(), session.child.tail
        death = TrialError(fault=Fault.CRASHED, detail=detail, tail=tail, is_shared=True)
        if not session.is_retired:
            self._deaths += 1
            self._last_death = death
            self._window.narrow()
        session.fail_all(death)

    def _start_error(self) -> TargetStartError:
        return TargetStartError(
            f"{str(self._launch)!r} died {self._deaths} times before its first answer; "
            f"at last {self._last_death.detail}",
            tail=self._last_death.tail,
            hint="run it in a clean checkout of that commit and send it one line of the protocol",
        )


@asynccontextmanager
async def open_json_lines(launch: Launch, limits: Limits) -> AsyncIterator[JsonLinesChild]:
    """Nothing is started before the first request; everything is ended at the end."""
    child = JsonLinesChild(launch, limits)
    try:
        yield child
    finally:
        await child.close()
