"""Runs a command and measures it whole, start-up included: wall, CPU of the tree, peak memory of the tree."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_LOOK_S = 0.005
_MIB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Measured(NamedTuple):
    wall_s: float
    cpu_s: float
    """User and system time of the process and of all children that it waited for."""
    peak_mib: float
    """Resident memory of the process and its children at the worst moment."""
    started: float
    """Monotonic clock."""


def measure(argv: list[str], folder: Path, *, codes: tuple[int, ...] = (0,)) -> Measured:
    """Raises RuntimeError for any exit code but ``codes``. What it prints and keeps goes below ``folder``."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environ["XDG_CACHE_HOME"] = str(folder / "cache")  # run folders are the benchmark's to throw away
    printed = str(folder / "printed")
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    started = time.monotonic()
    pid = os.posix_spawn(argv[0], argv, environ, file_actions=actions)
    watch = _Watch(pid)
    _, status, usage = os.wait4(pid, 0)
    wall_s = time.monotonic() - started
    watch.end()
    if (code := os.waitstatus_to_exitcode(status)) not in codes:
        raise RuntimeError(f"{' '.join(argv)} ended with {code}:\n{Path(printed).read_text()[-2000:]}")
    return Measured(wall_s, usage.ru_utime + usage.ru_stime, watch.peak / _MIB, started)


class _Watch:
    """Looks at a process tree every few milliseconds. The kernel's own ru_maxrss knows of single processes only, and
    counts what the one that starts a program held before.
    """

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._pid = pid
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(_LOOK_S):
            self.peak = max(self.peak, sum(map(_resident, _tree(self._pid))), _highest(self._pid))


def _tree(pid: int) -> Iterator[int]:
    """Without a child that has not become its own program yet: it shares its parent's memory."""
    yield pid
    program = _read(Path("/proc", str(pid), "cmdline"))
    for task in _listed(Path("/proc", str(pid), "task")):
        for child in _read(Path("/proc", str(pid), "task", task, "children")).split():
            if _read(Path("/proc", child, "cmdline")) != program:
                yield from _tree(int(child))


def _resident(pid: int) -> int:
    fields = _read(Path("/proc", str(pid), "statm")).split()
    return int(fields[1]) * _PAGE if fields else 0


def _highest(pid: int) -> int:
    """What the process held at its worst moment, in bytes, as the program that it is now."""
    lines = _read(Path("/proc", str(pid), "status")).splitlines()
    told = next((line.split() for line in lines if line.startswith("VmHWM:")), None)
    return int(told[1]) * 1024 if told else 0


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  # names are wanted
    except OSError:  # it has ended
        return []


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""
