"""Ctrl-C, SIGTERM and SIGHUP in a run: an orderly end, and results that are kept. Knows no verdict."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any

from gate_action.clients.stopping import stopped_by
from gate_action.errors import InterruptedRunError

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@asynccontextmanager
async def stopped_by_signals() -> AsyncIterator[None]:
    """Any cancels what runs inside, which ends its children, and what blocks by git. Raises InterruptedRunError then.

    After that further ones are ignored: what was measured is being told, and a second Ctrl-C must not lose it.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    received: list[int] = []
    stop, is_inside = threading.Event(), True

    def cancel() -> None:
        nonlocal is_inside
        if task is not None and is_inside:
            is_inside = False
            task.cancel()

    def receive(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        stop.set()

    before = _take(receive)
    for number in before:
        # Whichever thread a signal comes to, the loop's own handler wakes it; ours answers while the loop is blocked.
        loop.add_signal_handler(number, cancel)
        signal.signal(number, receive)
    try:
        with stopped_by(stop):
            yield
            await asyncio.sleep(0)  # a signal that came after the last step inside is answered here
    except asyncio.CancelledError:
        if not received:
            raise
        if task is not None:
            task.uncancel()
        raise InterruptedRunError(
            f"interrupted by {signal.Signals(received[0]).name}", hint="what was measured is kept in the run folder"
        ) from None
    finally:
        is_inside = False
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
    """Inside, any ends no more than the waiting: what a run has found is told, and no check stays in progress.

    The event is set once one came. Only the main thread can have it so: in another, nothing changes.
    """
    hurry = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield hurry
        return
    if signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:  # the run was told to stop already
        hurry.set()
    before = _take(lambda *_: hurry.set())
    try:
        yield hurry
    finally:
        for number, how in before.items():
            signal.signal(number, how)


def _take(act: Callable[[int, FrameType | None], object]) -> dict[signal.Signals, Any]:
    """What answered each until now. One that is ignored stays so, as nohup has it and a run that is ending."""
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    taken = {number: how for number, how in before.items() if how is not signal.SIG_IGN}
    for number in taken:
        signal.signal(number, act)
    return taken
