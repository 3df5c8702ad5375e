"""Signals of this process, for tests that raise them: a run that was told to stop ignores further ones for good."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, how in before.items():
            signal.signal(number, how)
