"""Child processes: started without a shell, bounded in what we keep of them, and ended with all that they started.

Knows nothing of what they say: see json_lines for the protocol.
"""

import asyncio
import errno
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from shutil import which
from typing import Any, cast

from gate_action.errors import TargetStartError
from gate_action.model.dataclass import dataclass

TAIL_BYTES = 8192
_LAST_WORDS_S = 1.0
"""How long a dead child's pipes may stay open, held by something that it left behind."""
_GRACE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a child runs as. ``uid`` None: as ourselves, and ``reason`` says why, for the log."""

    uid: int | None = None
    gid: int | None = None
    reason: str = ""

    def own(self, folder: Path) -> None:
        """Hands ``folder`` and all below it to the child. Symbolic links are handed over, never followed."""
        if self.uid is None or self.gid is None:
            return
        os.chown(folder, self.uid, self.gid, follow_symlinks=False)
        for _, folders, files, descriptor in os.fwalk(folder, follow_symlinks=False):
            for name in (*folders, *files):
                os.chown(name, self.uid, self.gid, dir_fd=descriptor, follow_symlinks=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What to start: argv (no shell), where, with exactly which environment, as whom."""

    argv: tuple[str, ...]
    folder: Path | None
    environment: Mapping[str, str] = field(repr=False)
    identity: Identity = field(default_factory=Identity)
    title: str = ""
    """What messages call it; empty: its argv."""

    def __str__(self) -> str:
        return self.title or " ".join(self.argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a child ended that was run to its end."""

    exit_code: int | None
    """None: it was ended at its time-out. Negative: the signal that ended it."""
    tail: str
    """The last 8 kB of stdout and stderr, as they came."""


class Tail:
    """The last bytes of a stream."""

    def __init__(self, limit: int = TAIL_BYTES) -> None:
        self._limit = limit
        self._bytes = bytearray()

    def feed(self, chunk: bytes) -> None:
        self._bytes += chunk[-self._limit :]
        del self._bytes[: -self._limit]

    @property
    def text(self) -> str:
        return self._bytes.decode("utf-8", "replace").strip()


class Child(asyncio.SubprocessProtocol):
    """One running child in a session of its own. Its stdout goes to ``on_output``, its stderr to a tail."""

    def __init__(self, on_output: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self._on_output = on_output
        self._stderr = Tail()
        self._transport: asyncio.SubprocessTransport | None = None
        self._exit_code: int | None = None
        self._exited: asyncio.Future[None] = loop.create_future()
        self._output_ended: asyncio.Future[None] = loop.create_future()

    @property
    def pid(self) -> int:
        return self._running.get_pid()

    @property
    def exit_code(self) -> int | None:
        """None while it runs. Negative: the signal that ended it."""
        return self._exit_code

    @property
    def tail(self) -> str:
        """The last 8 kB of stderr."""
        return self._stderr.text

    def send(self, content: bytes) -> None:
        """Writes to stdin, as far as the child still reads it."""
        pipe = self._stdin()
        if pipe is not None and not pipe.is_closing():
            pipe.write(content)

    def end_input(self) -> None:
        pipe = self._stdin()
        if pipe is not None and not pipe.is_closing():
            pipe.close()

    async def wait(self) -> None:
        """Until the child has exited and what it wrote to stdout is read."""
        await asyncio.wait({self._exited})
        self._signal(signal.SIGKILL)  # what it left in its group would hold its pipes open
        await asyncio.wait({self._output_ended}, timeout=_LAST_WORDS_S)

    async def wait_for_last_word(self) -> None:
        """Until nothing more can come: it has exited, or closed its stdout while it lives on."""
        await asyncio.wait({self._exited, self._output_ended}, return_when=asyncio.FIRST_COMPLETED)
        if self._exited.done():
            await self.wait()

    async def stop(self, grace_s: float = _GRACE_S) -> None:
        """SIGTERM to the child and its descendants, and SIGKILL to what is left after ``grace_s``."""
        try:
            if not self._exited.done() and grace_s > 0:
                self._signal(signal.SIGTERM)
                await asyncio.wait({self._exited}, timeout=grace_s)
        finally:
            self._signal(signal.SIGKILL)
            # Not before its end is known: closing polls the child, and would take its exit code from who waits for it.
            self._exited.add_done_callback(self._close)
        await asyncio.wait({self._exited}, timeout=_GRACE_S)
        await asyncio.sleep(0)  # until _close was called

    def kill(self) -> None:
        """SIGKILL to the child and its descendants, now; ``wait`` tells when it is gone."""
        self._signal(signal.SIGKILL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            self._on_output(data)
        else:
            self._stderr.feed(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        if fd == 1 and not self._output_ended.done():
            self._output_ended.set_result(None)

    def process_exited(self) -> None:
        self._exit_code = self._running.get_returncode()
        if not self._exited.done():
            self._exited.set_result(None)

    @property
    def _running(self) -> asyncio.SubprocessTransport:
        if self._transport is None:
            raise RuntimeError("the child was not started")
        return self._transport

    def _close(self, exited: asyncio.Future[None]) -> None:
        del exited
        self._running.close()

    def _stdin(self) -> asyncio.WriteTransport | None:
        return cast("asyncio.WriteTransport | None", self._running.get_pipe_transport(0))

    def _signal(self, number: signal.Signals) -> None:
        """To the child's group, and to descendants that left it."""
        strays = () if self._exited.done() else descendants(self.pid)
        with suppress(ProcessLookupError, PermissionError):  # all gone; or a zombie group, on macOS
            os.killpg(self.pid, number)
        send_signal(strays, number)


async def start_child(launch: Launch, on_output: Callable[[bytes], None]) -> Child:
    """Raises TargetStartError when there is no such program or it may not be run. When cancelled, nothing is left."""
    loop = asyncio.get_running_loop()
    identity = launch.identity
    as_whom: dict[str, Any] = (
        {} if identity.uid is None else {"user": identity.uid, "group": identity.gid, "extra_groups": ()}
    )
    starting = asyncio.ensure_future(
        loop.subprocess_exec(
            lambda: Child(on_output),
            *launch.argv,
            cwd=launch.folder,
            env=dict(launch.environment),
            start_new_session=True,
            **as_whom,
        )
    )
    try:
        # Cancelled itself, asyncio would kill the child alone, and wait for all that it started in the meantime.
        _, child = await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting})
        if starting.exception() is None:
            await starting.result()[1].stop(grace_s=0)
        raise
    except (OSError, ValueError) as error:
        raise TargetStartError(
            f"cannot start {str(launch)!r}: {_reason(error, launch)}",
            hint=f"looked for it in PATH={launch.environment.get('PATH', '(not set)')}, from the checkout's top",
        ) from error
    return child


async def run_to_end(
    argv: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    timeout_s: float,
    identity: Identity,
) -> Finished:
    """Runs a command such as a setup with no input. Raises TargetStartError when it cannot be started."""
    tail = Tail()
    launch = Launch(argv=tuple(argv), folder=folder, environment=environment, identity=identity)
    child = await start_child(launch, tail.feed)
    child.end_input()
    is_late = False
    try:
        async with asyncio.timeout(timeout_s):
            await child.wait()
    except TimeoutError:
        is_late = True
    finally:
        await child.stop()
    text = "\n".join(part for part in (tail.text, child.tail) if part)
    return Finished(exit_code=None if is_late else child.exit_code, tail=text)


def describe_exit(code: int | None) -> str:
    """``exit code 3``, or the signal's name."""
    if code is None:
        return "no exit code"
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def descendants(pid: int) -> tuple[int, ...]:
    """Processes that ``pid`` started, and theirs, as far as /proc tells. Empty where there is no such /proc."""
    found: list[int] = []
    queue = [pid]
    while queue:
        parent = queue.pop()
        try:
            text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8")
        except OSError:  # gone meanwhile, or no Linux
            continue
        children = [int(word) for word in text.split()]
        found += children
        queue += children
    return tuple(found)


def send_signal(pids: Sequence[int], number: signal.Signals) -> None:
    """To each that still lives and is ours to signal."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _reason(error: OSError | ValueError, launch: Launch) -> str:
    """A folder of PATH that the child may not enter makes "Permission denied" of every program that is nowhere."""
    name, path = launch.argv[0], launch.environment.get("PATH", os.defpath)
    if isinstance(error, PermissionError) and "/" not in name and which(name, os.F_OK, path) is None:
        return os.strerror(errno.ENOENT)
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
