"""An event loop whose clock jumps to the next timer when nothing else is left to do: hours pass in no time."""

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")


class _NoWaiting(selectors.SelectSelector):
    """Tells what is ready, and moves the clock instead of waiting for more."""

    def __init__(self, clock: "VirtualClock", reorder: Callable[[], None]) -> None:
        super().__init__()
        self._clock = clock
        self._reorder = reorder

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("nothing would ever happen any more: every task waits for another")
        if not ready and timeout:
            self._clock.now += timeout
        self._reorder()
        return ready


class VirtualClock:
    def __init__(self) -> None:
        self.now = 0.0


class VirtualLoop(asyncio.SelectorEventLoop):
    """For what needs no thread, child or socket. With a seed, what could go on at once does so in any order."""

    def __init__(self, seed: int | None = None) -> None:
        self._virtual = VirtualClock()
        self._chance = random.Random(seed)  # a simulation
        super().__init__(_NoWaiting(self._virtual, self._reorder if seed is not None else lambda: None))

    def _reorder(self) -> None:
        ready = self._ready  # type: ignore[attr-defined]  # nothing public tells what may go on
        mixed = list(ready)
        self._chance.shuffle(mixed)
        ready.clear()
        ready.extend(mixed)

    def time(self) -> float:
        return self._virtual.now


def run_virtually(work: Coroutine[Any, Any, Result], *, seed: int | None = None) -> Result:
    """``asyncio.run`` on virtual time."""
    with asyncio.Runner(loop_factory=partial(VirtualLoop, seed)) as runner:
        return runner.run(work)
