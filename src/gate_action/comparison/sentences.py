"""The sentences that carry a finding. Numbers and names of the gate's own files only: no model output comes here."""

from typing import assert_never

from gate_action.comparison.evidence import Panel
from gate_action.comparison.findings import Judgement
from gate_action.comparison.reading import SliceReading
from gate_action.model.comparison import Difference, Finding, FloorResult, Interval, MetricComparison
from gate_action.model.metric import Metric, Role

SMALLEST_SHOWN_P = 0.0001


def say_finding(metric: Metric, comparison: MetricComparison, judgement: Judgement, panel: Panel) -> str:
    """What was found of a metric that both arms scored. ``panel``: the paired fixtures' scores."""
    sentence = judgement.sentence or _say_finding(metric, comparison, judgement, panel)
    if metric.role is not Role.PRIMARY and comparison.finding in (Finding.REGRESSION, Finding.MIXED):
        return f"{sentence}; a {metric.role} metric only warns"
    return f"{sentence}; {judgement.note}" if judgement.note else sentence


def _say_finding(metric: Metric, comparison: MetricComparison, judgement: Judgement, panel: Panel) -> str:
    difference = comparison.difference
    if difference is None:
        raise ValueError(f"{metric.name} has no difference to tell of")
    means = say_means(difference)
    match comparison.finding:
        case Finding.REGRESSION if judgement.leading:
            return f"{say_slice(metric, judgement.leading, panel)}; overall {say_means(difference, is_with_p=False)}"
        case Finding.REGRESSION:
            return f"{metric.name} regressed: {means}{_say_worst(judgement)}"
        case Finding.MIXED:
            return f"{say_slice(metric, judgement.broken[0], panel)}, while the overall mean rose: {means}"
        case Finding.IMPROVED:
            return f"{metric.name} improved: {means}"
        case Finding.PASS:
            return f"{metric.name} did not regress: {means}"
        case Finding.INCONCLUSIVE | Finding.ERRORED:
            return f"{metric.name} is undecided: {means}; {_say_open(comparison, judgement, difference)}"
        case unreachable:
            assert_never(unreachable)


def _say_worst(judgement: Judgement) -> str:
    if not judgement.broken:
        return ""
    worst = judgement.broken[0]
    return f"; worst slice {worst.slice}: {100 * worst.difference.delta:+.1f} points"


def _say_open(comparison: MetricComparison, judgement: Judgement, difference: Difference) -> str:
    """Why a finding is inconclusive."""
    if judgement.is_open_by_missing:
        return f"the {say_share(comparison.missing)} of scores that are missing would decide"
    hides = "" if comparison.could_hide is None else f"a drop of up to {say_points(comparison.could_hide)} could hide"
    return "; ".join(part for part in (hides, difference.note) if part)


def say_slice(metric: Metric, reading: SliceReading, panel: Panel) -> str:
    """``answer regressed in slice topic=refunds: base 30/30 passed, head 12/30 (10 fixtures x 3, p = 0.0002)``."""
    difference = reading.difference
    rows = [reading.slice in fixture.slices for fixture in panel.fixtures]
    arms = [(arm.values[rows], arm.scored[rows]) for arm in (panel.base, panel.head)]
    passed = [int(((values >= metric.pass_at) & scored).sum()) for values, scored in arms]
    count = [int(scored.sum()) for _, scored in arms]
    is_binary = all(bool(((values == 0.0) | (values == 1.0)).all()) for values, _ in arms)
    means = "" if is_binary else f", mean {difference.base_mean:.2f} -> {difference.head_mean:.2f}"
    p_value = "" if reading.adjusted_p is None else f", {say_p(reading.adjusted_p)}"
    return (
        f"{metric.name} regressed in slice {reading.slice}: base {passed[0]}/{count[0]} passed,"
        f" head {passed[1]}/{count[1]}{means} ({_say_size(difference, count)}{p_value})"
    )


def say_passes(metric: Metric, panel: Panel) -> str:
    """``base 31/32 passed, head 17/32``, with the means where scores are not only 0 and 1."""
    arms = [(arm.values[arm.scored], int(arm.scored.sum())) for arm in (panel.base, panel.head)]
    passed = [int((values >= metric.pass_at).sum()) for values, _ in arms]
    is_binary = all(bool(((values == 0.0) | (values == 1.0)).all()) for values, _ in arms)
    means = "" if is_binary else f", mean {arms[0][0].mean():.2f} -> {arms[1][0].mean():.2f}"
    return f"base {passed[0]}/{arms[0][1]} passed, head {passed[1]}/{arms[1][1]}{means}"


def _say_size(difference: Difference, count: list[int]) -> str:
    fixtures = say_count(difference.fixtures, "fixture")
    is_even = count[0] == count[1] and count[0] % difference.fixtures == 0
    return f"{fixtures} x {count[0] // difference.fixtures}" if is_even else fixtures


def say_means(difference: Difference, *, is_with_p: bool = True) -> str:
    """``81.0 -> 77.3 % (-3.7 points, 95 % -6.4..-1.0, p = 0.003); 300 fixtures, 104 clusters``."""
    parts = [f"{100 * difference.delta:+.1f} points"]
    if difference.interval is not None:
        parts.append(say_interval(difference.interval))
    if is_with_p and difference.p_value is not None and difference.delta < 0:
        parts.append(say_p(difference.p_value))
    units = say_count(difference.fixtures, "fixture")
    if difference.clusters != difference.fixtures:
        units = f"{units}, {say_count(difference.clusters, 'cluster')}"
    return f"{100 * difference.base_mean:.1f} -> {say_share(difference.head_mean)} ({', '.join(parts)}); {units}"


def say_floor(metric: Metric, head_mean: float, floor: FloorResult) -> str:
    return (
        f"{metric.name} broke its floor of {say_share(floor.floor)}: head's mean is {say_share(head_mean)},"
        f" at most {say_share(floor.upper)} with 95 % confidence"
    )


def say_missing(metric: Metric, share: float, most: float) -> str:
    return f"{metric.name} was not evaluated: {say_share(share)} of its scores are missing, more than {say_share(most)}"


def say_unscored(metric: Metric, panel: Panel) -> str:
    if not panel.fixtures:
        return f"{metric.name} was not evaluated: it applies to no fixture"
    asked = int(panel.head.asked.sum())
    return f"{metric.name} was not evaluated: head has none of the {say_count(asked, 'score')} that were due"


def say_interval(interval: Interval) -> str:
    return f"95 % {100 * interval.low:+.1f}..{100 * interval.high:+.1f}"


def say_p(p_value: float) -> str:
    return f"p < {SMALLEST_SHOWN_P:.4f}" if p_value < SMALLEST_SHOWN_P else f"p = {p_value:.2g}"


def say_share(share: float) -> str:
    return f"{100 * share:.1f} %"


def say_points(share: float) -> str:
    return f"{100 * share:.1f} points"


def say_count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
