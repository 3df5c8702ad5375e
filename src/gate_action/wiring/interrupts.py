"""Ctrl-C and SIGTERM while the event loop runs: an orderly end, and results that are kept. Knows no verdict."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
