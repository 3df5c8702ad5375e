"""The requests of one round in the order asked: both builds go through it side by side. Pure of clocks and calls."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from gate_action.comparison.rounds import count_arms
from gate_action.model.dataclass import dataclass
from gate_action.model.trial import Arm, TrialKey, TrialRequest


@dataclass(slots=True, kw_only=True)
class Task:
    """A request, and the tries that it has had and may still have."""

    request: TrialRequest
    tries: int = 0
    target_retries: int
    provider_retries: int
    is_alone: bool = False
    """It may have killed what it and others ran in: it is tried again when no other is in flight there."""


class Line:
    """Hands out each build's tasks in the order asked, and lets neither build get far ahead of the other.

    So both meet the same hour, however slow one of them is. The time of a round is the slower build's anyway.
    """

    def __init__(
        self,
        requests: Sequence[TrialRequest],
        make: Callable[[TrialRequest], Task],
        *,
        lead: int,
        follows: bool = False,
    ) -> None:
        """``make``: a request's task, once it is handed out. ``lead``: how many places a build may be ahead.

        ``follows``: head's task is handed out once base's of the same fixture and attempt is finished.
        """
        self._lead = lead
        self._follows = follows
        self._make = make
        self._coming = enumerate(requests)
        self._unread = count_arms(requests)
        """Requests of each build that were not read from what is coming yet: a long line is never held."""
        self._fresh: dict[Arm, deque[tuple[int, TrialRequest]]] = {arm: deque() for arm in Arm}
        """Read, with their places in the line."""
        self._unfinished: set[TrialKey] = set()
        """Base's, where head follows."""
        while follows and any(self._unread.values()):  # base's request may stand behind head's
            self._read()
        self._again: dict[Arm, list[Task]] = {arm: [] for arm in Arm}
        self._out = dict.fromkeys(Arm, 0)
        """Handed out and not back."""
        self._is_alone = dict.fromkeys(Arm, False)
        """Is it one that runs alone?"""
        self._waiting: list[asyncio.Future[None]] = []
        self._is_ended = False

    def length(self, arm: Arm) -> int:
        """Of what is still to be handed out."""
        return 0 if self._is_ended else self._unread[arm] + len(self._fresh[arm]) + len(self._again[arm])

    async def next(self, arm: Arm, *, is_shut: bool = False) -> Task | None:
        """Waits while the other build is far behind. None: there is no more.

        What is to be tried again goes first. While the build's door ``is_shut``, what was tried least goes first: an
        outage then takes few tries of many tasks, and not all tries of some.
        """
        while self.length(arm):
            task = self._take(arm, is_shut=is_shut)
            if task is not None:
                self._out[arm] += 1
                self._is_alone[arm] = task.is_alone
                return task
            moved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(moved)
            await moved
        return None

    def has_alone(self, arm: Arm) -> bool:
        """Does one wait that is to be tried with no other in flight?"""
        return self._next_alone(arm) is not None

    def put_back(self, task: Task) -> None:
        """To be tried again."""
        arm = task.request.key.arm
        self._out[arm] -= 1
        self._again[arm].append(task)
        self._wake()

    def finish(self, task: Task) -> None:
        """It will not be tried again."""
        key = task.request.key
        self._out[key.arm] -= 1
        if key in self._unfinished:
            self._unfinished.discard(key)
            self._wake()
        elif self._is_alone[key.arm] or self._next_alone(key.arm):
            self._wake()

    def end(self) -> None:
        """Nothing more is handed out."""
        self._is_ended = True
        self._wake()

    def _take(self, arm: Arm, *, is_shut: bool) -> Task | None:
        """What may be handed out now."""
        again, fresh = self._again[arm], self._fresh[arm]
        alone = self._next_alone(arm)
        if self._out[arm] and (self._is_alone[arm] or alone):
            return None
        if alone is not None:
            again.remove(alone)
            return alone
        place = self._startable(arm)
        if again and not (is_shut and fresh and place is not None):
            return again.pop(again.index(min(again, key=lambda task: task.tries)) if is_shut else 0)
        if place is None:
            return None
        _, request = fresh[place]
        del fresh[place]
        self._wake()
        return self._make(request)

    def _next_alone(self, arm: Arm) -> Task | None:
        again = self._again[arm]
        return next((task for task in again if task.is_alone), None) if again else None

    def _startable(self, arm: Arm) -> int | None:
        """Where among the fresh tasks of ``arm`` the next one stands; None: it has to wait."""
        mine, other = self._next_of(arm), self._next_of(_OTHER[arm])
        if not (self._follows and arm is Arm.HEAD):
            return 0 if mine and (not other or mine[0][0] < other[0][0] + self._lead) else None
        for place, (_, request) in enumerate(islice(mine, self._lead)):
            if request.key._replace(arm=Arm.BASE) not in self._unfinished:
                return place
        return None

    def _next_of(self, arm: Arm) -> "deque[tuple[int, TrialRequest]]":
        """The build's fresh requests: at least one, if there is any."""
        fresh = self._fresh[arm]
        while not fresh and self._unread[arm]:
            self._read()
        return fresh

    def _read(self) -> None:
        place, request = next(self._coming)
        key = request.key
        self._unread[key.arm] -= 1
        self._fresh[key.arm].append((place, request))
        if self._follows and key.arm is Arm.BASE:
            self._unfinished.add(key)

    def _wake(self) -> None:
        woken, self._waiting = self._waiting, []
        for moved in woken:
            if not moved.done():
                moved.set_result(None)


_OTHER = {Arm.BASE: Arm.HEAD, Arm.HEAD: Arm.BASE}
