"""One try of a trial: each call of the build is claimed, waits its turn, is bounded in time and counted."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from gate_action.engine.budget import TARGET, Claim, Payer, Purse
from gate_action.engine.conversation import Converse, converse
from gate_action.engine.pacing import Door, Ticket
from gate_action.errors import NotEvaluatedError, TargetStartError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.protocols import Try
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError, TrialKey, Unmeasured, Usage

_UNFINISHED = Attempt(outcome=TrialError(fault=Fault.CRASHED, detail="it was not finished"))


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
    converse: Converse = converse
    """One trial of a fixture, as many calls as that is: who speaks with the build."""

    async def attempt(self, key: TrialKey, fixture: Fixture) -> Attempt:
        """A whole conversation where the fixture is one. Raises BuildBrokenError, BudgetSpentError."""
        return await self.converse(partial(self._ask, key.arm), fixture, key.attempt)

    async def _ask(self, arm: Arm, fixture: Fixture, attempt: int) -> Attempt:
        claim = await self.purse.claim(Payer(TARGET, arm))
        answered = _UNFINISHED
        try:
            if not self.is_live:
                answered = await self.tries[arm](fixture, attempt)
            else:
                answered = await self._ask_at_door(arm, fixture, attempt)
        finally:
            usage = self._count(claim, answered)
        return answered if usage is answered.usage else replace(answered, usage=usage)

    async def _ask_at_door(self, arm: Arm, fixture: Fixture, attempt: int) -> Attempt:
        door = self.doors[arm]
        ticket = await door.go_ahead()
        answered = await self._ask_in_time(arm, fixture, attempt)
        self._tell(door, ticket, answered)
        return answered

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

    def _count(self, claim: Claim, answered: Attempt) -> Usage:
        if isinstance(answered.outcome, Output):
            return self.purse.settle(claim, answered.usage)
        self.purse.write_off(claim, answered.usage, is_lost=answered.outcome.fault.is_targets_own)
        return answered.usage

    @staticmethod
    def _tell(door: Door, ticket: Ticket, answered: Attempt) -> None:
        """What the answer says of the door: a crash or a time-out says nothing."""
        if answered.calls is not None and answered.calls.is_replayed:
            door.take_back(ticket)
        else:
            door.settle(ticket, answered.usage)
        if answered.is_refusal:
            is_providers = isinstance(answered.outcome, TrialError) and not answered.outcome.fault.is_targets_own
            door.note_refusal(ticket, answered.retry_after_s, is_providers=is_providers)
        elif isinstance(answered.outcome, Output):
            door.note_answer(ticket)
