"""Ctrl-C and SIGTERM, told alike in every command. Light: `--help` imports it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Inside, either raises KeyboardInterrupt. Only the main thread can have it so: in another, nothing changes.

    A signal that a run came to ignore, because it was told to stop and is telling what it has, stays ignored: the
    third Ctrl-C must not take the exit code of the first.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in _NUMBERS}
    try:
        yield
    finally:
        for number, how in before.items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, how)
