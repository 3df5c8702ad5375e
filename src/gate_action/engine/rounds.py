"""One round of trials at work: both builds side by side, and what is answered is scored meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import field
from typing import NamedTuple

from gate_action.engine.asking import BuildBrokenError
from gate_action.engine.line import Line, Task
from gate_action.engine.pacing import Door
from gate_action.errors import NotEvaluatedError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.trial import Arm, Output, Trial


class Made(NamedTuple):
    """A trial that was answered."""

    fixture: Fixture
    trial: Trial
    """In the journal."""
    output: Output


_SCORINGS_PER_SLOT = 2


@dataclass(kw_only=True)
class Round:
    """Ends in order: what was begun when the budget was spent is finished, scored and written down first."""

    line: Line
    doors: Mapping[Arm, Door]
    slots: int
    make: Callable[[Task, Line], Awaitable[Made | None]]
    """Tries once. None: there is nothing to be scored."""
    score: Callable[[Made], Awaitable[None] | None]
    """None: it is done; else what is still to be waited for."""
    _ends: list[NotEvaluatedError] = field(default_factory=list)

    async def work_off(self) -> None:
        """Raises BuildBrokenError, BudgetSpentError, StoreError: the one that tells most."""
        scorings = asyncio.Semaphore(self.slots * _SCORINGS_PER_SLOT)
        async with asyncio.TaskGroup() as group:
            for arm in Arm:
                for _ in range(min(self.slots, self.line.length(arm))):
                    group.create_task(self._work(arm, group, scorings))
        if self._ends:
            raise min(self._ends, key=_weight)

    async def _work(self, arm: Arm, group: asyncio.TaskGroup, scorings: asyncio.Semaphore) -> None:
        while self.line.length(arm):
            made = await self._make_next(arm)
            if made is not None:
                await scorings.acquire()
                waiting = self._score(made)
                if waiting is None:
                    scorings.release()
                else:
                    group.create_task(waiting).add_done_callback(lambda _: scorings.release())

    async def _make_next(self, arm: Arm) -> Made | None:
        """None: it failed, or is to be tried again, or there is no more."""
        door = self.doors[arm]
        await door.enter()
        try:
            task = await self.line.next(arm, is_shut=door.is_shut)
            return await self.make(task, self.line) if task else None
        except NotEvaluatedError as error:
            self._end(error)
            return None
        finally:
            door.leave()

    def _score(self, made: Made) -> Coroutine[None, None, None] | None:
        try:
            waiting = self.score(made)
        except NotEvaluatedError as error:
            self._end(error)
            return None
        return None if waiting is None else self._finish(waiting)

    async def _finish(self, waiting: Awaitable[None]) -> None:
        try:
            await waiting
        except* NotEvaluatedError as errors:
            self._end(_first(errors))

    def _end(self, error: NotEvaluatedError) -> None:
        self._ends.append(error)
        self.line.end()


def _first(group: BaseExceptionGroup[NotEvaluatedError]) -> NotEvaluatedError:
    """The error that tells most: a broken build before a spent budget."""
    flat: list[NotEvaluatedError] = []
    for error in group.exceptions:
        flat += [_first(error)] if isinstance(error, BaseExceptionGroup) else [error]
    return min(flat, key=_weight)


def _weight(error: NotEvaluatedError) -> bool:
    return not isinstance(error, BuildBrokenError)
