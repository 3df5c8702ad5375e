"""What was told: scores and missing scores by metric, arm, fixture and attempt. Knows no rule of decision."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import NamedTuple, TypeAlias

from gate_action.comparison.arrays import Bools, Floats, Ints, np
from gate_action.comparison.column import Column, Result
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, FixtureTable
from gate_action.model.metric import Metric, Role
from gate_action.model.picking import index, pick, unordered
from gate_action.model.run import EvalRun
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Trial, TrialKey

Asked: TypeAlias = Mapping[tuple[str, Arm], Sequence[int]]
"""Fixture and arm -> the attempts whose scores are due, in order."""
_EVERY_ROW = slice(None)
_SCORED, _TRIED = 1, 2
"""Marks: a score was told; the trial itself was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAlike(Mapping[tuple[str, Arm], Sequence[int]]):
    """As ``Asked``, where the same attempts are due of every fixture."""

    fixture_ids: Sequence[str]
    attempts: Mapping[Arm, tuple[int, ...]]

    def __getitem__(self, key: tuple[str, Arm]) -> tuple[int, ...]:
        return self.attempts[key[1]]

    def __iter__(self) -> Iterator[tuple[str, Arm]]:
        return ((fixture_id, arm) for fixture_id in self.fixture_ids for arm in self.attempts)

    def __len__(self) -> int:
        return len(self.fixture_ids) * len(self.attempts)


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

    fixtures: Sequence[Fixture]
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


class Located(NamedTuple):
    """Fixtures that evidence knows."""

    ids: Sequence[str]
    places: Ints
    """Where it has them."""

    def those(self, wanted: Bools) -> "Located":
        return self if wanted.all() else Located(list(compress(self.ids, wanted.tolist())), self.places[wanted])


class Evidence:
    """Takes what is told, in any order, and refuses to be told the same thing twice. Nine bytes a score."""

    def __init__(self, fixtures: Sequence[Fixture], metrics: Iterable[Metric]) -> None:
        self._fixtures = unordered(fixtures)
        self._places = index(self._fixtures)
        self._ids = fixtures.ids if isinstance(fixtures, FixtureTable) and fixtures.ids.is_in_order else None
        """Of a suite that is in order: whoever asks for all of it asks with these."""
        self._metrics = {metric.name: metric for metric in metrics}
        self._primary = tuple(metric for metric in self._metrics.values() if metric.role is Role.PRIMARY)
        self._columns: dict[tuple[str, Arm, int], Column] = {}
        self._marks: dict[Arm, dict[int, bytearray]] = {arm: {} for arm in Arm}
        """Arm -> attempt -> for each fixture what was told of it, attempts in order."""
        self._applicable = {name: bytearray(len(self._places)) for name in self._metrics}
        self._inapplicable = {name: bytearray(len(self._places)) for name in self._metrics}

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        """Raises ValueError for a trial or score told twice, and for an unknown fixture or metric."""
        for trial in trials:
            self._tell_trial(trial)
        for scored in scores:
            self._tell_score(scored)

    def attempts(self, fixture_id: str, arm: Arm) -> tuple[int, ...]:
        """The attempts of which anything was told, in order."""
        place = self._places.get(fixture_id)
        if place is None:
            return ()
        return tuple([attempt for attempt, marks in self._marks[arm].items() if marks[place]])

    def count(self, arm: Arm) -> int:
        """Trials of one arm, all fixtures together."""
        return sum(len(marks) - marks.count(0) for marks in self._marks[arm].values())

    def result(self, metric: str, key: TrialKey) -> Result | None:
        """None: nothing was told of this metric for this trial."""
        column = self._columns.get((metric, key.arm, key.attempt))
        place = self._places.get(key.fixture_id)
        return None if column is None or place is None else column.result(place)

    def applies(self, metric: str, fixture_id: str) -> bool:
        """No, where a trial was called not applicable and none was scored: the fixture has no such metric."""
        place = self._places.get(fixture_id)
        return place is None or bool(self._applicable[metric][place] or not self._inapplicable[metric][place])

    def locate(self, fixture_ids: Sequence[str]) -> "Located":
        """Raises KeyError for an unknown fixture."""
        if fixture_ids is self._ids:
            return Located(fixture_ids, np.arange(len(fixture_ids)))
        places = map(self._places.__getitem__, fixture_ids)
        return Located(fixture_ids, np.fromiter(places, np.int64, len(fixture_ids)))

    def applying(self, metric: str, located: "Located") -> Bools:
        """As ``applies``, of many fixtures at once."""
        is_applicable, is_not = (
            np.frombuffer(marks, np.bool_)[located.places]
            for marks in (self._applicable[metric], self._inapplicable[metric])
        )
        applying: Bools = is_applicable | ~is_not
        return applying

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
        every = self.locate(fixture_ids if fixture_ids is self._ids else sorted(fixture_ids))
        known = every.those(self.applying(metric, every))
        return Panel(
            fixtures=self._fixtures if known.ids is self._ids else pick(self._fixtures, known.places.tolist()),
            base=self.arm(metric, known, Arm.BASE, asked),
            head=self.arm(metric, known, Arm.HEAD, asked),
        )

    def arm(self, metric: str, located: "Located", arm: Arm, asked: Asked) -> ArmScores:
        """One arm's scores of these fixtures, in their order, whether the metric applies to them or not."""
        due = _due(located.ids, arm, asked)
        places = located.places
        shape = (len(places), max(map(len, due), default=0))
        values, scored, is_asked = np.zeros(shape), np.zeros(shape, bool), np.zeros(shape, bool)
        for attempts, rows in due.items():
            is_asked[rows, : len(attempts)] = True
            for at, attempt in enumerate(attempts):
                column = self._columns.get((metric, arm, attempt))
                if column is not None:
                    values[rows, at], scored[rows, at] = column.take(places[rows])
        return ArmScores(values=values, scored=scored, asked=is_asked)

    def _tell_trial(self, trial: Trial) -> None:
        key = trial.key
        place = self._place(key)
        marks = self._marks_of(key)
        if marks[place] == _TRIED:
            raise ValueError(f"{_spell(key)} was told twice")
        marks[place] = _TRIED

    def _tell_score(self, scored: Scored) -> None:
        key, metric = scored.key, scored.metric
        if metric not in self._metrics:
            raise ValueError(f"metric {metric!r} is not one of those compared")
        place = self._place(key)
        column = self._columns.get((metric, key.arm, key.attempt))
        if column is None:
            column = self._columns[metric, key.arm, key.attempt] = Column(len(self._places))
        if column.has(place):
            raise ValueError(f"the score {metric!r} of {_spell(key)} was told twice")
        marks = self._marks_of(key)
        marks[place] = marks[place] or _SCORED
        match scored.result:
            case Score(value=value):
                column.put(place, value)
                self._applicable[metric][place] = 1
            case NotScored(cause=cause):
                column.put_cause(place, cause)
                if cause is NotScoredCause.NOT_APPLICABLE:
                    self._inapplicable[metric][place] = 1

    def _place(self, key: TrialKey) -> int:
        place = self._places.get(key.fixture_id)
        if place is None:
            raise ValueError(f"fixture {key.fixture_id!r} is not one of those compared")
        if key.attempt < 0:
            raise ValueError(f"{_spell(key)}: attempts count from 0")
        return place

    def _marks_of(self, key: TrialKey) -> bytearray:
        by_attempt = self._marks[key.arm]
        marks = by_attempt.get(key.attempt)
        if marks is None:
            marks = by_attempt[key.attempt] = bytearray(len(self._places))
            self._marks[key.arm] = dict(sorted(by_attempt.items()))
        return marks


def _due(ids: Sequence[str], arm: Arm, asked: Asked) -> Mapping[tuple[int, ...], Sequence[int] | slice]:
    """Attempts that are due -> the rows of ``ids`` that owe them."""
    if isinstance(asked, AskedAlike):
        return {asked.attempts[arm]: _EVERY_ROW}
    rows: dict[tuple[int, ...], list[int]] = {}
    for row, fixture_id in enumerate(ids):
        rows.setdefault(tuple(asked.get((fixture_id, arm), ())), []).append(row)
    return rows


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
