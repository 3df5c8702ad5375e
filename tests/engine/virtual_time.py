"""An event loop whose clock jumps to the next timer when nothing else is left to do: hours pass in no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _NoWaiting(selectors.SelectSelector):
    """Tells what is ready, and moves the clock instead of waiting for more."""

    def __init__(self, clock: "VirtualClock") -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("nothing would ever happen any more: every task waits for another")
        if not ready and timeout:
            self._clock.now += timeout
        return ready


class VirtualClock:
    def __init__(self) -> None:
        self.now = 0.0


class VirtualLoop(asyncio.SelectorEventLoop):
    """For what needs no thread, child or socket."""

    def __init__(self) -> None:
        self._virtual = VirtualClock()
        super().__init__(_NoWaiting(self._virtual))

    def time(self) -> float:
        return self._virtual.now


def run_virtually(work: Coroutine[Any, Any, Result]) -> Result:
    """``asyncio.run`` on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
