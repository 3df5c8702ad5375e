"""Signals of this process, for tests that raise them or start what does."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_handlers() -> Iterator[None]:
    """Inside, none is ignored, as nohup and shells have it for jobs behind them; afterwards all is as it was."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, how in before.items():
            signal.signal(number, how)
