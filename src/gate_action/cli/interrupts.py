"""Ctrl-C, SIGTERM and SIGHUP, told alike in every command. Light: `--help` imports it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Inside, any raises KeyboardInterrupt. Only the main thread can have it so: in another, nothing changes.

    A signal that a run came to ignore, because it was told to stop and is telling what it has, stays ignored: the
    third Ctrl-C must not take the exit code of the first.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ignored = {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else set()  # by nohup
    before = {number: signal.signal(number, _interrupt) for number in _NUMBERS if number not in ignored}
    try:
        yield
    finally:
        for number, how in before.items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, how)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Not Python's own handler: asyncio takes that for leave to only cancel, and a task that waits for git waits on."""
    raise KeyboardInterrupt
