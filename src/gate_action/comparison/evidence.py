"""What was told: scores and missing scores by metric, arm, fixture and attempt. Knows no rule of decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gate_action.model.fixture import Fixture
from gate_action.model.metric import Metric, Role
from gate_action.model.run import EvalRun
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Trial, TrialError, TrialKey

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.int64]
Asked: TypeAlias = Mapping[tuple[str, Arm], Sequence[int]]
"""Fixture and arm -> the attempts whose scores are due, in order."""
Result: TypeAlias = float | NotScoredCause


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmScores:
    """One arm's scores of one metric: fixtures down, trials across. ``values`` counts only where ``scored``."""

    values: Floats
    scored: Bools
    asked: Bools

    @property
    def counts(self) -> Ints:
        """Scores a fixture."""
        counts: Ints = self.scored.sum(axis=1)
        return counts

    @property
    def missing(self) -> int:
        """Scores that were asked and are not there."""
        return int((self.asked & ~self.scored).sum())

    @property
    def means(self) -> Floats:
        """The mean of each fixture that has a score, in order."""
        kept = self.counts > 0
        means: Floats = (self.values * self.scored).sum(axis=1)[kept] / self.counts[kept]
        return means

    def filled(self, value: float) -> "ArmScores":
        """Each score that was asked and is missing, set to ``value``."""
        return replace(self, values=np.where(self.scored, self.values, value), scored=self.scored | self.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One metric's scores on the fixtures that it applies to, by id."""

    fixtures: tuple[Fixture, ...]
    base: ArmScores
    head: ArmScores

    @property
    def missing(self) -> int:
        return self.base.missing + self.head.missing

    @property
    def asked(self) -> int:
        return int(self.base.asked.sum() + self.head.asked.sum())

    def filled(self, base: float, head: float) -> "Panel":
        """Missing scores of each arm set to a value: the worst reading is (1, 0), the best is (0, 1)."""
        return replace(self, base=self.base.filled(base), head=self.head.filled(head))


class Evidence:
    """Takes what is told, in any order, and refuses to be told the same thing twice."""

    def __init__(self, fixtures: Iterable[Fixture], metrics: Iterable[Metric]) -> None:
        self._fixtures = {fixture.id: fixture for fixture in fixtures}
        self._metrics = {metric.name: metric for metric in metrics}
        self._primary = tuple(metric for metric in self._metrics.values() if metric.role is Role.PRIMARY)
        self._results: dict[tuple[str, Arm, str], dict[int, Result]] = {}
        self._errors: dict[tuple[str, Arm], dict[int, bool]] = {}
        self._attempts: dict[tuple[str, Arm], set[int]] = {}
        self._applicable: set[tuple[str, str]] = set()
        self._inapplicable: set[tuple[str, str]] = set()

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        """Raises ValueError for a trial or score told twice, and for an unknown fixture or metric."""
        for trial in trials:
            self._tell_trial(trial)
        for scored in scores:
            self._tell_score(scored)

    def attempts(self, fixture_id: str, arm: Arm) -> tuple[int, ...]:
        """The attempts of which anything was told, in order."""
        return tuple(sorted(self._attempts.get((fixture_id, arm), ())))

    def count(self, arm: Arm) -> int:
        """Trials of one arm, all fixtures together."""
        return sum(len(attempts) for (_, told), attempts in self._attempts.items() if told is arm)

    def is_error(self, key: TrialKey) -> bool:
        """Did the trial end without an output?"""
        return self._errors.get((key.fixture_id, key.arm), {}).get(key.attempt, False)

    def result(self, metric: str, key: TrialKey) -> Result | None:
        """None: nothing was told of this metric for this trial."""
        return self._results.get((metric, key.arm, key.fixture_id), {}).get(key.attempt)

    def applies(self, metric: str, fixture_id: str) -> bool:
        """No, where a trial was called not applicable and none was scored: the fixture has no such metric."""
        return (metric, fixture_id) in self._applicable or (metric, fixture_id) not in self._inapplicable

    def has_passed(self, key: TrialKey) -> bool | None:
        """Is each primary metric that applies at least its ``pass_at``? None: a missing score leaves it open."""
        is_open, is_measured = False, False
        for metric in self._primary:
            if not self.applies(metric.name, key.fixture_id):
                continue
            result = self.result(metric.name, key)
            if not isinstance(result, float):
                is_open = True
            elif result < metric.pass_at:
                return False
            else:
                is_measured = True
        return True if is_measured and not is_open else None

    def panel(self, metric: str, fixture_ids: Iterable[str], asked: Asked) -> Panel:
        """The metric's scores on those of ``fixture_ids`` that it applies to, on the attempts asked."""
        ids = sorted(fixture_id for fixture_id in fixture_ids if self.applies(metric, fixture_id))
        return Panel(
            fixtures=tuple(self._fixtures[fixture_id] for fixture_id in ids),
            base=self._arm(metric, ids, Arm.BASE, asked),
            head=self._arm(metric, ids, Arm.HEAD, asked),
        )

    def _arm(self, metric: str, ids: Sequence[str], arm: Arm, asked: Asked) -> ArmScores:
        due = [asked.get((fixture_id, arm), ()) for fixture_id in ids]
        shape = (len(ids), max((len(attempts) for attempts in due), default=0))
        values, scored, is_asked = np.zeros(shape), np.zeros(shape, bool), np.zeros(shape, bool)
        for row, (fixture_id, attempts) in enumerate(zip(ids, due, strict=True)):
            is_asked[row, : len(attempts)] = True
            results = self._results.get((metric, arm, fixture_id), {})
            for column, attempt in enumerate(attempts):
                result = results.get(attempt)
                if isinstance(result, float):
                    values[row, column], scored[row, column] = result, True
        return ArmScores(values=values, scored=scored, asked=is_asked)

    def _tell_trial(self, trial: Trial) -> None:
        self._note(trial.key)
        errors = self._errors.setdefault((trial.key.fixture_id, trial.key.arm), {})
        if trial.key.attempt in errors:
            raise ValueError(f"{_spell(trial.key)} was told twice")
        errors[trial.key.attempt] = isinstance(trial.outcome, TrialError)

    def _tell_score(self, scored: Scored) -> None:
        if scored.metric not in self._metrics:
            raise ValueError(f"metric {scored.metric!r} is not one of those compared")
        self._note(scored.key)
        results = self._results.setdefault((scored.metric, scored.key.arm, scored.key.fixture_id), {})
        if scored.key.attempt in results:
            raise ValueError(f"the score {scored.metric!r} of {_spell(scored.key)} was told twice")
        pair = (scored.metric, scored.key.fixture_id)
        match scored.result:
            case Score(value=value):
                results[scored.key.attempt] = float(value)
                self._applicable.add(pair)
            case NotScored(cause=cause):
                results[scored.key.attempt] = cause
                if cause is NotScoredCause.NOT_APPLICABLE:
                    self._inapplicable.add(pair)

    def _note(self, key: TrialKey) -> None:
        if key.fixture_id not in self._fixtures:
            raise ValueError(f"fixture {key.fixture_id!r} is not one of those compared")
        if key.attempt < 0:
            raise ValueError(f"{_spell(key)}: attempts count from 0")
        self._attempts.setdefault((key.fixture_id, key.arm), set()).add(key.attempt)


def pool_scores(runs: Iterable[EvalRun], arm: Arm, digests: Mapping[str, str], first: int = 0) -> tuple[Scored, ...]:
    """The runs' scores as one arm's rows, attempts numbered on from ``first``; those of another digest are left out.

    The runs count in the order of their ids, so the order in which they are given does not matter.
    """
    pooled: list[Scored] = []
    offsets: dict[str, int] = {}
    for run in sorted(runs, key=lambda run: run.run_id):
        attempts: dict[str, set[int]] = {}
        known = [row for row in run.scores if run.fixtures.get(row.key.fixture_id) == digests.get(row.key.fixture_id)]
        for row in known:
            attempts.setdefault(row.key.fixture_id, set()).add(row.key.attempt)
        places = {
            name: {attempt: place for place, attempt in enumerate(sorted(told))} for name, told in attempts.items()
        }
        for row in known:
            name = row.key.fixture_id
            key = TrialKey(name, arm, offsets.get(name, first) + places[name][row.key.attempt])
            pooled.append(Scored(key=key, metric=row.metric, result=row.result))
        for name, told in attempts.items():
            offsets[name] = offsets.get(name, first) + len(told)
    return tuple(pooled)


def _spell(key: TrialKey) -> str:
    return f"attempt {key.attempt} of fixture {key.fixture_id!r} on {key.arm}"
