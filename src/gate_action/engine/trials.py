"""Makes the trials asked for: bounded, in the order asked, retried by whose failure it was, scored as they come."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from gate_action.clients.retry_after import LONGEST_BACKOFF_S, backoff_s
from gate_action.engine.budget import Purse
from gate_action.engine.charging import charge_failure, find_counterpart
from gate_action.engine.conversation import converse
from gate_action.engine.journal import Journal
from gate_action.engine.readback import ReadBack
from gate_action.errors import NotEvaluatedError, TargetStartError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.protocols import Try
from gate_action.model.score import Score, Scored
from gate_action.model.trial import (
    Arm,
    Attempt,
    Fault,
    Output,
    Stored,
    Trial,
    TrialError,
    TrialKey,
    TrialRequest,
    Unmeasured,
)

ScoreOutput = Callable[[Fixture, TrialKey, Output], Awaitable[tuple[Scored, ...]]]
_SCORINGS_PER_SLOT = 2


class BuildBrokenError(NotEvaluatedError):
    """A build that had started cannot go on. Tells which arm."""

    def __init__(self, arm: Arm, cause: TargetStartError) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.arm = arm
        self.cause = cause


class Watcher(Protocol):
    """Is told how the work goes, for people who wait."""

    def asked(self, requests: int) -> None: ...

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    trial: Trial
    scores: tuple[Scored, ...]
    """Without their reasons: those stand in the journal."""


@dataclass(kw_only=True)
class Engine:
    """One run's trials. What is finished is in the journal and is never made again."""

    fixtures: Mapping[str, Fixture]
    metrics: tuple[str, ...]
    tries: Mapping[Arm, Try]
    score: ScoreOutput
    journal: Journal
    purse: Purse
    limits: Limits
    watcher: Watcher
    is_live: bool = True
    """Does a build answer? Not for recordings: a row takes none of its time, and is no other when it is read again."""
    _finished: dict[TrialKey, Finished] = field(default_factory=dict)
    _failed: dict[TrialKey, Trial] = field(default_factory=dict)
    """Without an output, not charged yet."""
    _unscored: dict[TrialKey, Trial] = field(default_factory=dict)
    """Read back, with an output that was not scored by every metric."""

    def resume(self, found: ReadBack) -> None:
        """Takes over what an interrupted run has measured: calls and money count, nothing is made again."""
        for key, trial in found.trials.items():
            scores = found.scores.get(key, ())
            if len(scores) == len(self.metrics):
                self._finished[key] = Finished(trial=trial, scores=tuple(map(_without_reason, scores)))
            elif isinstance(trial.outcome, Stored):
                self._unscored[key] = trial
            else:
                self._failed[key] = trial
            self.purse.resume(trial)

    async def fulfil(self, requests: Iterable[TrialRequest]) -> tuple[Finished, ...]:
        """All of ``requests``, in their order. Those already finished are not made again.

        Raises BuildBrokenError, BudgetSpentError.
        """
        asked = tuple(requests)
        waiting = [request for request in asked if request.key not in self._finished]
        self.watcher.asked(len(waiting))
        try:
            await self._work_off([request for request in waiting if request.key not in self._failed])
        except* NotEvaluatedError as group:
            raise _first(group) from None
        finally:
            self.journal.sync()
        self._charge_failed()  # not before the round is whole: whose failure it was depends on base's answers
        return tuple(self._finished[request.key] for request in asked)

    @property
    def finished(self) -> tuple[Finished, ...]:
        """Everything so far, in the order of keys."""
        return tuple(self._finished[key] for key in sorted(self._finished))

    async def _work_off(self, requests: list[TrialRequest]) -> None:
        queues = {arm: deque(request for request in requests if request.key.arm is arm) for arm in Arm}
        scorings = asyncio.Semaphore(self.limits.concurrency * _SCORINGS_PER_SLOT)
        async with asyncio.TaskGroup() as group:

            async def score(trial: Trial, output: Output) -> None:
                try:
                    await self._score(trial, output)
                finally:
                    scorings.release()

            async def work(queue: deque[TrialRequest]) -> None:
                while queue:
                    made = await self._make(queue.popleft())
                    if made is not None:
                        await scorings.acquire()
                        group.create_task(score(*made))

            for queue in queues.values():
                for _ in range(min(self.limits.concurrency, len(queue))):
                    group.create_task(work(queue))

    async def _make(self, request: TrialRequest) -> tuple[Trial, Output] | None:
        """The journalled trial and its output; None for a failed trial, which is charged at the end of the round."""
        read = self._unscored.pop(request.key, None)
        if read is not None and isinstance(read.outcome, Stored):
            return read, self.journal.read_output(read.outcome)
        trial = await self._try(request)
        if isinstance(trial.outcome, Output):
            try:
                return self.journal.add_trial(trial), trial.outcome
            except (UnicodeEncodeError, TypeError, ValueError) as error:
                fault = TrialError(fault=Fault.GARBAGE, detail=f"the output is no JSON text: {error}")
                trial = replace(trial, outcome=fault)
        self._failed[request.key] = self.journal.add_trial(trial)
        return None

    async def _try(self, request: TrialRequest) -> Trial:
        key = request.key
        retries = {True: self.limits.target_retries, False: self.limits.provider_retries}
        count = 0
        while True:
            count += 1
            attempt = await self._try_once(key)
            error = attempt.outcome
            if isinstance(error, Output) or error.fault is Fault.NOT_RECORDED or not self.is_live:
                break
            is_own = error.fault.is_targets_own
            if retries[is_own] <= 0:
                break
            retries[is_own] -= 1
            if not is_own:
                await asyncio.sleep(min(backoff_s(count, attempt.retry_after_s), LONGEST_BACKOFF_S))
        return Trial(key=key, outcome=attempt.outcome, usage=attempt.usage, fresh=request.fresh, tries=count)

    async def _try_once(self, key: TrialKey) -> Attempt:
        async def ask(fixture: Fixture, attempt: int) -> Attempt:
            return await self._ask(key.arm, fixture, attempt)

        return await converse(ask, self.fixtures[key.fixture_id], key.attempt)

    async def _ask(self, arm: Arm, fixture: Fixture, attempt: int) -> Attempt:
        """One call of a build: claimed, bounded in time, counted."""
        self.purse.claim()
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self.limits.trial_timeout_s):
                answered = await self.tries[arm](fixture, attempt)
        except TimeoutError:
            detail = f"no answer within {self.limits.trial_timeout_s:g} s"
            answered = Attempt(outcome=TrialError(fault=Fault.TIMED_OUT, detail=detail))
        except TargetStartError as error:
            raise BuildBrokenError(arm, error) from error
        if self.is_live and answered.usage.latency_s is Unmeasured.NOT_REPORTED:
            answered = replace(answered, usage=replace(answered.usage, latency_s=time.perf_counter() - started))
        self.purse.spend(answered.usage)
        return answered

    async def _score(self, trial: Trial, output: Output) -> None:
        scores = await self.score(self.fixtures[trial.key.fixture_id], trial.key, output)
        self._finish(trial, scores)

    def _charge_failed(self) -> None:
        base = {
            finished.trial.key: {scored.metric: scored.result for scored in finished.scores}
            for finished in self._finished.values()
            if finished.trial.key.arm is Arm.BASE
        }
        attempts = sorted({key.attempt for key in base})
        for _, trial in sorted(self._failed.items()):
            counterpart = find_counterpart(trial.key, base, attempts)
            if isinstance(trial.outcome, TrialError):
                self._finish(trial, charge_failure(trial.key, trial.outcome, self.metrics, counterpart))
        self._failed.clear()

    def _finish(self, trial: Trial, scores: tuple[Scored, ...]) -> None:
        for scored in scores:
            self.journal.add_score(scored)
        self._finished[trial.key] = Finished(trial=trial, scores=tuple(map(_without_reason, scores)))
        self.watcher.finished(trial, scores)


def _without_reason(scored: Scored) -> Scored:
    match scored.result:
        case Score(value=value):
            return replace(scored, result=Score(value=value))
        case _:
            return scored


def _first(group: BaseExceptionGroup[NotEvaluatedError]) -> NotEvaluatedError:
    """The error that tells most: a broken build before a spent budget."""
    flat: list[NotEvaluatedError] = []
    for error in group.exceptions:
        flat += [_first(error)] if isinstance(error, BaseExceptionGroup) else [error]
    return min(flat, key=lambda error: not isinstance(error, BuildBrokenError))
