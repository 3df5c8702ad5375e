"""Fixture by fixture: what became of it from base to head, worst first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from gate_action.comparison.acknowledging import acknowledged_fixtures, say_acknowledged
from gate_action.comparison.arrays import Bools, np
from gate_action.comparison.critical import CriticalResult, Standing
from gate_action.comparison.evidence import ArmScores, Asked, Evidence, Located
from gate_action.comparison.history import BaseHistory
from gate_action.comparison.plan import BaseArm, Plan
from gate_action.comparison.reading import FLIP, ROUNDING
from gate_action.comparison.shortlist import Changes, Rank, Shortlist, move_of
from gate_action.model.comparison import ChangeKind, FixtureChange, Tally
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Metric
from gate_action.model.trial import Arm

RATE_MOVE = 0.5
"""With more than one trial, a majority that flips by less than this is one trial's noise."""
_AT_ONCE = 4_096
"""Fixtures that are read together: enough for numpy, few enough to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """What fixtures are looked at with."""

    plan: Plan
    evidence: Evidence
    asked: Asked
    criticals: tuple[CriticalResult, ...]

    def list_changes(self) -> Changes:
        history = BaseHistory(self.plan, self.evidence)
        notes = {result.fixture_id: result for result in self.criticals}
        wanted = acknowledged_fixtures(self.plan)
        shortlist = Shortlist()
        for known in self._known():
            kind = self._kind(known)
            if not shortlist.has_room(kind, known.rank):
                shortlist.pass_over(kind, known.fixture_id)
                continue
            change = self._change(known, kind, notes.get(known.fixture_id), history)
            if change.fixture_id in wanted:
                change = replace(change, note=say_acknowledged(wanted[change.fixture_id]))
            shortlist.add(change)
        for fixture in self.plan.removed:
            shortlist.add(_removed(fixture))
        return shortlist.close()

    def _kind(self, known: "_Known") -> ChangeKind:
        if self.plan.base is BaseArm.NONE or known.fixture_id in self.plan.new_ids:
            return ChangeKind.ADDED
        if not known.means:
            return ChangeKind.UNCHANGED
        moves = known.moves
        return classify_change(known.base, known.head, moves, has_gap=len(moves) < len(known.means))

    def _change(
        self, known: "_Known", kind: ChangeKind, critical: CriticalResult | None, history: BaseHistory
    ) -> FixtureChange:
        base, head, means, moves = known.base, known.head, known.means, known.moves
        note = _say_critical(critical) if critical and (means or kind is ChangeKind.ADDED) else ""
        if kind is ChangeKind.ADDED:
            note = "; ".join(part for part in (say_new(base, head), note) if part)
        return FixtureChange(
            fixture_id=known.fixture_id,
            kind=kind,
            base=base,
            head=head,
            base_mean=known.base_mean,
            head_mean=known.head_mean,
            metric=max(sorted(moves), key=lambda name: abs(moves[name]), default=min(means, default="")),
            is_critical=known.is_critical,
            is_new=kind is ChangeKind.ADDED,
            is_flaky=history.is_flaky(known.fixture_id),
            note=note,
        )

    def _known(self) -> Iterator["_Known"]:
        """Of every judged fixture, many read at once."""
        for start in range(0, len(self.plan.judged), _AT_ONCE):
            yield from self._known_of(self.plan.judged[start : start + _AT_ONCE])

    def _known_of(self, judged: Sequence[Fixture]) -> Iterator["_Known"]:
        primary = self.plan.primary
        located = self.evidence.locate([fixture.id for fixture in judged])
        base, head = (self._read(arm, located, primary) for arm in Arm)
        for row, (fixture_id, fixture) in enumerate(zip(located.ids, judged, strict=True)):
            means = {
                metric.name: (base.means[place][row], head.means[place][row])
                for place, metric in enumerate(primary)
                if base.applies[place][row]
            }
            base_mean = _mean([pair[0] for pair in means.values()])
            head_mean = _mean([pair[1] for pair in means.values()])
            tallies = Tally(*base.tallies[row]), Tally(*head.tallies[row])
            yield _Known(fixture_id, fixture.is_critical, *tallies, means, base_mean, head_mean)

    def _read(self, arm: Arm, located: Located, primary: Sequence[Metric]) -> "_ArmRead":
        scores = [self.evidence.arm(metric.name, located, arm, self.asked) for metric in primary]
        applies = [self.evidence.applying(metric.name, located) for metric in primary]
        asked = self.evidence.arm(self.plan.metrics[0].name, located, arm, self.asked).asked
        return _ArmRead(
            [_means(arm_scores) for arm_scores in scores],
            _tallies(asked, primary, scores, applies),
            [applying.tolist() for applying in applies],
        )


class _Known(NamedTuple):
    """What both arms came to on one fixture."""

    fixture_id: str
    is_critical: bool
    base: Tally
    head: Tally
    means: Mapping[str, tuple[float | None, float | None]]
    """Base's and head's mean of each primary metric that applies."""
    base_mean: float | None
    """Over these metrics."""
    head_mean: float | None

    @property
    def moves(self) -> dict[str, float]:
        """Of each primary metric that both arms scored."""
        pairs = self.means.items()
        return {name: pair[1] - pair[0] for name, pair in pairs if pair[0] is not None and pair[1] is not None}

    @property
    def rank(self) -> Rank:
        return Rank(not self.is_critical, move_of(self.base_mean, self.head_mean), self.fixture_id)


class _ArmRead(NamedTuple):
    """One arm on all fixtures, in their order."""

    means: list[list[float | None]]
    """By primary metric."""
    tallies: list[list[int]]
    """Passed, scored and neither, as a Tally takes them."""
    applies: list[list[bool]]
    """By primary metric: has the fixture such a metric?"""


def _means(arm: ArmScores) -> list[float | None]:
    sums, counts = (arm.values * arm.scored).sum(axis=1).tolist(), arm.counts.tolist()
    return [total / count if count else None for total, count in zip(sums, counts, strict=True)]


def _tallies(
    asked: Bools, primary: Sequence[Metric], scores: Sequence[ArmScores], applies: Sequence[Bools]
) -> list[list[int]]:
    """As ``Evidence.has_passed`` says of single trials, for all at once."""
    failed, is_open, measured = np.zeros(asked.shape, bool), np.zeros(asked.shape, bool), np.zeros(asked.shape, bool)
    for metric, arm, applied in zip(primary, scores, applies, strict=True):
        counts = applied[:, None] & asked
        failed |= counts & arm.scored & (arm.values < metric.pass_at)
        is_open |= counts & ~arm.scored
        measured |= counts & arm.scored
    passed = measured & ~failed & ~is_open
    settled = (passed | failed).sum(axis=1)
    columns = (passed.sum(axis=1), settled, asked.sum(axis=1) - settled)
    return np.stack(columns, axis=1).tolist()  # type: ignore[no-any-return]  # numpy does not say what a list is of


def classify_change(base: Tally, head: Tally, moves: dict[str, float], *, has_gap: bool) -> ChangeKind:
    """A fixture changed if most trials flipped and the pass rate moved by a half, or a metric moved by 0.75.

    At one trial an arm that is any flip; at three, 3/3 -> 1/3 and 2/3 -> 0/3, but not 2/3 -> 1/3, which one unlucky
    trial makes. Where metrics moved both ways, the sum of their moves says which way the fixture went.
    """
    if has_gap or not base.scored or not head.scored:
        return ChangeKind.NOT_COMPARABLE
    rates = base.passed / base.scored, head.passed / head.scored
    has_flipped = (rates[0] - 0.5) * (rates[1] - 0.5) < 0 and abs(rates[1] - rates[0]) >= RATE_MOVE - ROUNDING
    if has_flipped:
        return ChangeKind.IMPROVED if rates[1] > rates[0] else ChangeKind.REGRESSED
    if max(abs(move) for move in moves.values()) < FLIP - ROUNDING:
        return ChangeKind.UNCHANGED
    total = sum(moves.values())
    if abs(total) <= ROUNDING:
        return ChangeKind.UNCHANGED
    return ChangeKind.IMPROVED if total > 0 else ChangeKind.REGRESSED


def say_new(base: Tally, head: Tally) -> str:
    """What a new fixture shows: most trials of an arm decide for it."""
    after = _majority(head)
    if after is None:
        return "undecided"
    before = _majority(base)
    if before is None:
        return "passing" if after else "failing"
    return {(False, True): "fixed", (False, False): "still failing", (True, True): "passing"}.get(
        (before, after), "passes on base, fails on head"
    )


def _majority(tally: Tally) -> bool | None:
    return None if 2 * tally.passed == tally.scored else 2 * tally.passed > tally.scored


def _say_critical(result: CriticalResult) -> str:
    match result.standing:
        case Standing.HOLDS:
            return ""
        case Standing.BARRED:
            return "flaky on base: barred from the critical rule"
        case Standing.OPEN:
            return f"critical: {result.failed} of {result.further} re-runs failed, which settles nothing"
        case _:
            return f"critical: {result.failed} of {result.further} re-runs failed"


def _removed(fixture: Fixture) -> FixtureChange:
    nothing = Tally(0, 0, 0)
    return FixtureChange(
        fixture_id=fixture.id,
        kind=ChangeKind.REMOVED,
        base=nothing,
        head=nothing,
        base_mean=None,
        head_mean=None,
        metric="",
        is_critical=fixture.is_critical,
    )


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
