"""Makes the trials asked for: bounded, in the order asked, retried by whose failure it was, scored as they come."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from gate_action.clients.retry_after import backoff_s
from gate_action.engine.asking import Asker
from gate_action.engine.charging import Tries, charge_failure, fail_alike, find_counterpart
from gate_action.engine.journal import Journal
from gate_action.engine.line import Line, Task
from gate_action.engine.pacing import LONGEST_HONOURED_S
from gate_action.engine.readback import ReadBack
from gate_action.engine.rounds import Round
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Attempt, Fault, Output, Stored, Trial, TrialError, TrialKey, TrialRequest

Scores = tuple[Scored, ...]
ScoreOutput = Callable[[Fixture, TrialKey, Output], Scores | Awaitable[Scores]]
_LEAD_PER_SLOT = 2
"""Places of the line that one build may be ahead of the other: as many trials as it has slots, in a line of both."""


class Replays(Protocol):
    """Is told what is asked, and which of it must be fresh."""

    def expect(self, requests: Sequence[TrialRequest]) -> None: ...


class Watcher(Protocol):
    """Is told how the work goes, for people who wait."""

    def asked(self, requests: int) -> None: ...

    def started(self, arm: Arm) -> None:
        """A try is under way."""
        ...

    def ended(self, arm: Arm) -> None:
        """It is not any more, whatever it came to."""
        ...

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None: ...

    def so_far(self, decision: Decision) -> None:
        """After a round that others follow: what would be decided now."""
        ...


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
    asker: Asker
    score: ScoreOutput
    journal: Journal
    watcher: Watcher
    replays: Replays | None = None
    """Told where base's model calls may answer head's: head's trial then follows base's."""
    score_again: ScoreOutput | None = None
    """Scores what is no fresh trial: a recording, an answer that was replayed. None: as every other."""
    _finished: dict[TrialKey, Finished] = field(default_factory=dict)
    _failed: dict[TrialKey, Trial] = field(default_factory=dict)
    """Without an output, not charged yet."""
    _unscored: dict[TrialKey, Trial] = field(default_factory=dict)
    """Read back, with an output that was not scored by every metric."""
    _tries: dict[Arm, Tries] = field(default_factory=lambda: {arm: Tries() for arm in Arm})

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
            self.asker.purse.resume(trial)

    async def fulfil(self, requests: Iterable[TrialRequest]) -> tuple[Finished, ...]:
        """All of ``requests``, in their order. Those already finished are not made again.

        Raises BuildBrokenError, BudgetSpentError, StoreError.
        """
        asked = tuple(requests)
        waiting = [request for request in asked if request.key not in self._finished]
        self.watcher.asked(len(waiting))
        try:
            await self._work_off([self._task(request) for request in waiting if request.key not in self._failed])
            await self._try_shared_again(waiting)
        finally:
            self.journal.sync()
        self._charge_failed()  # not before the round is whole: whose failure it was depends on base's answers
        return tuple(self._finished[request.key] for request in asked)

    @property
    def finished(self) -> tuple[Finished, ...]:
        """Everything so far, in the order of keys."""
        return tuple(self._finished[key] for key in sorted(self._finished))

    async def _work_off(self, tasks: list[Task]) -> None:
        slots = self.asker.limits.concurrency
        if self.replays is not None:
            self.replays.expect([task.request for task in tasks])
        line = Line(tasks, lead=_LEAD_PER_SLOT * slots, follows=self.replays is not None)
        await Round(line=line, doors=self.asker.doors, slots=slots, make=self._make, score=self._score).work_off()

    async def _try_shared_again(self, requests: list[TrialRequest]) -> None:
        """Where both builds fail alike neither is to blame: what failed is tried again as a provider's failure is."""
        for count in range(1, self.asker.limits.provider_retries + 1):
            failed = [request for request in requests if _has_failed_by_itself(self._failed.get(request.key))]
            if not failed or not fail_alike(self._tries[Arm.BASE], self._tries[Arm.HEAD]):
                return
            await asyncio.sleep(backoff_s(count, None))
            await self._work_off([self._task(request, tries=self._failed.pop(request.key).tries) for request in failed])
            if all(request.key in self._failed for request in failed):
                return

    def _task(self, request: TrialRequest, tries: int = 0) -> Task:
        """``tries``: that it has had already."""
        limits, is_live = self.asker.limits, self.asker.is_live
        return Task(
            request=request,
            tries=tries,
            target_retries=limits.target_retries if is_live and not tries else 0,
            provider_retries=limits.provider_retries if is_live else 0,
        )

    async def _make(self, task: Task, line: Line) -> tuple[Trial, Output] | None:
        """One try. The journalled trial and its output; None: it failed, which is charged at the end of the round, or
        it is to be tried again.
        """
        key = task.request.key
        read = self._unscored.pop(key, None)
        if read is not None and isinstance(read.outcome, Stored):
            line.finish(task)
            return read, self.journal.read_output(read.outcome)
        self.watcher.started(key.arm)
        attempt = await self.asker.attempt(key, self.fixtures[key.fixture_id])
        self.watcher.ended(key.arm)
        task.tries += 1
        self._count(key.arm, attempt)
        if _may_try_again(task, attempt):
            line.put_back(task)
            return None
        line.finish(task)
        trial = Trial(
            key=key,
            outcome=attempt.outcome,
            usage=attempt.usage,
            fresh=task.request.fresh if attempt.calls is None else not attempt.calls.is_replayed,
            tries=task.tries,
            calls=attempt.calls,
        )
        if isinstance(trial.outcome, Output):
            try:
                return self.journal.add_trial(trial), trial.outcome
            except (UnicodeEncodeError, TypeError, ValueError) as error:
                fault = TrialError(fault=Fault.GARBAGE, detail=f"the output is no JSON text: {error}")
                trial = replace(trial, outcome=fault)
        self._failed[key] = self.journal.add_trial(trial)
        return None

    def _count(self, arm: Arm, attempt: Attempt) -> None:
        if not isinstance(attempt.outcome, TrialError):
            self._tries[arm].made += 1
        elif self.asker.is_live and attempt.outcome.fault.is_targets_own:
            self._tries[arm].made += 1
            self._tries[arm].failed += 1

    def _score(self, trial: Trial, output: Output) -> Awaitable[None] | None:
        """None: it is finished; most evaluators wait for nothing."""
        score = self.score if trial.fresh or self.score_again is None else self.score_again
        scores = score(self.fixtures[trial.key.fixture_id], trial.key, output)
        if not isinstance(scores, tuple):
            return self._finish_later(trial, scores)
        self._finish(trial, scores)
        return None

    async def _finish_later(self, trial: Trial, scores: Awaitable[Scores]) -> None:
        self._finish(trial, await scores)

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
        self.journal.add_scores(scores)
        self._finished[trial.key] = Finished(trial=trial, scores=tuple(map(_without_reason, scores)))
        self.watcher.finished(trial, scores)


def _has_failed_by_itself(trial: Trial | None) -> bool:
    return trial is not None and isinstance(trial.outcome, TrialError) and trial.outcome.fault.is_targets_own


def _without_reason(scored: Scored) -> Scored:
    match scored.result:
        case Score(value=value):
            return Scored(key=scored.key, metric=scored.metric, result=Score(value=value))
        case _:
            return scored


def _may_try_again(task: Task, attempt: Attempt) -> bool:
    """By whose failure it was: the target's own, or its provider's. Takes one of the tries that are left."""
    match attempt.outcome:
        case Output() | TrialError(fault=Fault.NOT_RECORDED):
            return False
        case TrialError(fault=fault) if fault.is_targets_own:
            task.target_retries -= 1
            return task.target_retries >= 0
        case TrialError():
            if (attempt.retry_after_s or 0.0) > LONGEST_HONOURED_S:
                return False
            task.provider_retries -= 1
            return task.provider_retries >= 0
