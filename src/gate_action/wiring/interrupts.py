"""Ctrl-C and SIGTERM while a run measures and tells: an orderly end, and results that are kept. Knows no verdict."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from gate_action.errors import InterruptedRunError

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@asynccontextmanager
async def stopped_by_signals() -> AsyncIterator[None]:
    """Either cancels what runs inside, which ends its children. Raises InterruptedRunError then.

    After that further ones are ignored: what was measured is being told, and a second Ctrl-C must not lose it.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    received: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        received.append(number)
        if task is not None and len(received) == 1:
            task.cancel()

    before = {number: signal.getsignal(number) for number in _NUMBERS}
    for number in _NUMBERS:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
        await asyncio.sleep(0)  # a signal that came after the last step inside is answered here
    except asyncio.CancelledError:
        if not received:
            raise
        if task is not None:
            task.uncancel()
        raise InterruptedRunError(
            f"interrupted by {received[0].name}", hint="what was measured is kept in the run folder"
        ) from None
    finally:
        for number, how in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN if received else how)


def ignore_signals() -> None:
    """From here on, for good: the run was told to stop, and is telling what it has."""
    if threading.current_thread() is threading.main_thread():
        for number in _NUMBERS:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def hurried_by_signals() -> Iterator[threading.Event]:
    """Inside, either ends no more than the waiting: what a run has found is told, and no check stays in progress.

    The event is set once one came. Only the main thread can have it so: in another, nothing changes.
    """
    hurry = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield hurry
        return
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    if signal.SIG_IGN in before.values():  # the run was told to stop already
        hurry.set()
    for number, how in before.items():
        if how is not signal.SIG_IGN:
            signal.signal(number, lambda *_: hurry.set())
    try:
        yield hurry
    finally:
        for number, how in before.items():
            signal.signal(number, how)
