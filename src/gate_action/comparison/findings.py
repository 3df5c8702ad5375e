"""Readings of all metrics -> what is said of each: the two-run rule, Holm, and missing scores read both ways."""

from collections.abc import Mapping
from functools import partial
from math import inf
from typing import NamedTuple

from gate_action.comparison.arrays import np
from gate_action.comparison.evidence import Panel
from gate_action.comparison.reading import FEWEST_CLUSTERS, ROUNDING, Reading, SliceReading, read_panel
from gate_action.comparison.statistics.bounds import benjamini_hochberg, holm_factors, upper_mean_bound
from gate_action.model.comparison import Finding, FloorResult
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Slice
from gate_action.model.metric import Metric, Policy, Role

FALSE_DISCOVERY_RATE = 0.10
"""Of the warnings on metrics that do not block."""
FILLINGS = ((1.0, 0.0), (0.0, 1.0))
"""What missing scores of base and head are set to: the worst for head, then the best."""


class Alphas(NamedTuple):
    """What a metric's two tests may spend."""

    overall: float
    slices: float


NEVER = Alphas(-1.0, -1.0)
"""No p value is as low."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the evidence says of one metric."""

    finding: Finding
    reading: Reading | None
    """Of the scores that are there. None: nothing could be compared."""
    has_dropped: bool = False
    """The test over all fixtures confirms a drop."""
    broken: tuple[SliceReading, ...] = ()
    """Slices confirmed broken, worst first."""
    is_open_by_missing: bool = False
    """The missing scores decide: filled by worst and by best value, the findings differ."""
    sentence: str = ""
    """What tells of it, where the reading alone cannot: a confirmation by other rows."""
    note: str = ""
    """What the reader should know besides."""

    @property
    def leading(self) -> SliceReading | None:
        """The slice that the finding is told by. None: the whole suite dropped, and no slice twice as much."""
        if not self.broken or self.reading is None:
            return None
        worst, overall = self.broken[0], self.reading.difference
        is_told_by_slice = not self.has_dropped or worst.difference.delta <= 2 * overall.delta
        return worst if is_told_by_slice else None


def judge_metrics(
    panels: Mapping[str, Panel], metrics: tuple[Metric, ...], policy: Policy, *, is_screen: bool = False
) -> dict[str, Judgement]:
    """One judgement a metric of ``panels``. Roles decide on multiplicity: Holm for primary, BH (10%) for the others.

    ``is_screen``: these rows decide nothing about a drop of a primary metric, other rows do.
    """
    readings = {name: read_panel(panel, policy, is_screen=is_screen) for name, panel in panels.items()}
    judge = partial(_judge_all, metrics=metrics, policy=policy, is_screen=is_screen)
    plain = judge(readings)
    gaps = [name for name, panel in panels.items() if panel.missing]
    if not gaps:
        return plain
    filled = []
    for base, head in FILLINGS:
        reread = {name: read_panel(panels[name].filled(base, head), policy, is_screen=is_screen) for name in gaps}
        filled.append(judge(readings | reread))
    return {name: _reconcile(judgement, [judged[name] for judged in filled]) for name, judgement in plain.items()}


def _reconcile(plain: Judgement, filled: list[Judgement]) -> Judgement:
    """The finding that stands however the missing scores would have come out, or none."""
    findings = {plain.finding, *(judged.finding for judged in filled)}
    if len(findings) == 1:
        return plain
    # Neither blocks, and an improvement includes that nothing got worse: the weaker of the two stands.
    is_harmless = findings <= {Finding.PASS, Finding.IMPROVED}
    return Judgement(
        finding=Finding.PASS if is_harmless else Finding.INCONCLUSIVE,
        reading=plain.reading,
        is_open_by_missing=not is_harmless,
    )


def _judge_all(
    readings: Mapping[str, Reading | None], metrics: tuple[Metric, ...], policy: Policy, *, is_screen: bool
) -> dict[str, Judgement]:
    known = {name: reading for name, reading in readings.items() if reading is not None}
    primary = [m.name for m in metrics if m.name in known and m.role is Role.PRIMARY]
    others = [m.name for m in metrics if m.name in known and m.role is not Role.PRIMARY]
    alphas = dict.fromkeys(primary, NEVER)
    if not is_screen:
        alphas = _primary_alphas({name: known[name] for name in sorted(primary)}, policy)
    alphas |= _warning_alphas({name: known[name] for name in sorted(others)}, policy)
    return {
        name: Judgement(finding=Finding.INCONCLUSIVE, reading=None)
        if reading is None
        else judge_reading(reading, alphas[name], policy)
        for name, reading in readings.items()
    }


def _primary_alphas(readings: Mapping[str, Reading], policy: Policy) -> dict[str, Alphas]:
    """Holm over the metrics; inside each, the overall test and the slices keep their ratio (weighted Bonferroni)."""
    ratios = [
        min(_ratio(_p(reading), policy.alpha_global), _ratio(reading.lowest_slice_p, policy.alpha_slices))
        for reading in readings.values()
    ]
    factors = holm_factors(ratios)
    return {
        name: Alphas(policy.alpha_global * factor, policy.alpha_slices * factor)
        for name, factor in zip(readings, factors, strict=True)
    }


def _warning_alphas(readings: Mapping[str, Reading], policy: Policy) -> dict[str, Alphas]:
    p_values = [_p(reading) for reading in readings.values()]
    rejected = benjamini_hochberg(p_values, FALSE_DISCOVERY_RATE)
    return {
        name: Alphas(p_value if is_rejected else -1.0, policy.alpha_slices)
        for name, p_value, is_rejected in zip(readings, p_values, rejected, strict=True)
    }


def judge_reading(reading: Reading, alphas: Alphas, policy: Policy) -> Judgement:
    """The two-run rule (docs/decisions/0003-two-run-rule.md)."""
    overall = reading.difference
    broken = tuple(
        sorted(
            (entry for entry in reading.slices if _is_broken(entry, alphas, policy)),
            key=lambda entry: (entry.adjusted_p, entry.difference.delta, entry.slice),
        )
    )
    has_dropped = _p(reading) <= alphas.overall and overall.delta <= -policy.min_effect + ROUNDING
    if has_dropped:
        finding = Finding.REGRESSION
    elif broken:
        finding = Finding.MIXED if overall.delta > ROUNDING else Finding.REGRESSION
    elif overall.clusters < FEWEST_CLUSTERS or overall.interval is None:
        finding = Finding.INCONCLUSIVE
    elif overall.interval.low > ROUNDING:
        finding = Finding.IMPROVED
    else:
        finding = Finding.PASS if overall.interval.low > -policy.margin else Finding.INCONCLUSIVE
    return Judgement(finding=finding, reading=reading, has_dropped=has_dropped, broken=broken)


def _is_broken(entry: SliceReading, alphas: Alphas, policy: Policy) -> bool:
    is_large = entry.difference.delta <= -policy.min_effect_slice + ROUNDING
    return is_large and entry.adjusted_p is not None and entry.adjusted_p <= alphas.slices


def _ratio(p_value: float, alpha: float) -> float:
    """An alpha of 0 switches a test off."""
    return p_value / alpha if alpha > 0.0 else inf


def _p(reading: Reading) -> float:
    return 1.0 if reading.difference.p_value is None else reading.difference.p_value


def is_protected(slice_: Slice, policy: Policy) -> bool:
    """Is the slice, or its whole dimension (value ``*``), protected by the policy?"""
    return slice_ in policy.protected or Slice(slice_.dimension, "*") in policy.protected


def measure_floor(metric: Metric, head: Panel) -> FloorResult | None:
    """Head's upper 95% bound against the floor; missing scores count as the best value, so that a break is sure.

    None: the metric has no floor, or head scored nothing.
    """
    if metric.floor is None or not head.head.scored.any():
        return None
    filled = head.head.filled(1.0)
    units = [fixture.unit for fixture, count in zip(head.fixtures, filled.counts, strict=True) if count]
    _, clusters = np.unique(units, return_inverse=True)
    upper = upper_mean_bound(filled.means, clusters.astype(np.int64))
    return FloorResult(floor=metric.floor, upper=upper, is_broken=upper < metric.floor)
