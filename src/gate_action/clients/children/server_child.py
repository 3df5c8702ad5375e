"""A server of the build's own: started on a free port of loopback, waited for, and started anew when it died."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from gate_action.clients.children.process import Child, Launch, Tail, describe_exit, start_child
from gate_action.errors import TargetStartError
from gate_action.model.metric import Limits
from gate_action.model.trial import Fault, TrialError

IsReady = Callable[[int], Awaitable[bool]]
"""Asked with the port again and again until it says yes."""

_PORTS_TRIED = 3
_DEATHS_IN_A_ROW = 30
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.5
_LAST_WORDS_S = 0.5


class ServerChild:
    """From ``open_server``, which starts and ends it."""

    def __init__(self, launch: Launch, is_ready: IsReady, limits: Limits) -> None:
        self._launch = launch
        self._is_ready = is_ready
        self._limits = limits
        self._stdout = Tail()
        self._child: Child | None = None
        self._port = 0
        self._starting: asyncio.Task[None] | None = None
        self._deaths = 0

    async def start(self) -> None:
        """Raises TargetStartError: not ready within ``start_timeout_s``, or it ends before."""
        try:
            async with asyncio.timeout(self._limits.start_timeout_s):
                for _ in range(_PORTS_TRIED):  # somebody else may take a free port before the child does
                    if await self._is_up_on(free_port()):
                        return
        except TimeoutError as error:
            message = f"{str(self._launch)!r} was not ready within {self._limits.start_timeout_s:g} s"
            tail = self._tail
            await self._stop()
            raise TargetStartError(message, tail=tail, hint="is it listening on 127.0.0.1 and {port}?") from error
        raise TargetStartError(f"{str(self._launch)!r} {self._end} before it was ready", tail=self._tail)

    async def port(self) -> int | TrialError:
        """Where it listens. Started anew if it died; an error when that fails, or came to pass too often."""
        if self._starting is None and self._child is not None and self._child.exit_code is None:
            return self._port
        if self._starting is None:
            self._deaths += 1
            if self._deaths > _DEATHS_IN_A_ROW:
                return self._crash(f"the server died {_DEATHS_IN_A_ROW} times in a row")
            self._starting = asyncio.create_task(self.start())
            self._starting.add_done_callback(self._started)
        try:
            await asyncio.shield(self._starting)  # others wait for it too, and outlive this trial
        except TargetStartError as error:
            return TrialError(fault=Fault.CRASHED, detail=f"the server died: {error}", tail=error.tail)
        return self._port

    def note_answer(self) -> None:
        self._deaths = 0

    async def explain(self, error: TrialError) -> TrialError:
        """``error`` with what the server said last; a lost connection may be the first sign of its death."""
        child = self._child
        if error.fault is not Fault.CRASHED or child is None:
            return error
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await child.wait()
        if child.exit_code is None:
            return self._crash(error.detail)
        return replace(self._crash(f"the server {self._end} ({error.detail})"), is_shared=True)

    async def close(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait({self._starting})
        await self._stop()

    async def _stop(self) -> None:
        if self._child is not None:
            await self._child.stop()

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting = None
        if not task.cancelled():
            task.exception()  # whoever waited was told; where nobody does any more, the next trial tries again

    async def _is_up_on(self, port: int) -> bool:
        """False when it ended first."""
        await self._stop()
        argv = tuple(word.replace("{port}", str(port)) for word in self._launch.argv)
        environment = {**self._launch.environment, "PORT": str(port)}
        launch = replace(self._launch, argv=argv, environment=environment)
        child = await start_child(launch, self._stdout.feed)
        self._child, self._port = child, port
        pause_s = _FIRST_PAUSE_S
        while child.exit_code is None:
            if await self._is_ready(port):
                return True
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
        await child.wait()
        return False

    def _crash(self, detail: str) -> TrialError:
        return TrialError(fault=Fault.CRASHED, detail=detail, tail=self._tail)

    @property
    def _tail(self) -> str:
        parts = (self._stdout.text, self._child.tail if self._child else "")
        return "\n".join(part for part in parts if part)

    @property
    def _end(self) -> str:
        return f"ended with {describe_exit(self._child.exit_code if self._child else None)}"


@asynccontextmanager
async def open_server(launch: Launch, is_ready: IsReady, limits: Limits) -> AsyncIterator[ServerChild]:
    """``{port}`` in its argv and ``PORT`` in its environment say where it is to listen. Raises TargetStartError."""
    server = ServerChild(launch, is_ready, limits)
    try:
        await server.start()
        yield server
    finally:
        await server.close()


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def accepts_connections(port: int) -> bool:
    """Does anybody listen there?"""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):  # the other side may be gone already: it did accept
        await writer.wait_closed()
    return True
