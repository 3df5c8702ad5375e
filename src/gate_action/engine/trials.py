"""Makes the trials asked for: bounded, in the order asked, retried by whose failure it was, scored as they come."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Protocol

from gate_action.clients.retry_after import backoff_s
from gate_action.engine.asking import Asker
from gate_action.engine.charging import Tries, charge_failure, fail_alike, find_counterpart
from gate_action.engine.finished import Finished, FinishedTrials, Told
from gate_action.engine.journal import Journal
from gate_action.engine.line import Line, Task
from gate_action.engine.pacing import LONGEST_HONOURED_S
from gate_action.engine.readback import ReadBack
from gate_action.engine.rounds import Made, Round
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture
from gate_action.model.score import NotScored, Score, Scored
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
    finished: FinishedTrials = field(init=False)
    """Everything so far, in the order of keys."""
    _failed: dict[TrialKey, Trial] = field(default_factory=dict)
    """Without an output, not charged yet."""
    _unscored: dict[TrialKey, Trial] = field(default_factory=dict)
    """Read back, with an output that was not scored by every metric."""
    _tries: dict[Arm, Tries] = field(default_factory=lambda: {arm: Tries() for arm in Arm})

    def __post_init__(self) -> None:
        self.finished = FinishedTrials(self.fixtures, self.metrics)

    @property
    def tries(self) -> Mapping[Arm, Tries]:
        """What was tried by now, by this process."""
        return self._tries

    def resume(self, found: ReadBack) -> None:
        """Takes over what an interrupted run has measured: calls and money count, nothing is made again."""
        for key, trial in found.trials.items():
            scores = found.scores.get(key, ())
            if len(scores) == len(self.metrics):
                self.finished.add(trial, scores)
            elif isinstance(trial.outcome, Stored):
                self._unscored[key] = trial
            else:
                self._failed[key] = trial
            self.asker.purse.resume(trial)

    async def fulfil(self, requests: Iterable[TrialRequest]) -> Sequence[Finished]:
        """All of ``requests``, in their order. Those already finished are not made again.

        Raises BuildBrokenError, BudgetSpentError, StoreError.
        """
        asked = requests if isinstance(requests, Sequence) else tuple(requests)
        waiting = [request for request in asked if not self.finished.has(request.key)] if self.finished else asked
        self.watcher.asked(len(waiting))
        try:
            untried = [request for request in waiting if request.key not in self._failed] if self._failed else waiting
            await self._work_off(untried)
            await self._try_shared_again(waiting)
        finally:
            self.journal.sync()
        self._charge_failed()  # not before the round is whole: whose failure it was depends on base's answers
        return Told(asked, self.finished)

    async def _work_off(
        self, requests: Sequence[TrialRequest], tries: Mapping[TrialKey, int] | None = None, *, alone: bool = False
    ) -> None:
        """``tries``: those that each has had already. ``alone``: one of each build at a time."""
        slots = 1 if alone else self.asker.limits.concurrency
        if self.replays is not None:
            self.replays.expect(requests)
        task = partial(self._task, tries=tries or {}, is_alone=alone)
        line = Line(requests, task, lead=_LEAD_PER_SLOT * slots, follows=self.replays is not None)
        await Round(line=line, doors=self.asker.doors, slots=slots, make=self._make, score=self._score).work_off()

    async def _try_shared_again(self, requests: Sequence[TrialRequest]) -> None:
        """Where both builds fail alike neither is to blame: what failed is tried again as a provider's failure is."""
        for count in range(1, self.asker.limits.provider_retries + 1):
            if not self._failed:
                return
            failed = [request for request in requests if _has_failed_by_itself(self._failed.get(request.key))]
            if not failed or not fail_alike(self._tries[Arm.BASE], self._tries[Arm.HEAD]):
                return
            await asyncio.sleep(backoff_s(count, None))
            before = {request.key: self._failed.pop(request.key) for request in failed}
            alone = any(_is_shared(trial.outcome) for trial in before.values())
            await self._work_off(failed, {key: trial.tries for key, trial in before.items()}, alone=alone)
            if all(request.key in self._failed for request in failed):
                return

    def _task(self, request: TrialRequest, *, tries: Mapping[TrialKey, int], is_alone: bool) -> Task:
        had = tries.get(request.key, 0)
        limits, is_live = self.asker.limits, self.asker.is_live
        return Task(
            request=request,
            tries=had,
            target_retries=limits.target_retries if is_live and not had else 0,
            provider_retries=limits.provider_retries if is_live else 0,
            is_alone=is_alone,
        )

    async def _make(self, task: Task, line: Line) -> Made | None:
        """One try. None: it failed, which is charged at the end of the round, or
        it is to be tried again.
        """
        key = task.request.key
        fixture = self.fixtures[key.fixture_id].whole
        read = self._unscored.pop(key, None) if self._unscored else None
        if read is not None and isinstance(read.outcome, Stored):
            line.finish(task)
            return Made(fixture, read, self.journal.read_output(read.outcome))
        self.watcher.started(key.arm)
        attempt = await self.asker.attempt(key, fixture)
        self.watcher.ended(key.arm)
        task.tries += 1
        self._count(task, attempt, line)
        if _may_try_again(task, attempt):
            task.is_alone = _is_shared(attempt.outcome)
            line.put_back(task)
            return None
        line.finish(task)
        output = attempt.outcome
        trial = Trial(
            key=key,
            outcome=self._store(key, output) if isinstance(output, Output) else output,
            usage=attempt.usage,
            fresh=task.request.fresh if attempt.calls is None else not attempt.calls.is_replayed,
            tries=task.tries,
            calls=attempt.calls,
        )
        self.journal.add_trial(trial)
        if isinstance(output, Output) and isinstance(trial.outcome, Stored):
            return Made(fixture, trial, output)
        self._failed[key] = trial
        return None

    def _store(self, key: TrialKey, output: Output) -> Stored | TrialError:
        try:
            return self.journal.add_output(key, output)
        except (UnicodeEncodeError, TypeError, ValueError) as error:
            return TrialError(fault=Fault.GARBAGE, detail=f"the output is no JSON text: {error}")

    def _count(self, task: Task, attempt: Attempt, line: Line) -> None:
        """A death counts once, by the first of those that shared it: the others are no failures of their own."""
        arm = task.request.key.arm
        if _is_shared(attempt.outcome) and not task.is_alone and line.has_alone(arm):
            return
        if not isinstance(attempt.outcome, TrialError):
            self._tries[arm].made += 1
        elif self.asker.is_live and attempt.outcome.fault.is_targets_own:
            self._tries[arm].made += 1
            self._tries[arm].failed += 1

    def _score(self, made: Made) -> Awaitable[None] | None:
        """None: it is finished; most evaluators wait for nothing."""
        fixture, trial, output = made
        score = self.score if trial.fresh or self.score_again is None else self.score_again
        scores = score(fixture, trial.key, output)
        if not isinstance(scores, tuple):
            return self._finish_later(trial, scores)
        self._finish(trial, scores)
        return None

    async def _finish_later(self, trial: Trial, scores: Awaitable[Scores]) -> None:
        self._finish(trial, await scores)

    def _charge_failed(self) -> None:
        attempts = self.finished.attempts(Arm.BASE)
        charged = [
            (trial, charge_failure(key, trial.outcome, self.metrics, find_counterpart(key, self._scores_of, attempts)))
            for key, trial in sorted(self._failed.items())
            if isinstance(trial.outcome, TrialError)
        ]
        for trial, scores in charged:  # once all are: what is charged now is no answer of base's
            self._finish(trial, scores)
        self._failed.clear()

    def _scores_of(self, key: TrialKey) -> Mapping[str, Score | NotScored] | None:
        found = self.finished.find(key)
        return None if found is None else {scored.metric: scored.result for scored in found.scores}

    def _finish(self, trial: Trial, scores: tuple[Scored, ...]) -> None:
        self.journal.add_scores(scores)
        self.finished.add(trial, scores)
        self.watcher.finished(trial, scores)


def _has_failed_by_itself(trial: Trial | None) -> bool:
    return trial is not None and isinstance(trial.outcome, TrialError) and trial.outcome.fault.is_targets_own


def _is_shared(outcome: object) -> bool:
    return isinstance(outcome, TrialError) and outcome.is_shared


def _may_try_again(task: Task, attempt: Attempt) -> bool:
    """By whose failure it was: the target's own, or its provider's. Takes one of the tries that are left."""
    match attempt.outcome:
        case Output() | TrialError(fault=Fault.NOT_RECORDED | Fault.SIMULATED_USER):
            return False  # a simulated user was asked again before the conversation was given up
        case TrialError(fault=fault) if fault.is_targets_own:
            task.target_retries -= 1
            return task.target_retries >= 0
        case TrialError():
            if (attempt.retry_after_s or 0.0) > LONGEST_HONOURED_S:
                return False
            task.provider_retries -= 1
            return task.provider_retries >= 0
