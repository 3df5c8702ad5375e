"""Both builds answered by the same recorded model calls: what differs, differs by the change, and nothing is tested.
Of a suite that was replayed in part, the rest is judged by rows that were made side by side.
"""

from collections.abc import Mapping
from dataclasses import replace

from gate_action.comparison.arrays import Bools, np
from gate_action.comparison.evidence import ArmScores, Panel
from gate_action.comparison.findings import Judgement, judge_metrics
from gate_action.comparison.plan import Plan
from gate_action.comparison.reading import ROUNDING, Reading, SliceReading, read_panel
from gate_action.comparison.sentences import say_count, say_means
from gate_action.model.comparison import Difference, Finding, Interval
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Policy

NOTE = "both builds got the same recorded model answers, so the difference is exact"


def judge_replayed(panels: Mapping[str, Panel], plan: Plan) -> dict[str, Judgement]:
    """One judgement a metric: a drop of ``min_effect``, or of ``min_effect_slice`` in a slice, is a regression."""
    judged = judge_metrics(panels, plan.metrics, plan.policy, is_screen=True)
    return {
        name: judgement
        if judgement.reading is None or judgement.is_open_by_missing
        else _judge(judgement.reading, plan.policy)
        for name, judgement in judged.items()
    }


def split(panels: Mapping[str, Panel], exact: frozenset[str]) -> tuple[dict[str, Panel], dict[str, Panel]]:
    """The panels' fixtures that were replayed, and the others."""
    kept: tuple[dict[str, Panel], dict[str, Panel]] = ({}, {})
    for name, panel in panels.items():
        member = np.array([fixture.id in exact for fixture in panel.fixtures], bool)
        kept[0][name], kept[1][name] = _part(panel, member), _part(panel, ~member)
    return kept


def join(
    panels: Mapping[str, Panel], exact: frozenset[str], rest: Mapping[str, Judgement], plan: Plan
) -> dict[str, Judgement]:
    """One judgement a metric. ``rest``: what side by side rows say of the fixtures that were not replayed.

    A drop of the replayed fixtures counts by its share of the whole suite, and needs no test. The interval of the whole
    is that of the rest, moved by what is exact and narrowed by the rest's share; wider than the rest's scores can move,
    it is never.
    """
    replayed, _ = split(panels, exact)
    judged = {}
    for name, panel in panels.items():
        whole = read_panel(panel, plan.policy, is_screen=True)
        known = read_panel(replayed[name], plan.policy, is_screen=True)
        if whole is None:
            judged[name] = Judgement(finding=Finding.INCONCLUSIVE, reading=None)
            continue
        joint = _Joint(metric=name, whole=whole, exact=known, rest=rest[name])
        judged[name] = joint.judge(plan.policy)
    return judged


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joint:
    """One metric."""

    metric: str
    whole: Reading
    exact: Reading | None
    rest: Judgement

    def judge(self, policy: Policy) -> Judgement:
        difference, delta = self._difference(), self.whole.difference.delta
        reading = replace(self.whole, difference=difference, slices=self._slices(), detectable=None)
        broken = tuple(entry for entry in reading.slices if self._is_broken_exactly(entry, policy))
        has_dropped = self._exact_part <= -policy.min_effect + ROUNDING
        note = (
            f"{self._exact_count} of {difference.fixtures} fixtures got the same recorded model answers on both builds"
        )
        judgement = replace(self.rest, reading=reading, note="; ".join(filter(None, [self.rest.note, note])))
        if self.rest.finding in (Finding.REGRESSION, Finding.MIXED):
            is_mixed = not self.rest.has_dropped and delta > ROUNDING
            return replace(judgement, finding=Finding.MIXED if is_mixed else Finding.REGRESSION)
        if has_dropped or broken:
            return replace(
                judgement,
                finding=Finding.MIXED if delta > ROUNDING else Finding.REGRESSION,
                has_dropped=has_dropped,
                broken=broken,
                is_open_by_missing=False,
                sentence=self._say_drop(difference) if has_dropped else "",
            )
        if self.rest.is_open_by_missing:
            return judgement
        return replace(judgement, finding=_place(difference.interval, policy))

    def _say_drop(self, difference: Difference) -> str:
        known = self.exact.difference.delta if self.exact else 0.0
        ending = "while the overall mean rose" if difference.delta > ROUNDING else "overall"
        count = say_count(self._exact_count, "fixture")
        return (
            f"{self.metric} dropped by {-100 * known:.1f} points on the {count} that got the same recorded model "
            f"answers on both builds, {ending}: {say_means(difference)}"
        )

    @property
    def _exact_count(self) -> int:
        return self.exact.difference.fixtures if self.exact else 0

    @property
    def _exact_part(self) -> float:
        """What the replayed fixtures alone move the mean of all by."""
        return self.exact.difference.delta * self._exact_count / self.whole.difference.fixtures if self.exact else 0.0

    def _difference(self) -> Difference:
        whole, rest = self.whole.difference, self.rest.reading
        count = whole.fixtures - self._exact_count
        share = count / whole.fixtures
        low, high = -1.0, 1.0
        if rest is not None and (known := rest.difference.interval) is not None:
            low, high = known
        elif not count:
            low = high = 0.0
        interval = Interval(self._exact_part + share * low, self._exact_part + share * high)
        return replace(whole, interval=interval, p_value=rest.difference.p_value if rest else None, note="")

    def _slices(self) -> tuple[SliceReading, ...]:
        """A slice without a single replayed fixture is told as the rest tells it."""
        exact = {entry.slice for entry in self.exact.slices} if self.exact else set()
        rest = {entry.slice: entry for entry in self.rest.reading.slices} if self.rest.reading else {}
        return tuple(entry if entry.slice in exact else rest.get(entry.slice, entry) for entry in self.whole.slices)

    def _is_broken_exactly(self, entry: SliceReading, policy: Policy) -> bool:
        known = {one.slice: one.difference for one in self.exact.slices} if self.exact else {}
        if entry.slice not in known:
            return False
        part = known[entry.slice]
        return part.delta * part.fixtures / entry.difference.fixtures <= -policy.min_effect_slice + ROUNDING


def _place(interval: Interval | None, policy: Policy) -> Finding:
    if interval is None:
        return Finding.INCONCLUSIVE
    if interval.low > ROUNDING:
        return Finding.IMPROVED
    return Finding.PASS if interval.low > -policy.margin else Finding.INCONCLUSIVE


def _part(panel: Panel, member: Bools) -> Panel:
    fixtures = tuple(fixture for fixture, is_in in zip(panel.fixtures, member, strict=True) if is_in)
    return Panel(fixtures=fixtures, base=_rows(panel.base, member), head=_rows(panel.head, member))


def _rows(scores: ArmScores, member: Bools) -> ArmScores:
    return ArmScores(values=scores.values[member], scored=scores.scored[member], asked=scores.asked[member])


def _judge(reading: Reading, policy: Policy) -> Judgement:
    slices = tuple(replace(entry, difference=_exact(entry.difference)) for entry in reading.slices)
    broken = [entry for entry in slices if entry.difference.delta <= -policy.min_effect_slice + ROUNDING]
    delta = reading.difference.delta
    has_dropped = delta <= -policy.min_effect + ROUNDING
    if has_dropped:
        finding = Finding.REGRESSION
    elif broken:
        finding = Finding.MIXED if delta > ROUNDING else Finding.REGRESSION
    else:
        finding = Finding.IMPROVED if delta > ROUNDING else Finding.PASS
    return Judgement(
        finding=finding,
        reading=replace(reading, difference=_exact(reading.difference), slices=slices, detectable=None),
        has_dropped=has_dropped,
        broken=tuple(sorted(broken, key=lambda entry: (entry.difference.delta, entry.slice))),
        note=NOTE,
    )


def _exact(difference: Difference) -> Difference:
    return replace(difference, interval=Interval(difference.delta, difference.delta), p_value=None, note="")
