"""One try of a trial: each call of the build waits its turn, is claimed, bounded in time and counted."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from gate_action.engine.budget import Purse
from gate_action.engine.conversation import converse
from gate_action.engine.pacing import Door, Ticket
from gate_action.errors import NotEvaluatedError, TargetStartError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.protocols import Try
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError, TrialKey, Unmeasured


class BuildBrokenError(NotEvaluatedError):
    """A build that had started cannot go on. Tells which arm."""

    def __init__(self, arm: Arm, cause: TargetStartError) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.arm = arm
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks the builds."""

    tries: Mapping[Arm, Try]
    doors: Mapping[Arm, Door]
    purse: Purse
    limits: Limits
    is_live: bool = True
    """Does a build answer? Not for recordings: a row takes none of its time, and nobody is there to be spared."""

    async def attempt(self, key: TrialKey, fixture: Fixture) -> Attempt:
        """A whole conversation where the fixture is one. Raises BuildBrokenError, BudgetSpentError."""
        return await converse(partial(self._ask, key.arm), fixture, key.attempt)

    async def _ask(self, arm: Arm, fixture: Fixture, attempt: int) -> Attempt:
        if not self.is_live:
            self.purse.claim()
            return self._count(await self.tries[arm](fixture, attempt))
        door = self.doors[arm]
        ticket = await door.go_ahead()
        try:
            self.purse.claim()
        except NotEvaluatedError:
            door.take_back(ticket)
            raise
        answered = await self._ask_in_time(arm, fixture, attempt)
        self._tell(door, ticket, answered)
        return self._count(answered)

    async def _ask_in_time(self, arm: Arm, fixture: Fixture, attempt: int) -> Attempt:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self.limits.trial_timeout_s):
                answered = await self.tries[arm](fixture, attempt)
        except TimeoutError:
            detail = f"no answer within {self.limits.trial_timeout_s:g} s"
            answered = Attempt(outcome=TrialError(fault=Fault.TIMED_OUT, detail=detail))
        except TargetStartError as error:
            raise BuildBrokenError(arm, error) from error
        if answered.usage.latency_s is Unmeasured.NOT_REPORTED:
            answered = replace(answered, usage=replace(answered.usage, latency_s=loop.time() - started))
        return answered

    def _count(self, answered: Attempt) -> Attempt:
        self.purse.spend(answered.usage)
        return answered

    @staticmethod
    def _tell(door: Door, ticket: Ticket, answered: Attempt) -> None:
        """What the answer says of the door: a crash or a time-out says nothing."""
        door.settle(ticket, answered.usage)
        if answered.is_refusal:
            is_providers = isinstance(answered.outcome, TrialError) and not answered.outcome.fault.is_targets_own
            door.note_refusal(ticket, answered.retry_after_s, is_providers=is_providers)
        elif isinstance(answered.outcome, Output):
            door.note_answer(ticket)
