"""Metrics and slices as rows: base, head, difference, interval, and what may have been missed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from gate_action.model.comparison import Difference, Finding, MetricComparison, SliceComparison
from gate_action.model.metric import Role
from gate_action.report import words
from gate_action.report.parts import Compared, MetricRow, Plot, SliceRow, Tone

_TONES: Final = {
    Finding.REGRESSION: Tone.BAD,
    Finding.MIXED: Tone.CAUTION,
    Finding.IMPROVED: Tone.GOOD,
    Finding.PASS: Tone.GOOD,
    Finding.INCONCLUSIVE: Tone.CAUTION,
    Finding.ERRORED: Tone.CAUTION,
}
_WORDS: Final = {
    Finding.REGRESSION: "regression",
    Finding.MIXED: "mixed",
    Finding.IMPROVED: "improved",
    Finding.PASS: "no regression",
    Finding.INCONCLUSIVE: "inconclusive",
    Finding.ERRORED: "not measured",
}
_SMALL_P: Final = 0.01
_MARGIN: Final = 0.04  # of the axis, at either end: no whisker touches the frame


class Axis:
    """The span, in score units, that the plots of one table share. It always holds zero."""

    def __init__(self, differences: Iterable[Difference]) -> None:
        ends = [0.0]
        for difference in differences:
            ends += [difference.delta, *(difference.interval or ())]
        self.low, self.high = min(ends), max(ends)
        if self.high - self.low < 0.02:  # noqa: PLR2004  # two points at least: less would magnify nothing into something
            self.low, self.high = self.low - 0.01, self.high + 0.01

    def plot(self, difference: Difference) -> Plot:
        bounds = difference.interval
        spoken = f"difference {words.points(difference.delta)} points, "
        spoken += f"95% interval {words.interval(bounds)}" if bounds else "no interval: too few fixtures"
        return Plot(
            low=self._at(bounds.low) if bounds else None,
            middle=self._at(difference.delta),
            high=self._at(bounds.high) if bounds else None,
            zero=self._at(0.0),
            words=spoken,
        )

    def _at(self, value: float) -> float:
        inside = (value - self.low) / (self.high - self.low)
        return round(_MARGIN + inside * (1 - 2 * _MARGIN), 4)


def metric_rows(metrics: Sequence[MetricComparison], told: Sequence[str]) -> tuple[MetricRow, ...]:
    """``told``: sentences that stand above the table, and are not said again below it."""
    axis = Axis(metric.difference for metric in metrics if metric.difference)
    return tuple(_metric_row(metric, axis, told) for metric in metrics)


def slice_rows(metrics: Iterable[MetricComparison]) -> tuple[SliceRow, ...]:
    """Broken first, then protected; then those of primary metrics, by the size of the drop."""
    found = [(part, metric) for metric in metrics for part in metric.slices]
    found.sort(key=_slice_rank)
    axis = Axis(part.difference for part, _ in found)
    return tuple(_slice_row(part, metric, axis) for part, metric in found)


def _slice_rank(pair: tuple[SliceComparison, MetricComparison]) -> tuple[bool, bool, bool, float]:
    part, metric = pair
    return not part.is_broken, not part.is_protected, metric.role is not Role.PRIMARY, part.difference.delta


def _metric_row(metric: MetricComparison, axis: Axis, told: Sequence[str]) -> MetricRow:
    is_below = metric.floor is not None and metric.floor.is_broken
    tone = Tone.BAD if is_below else _TONES[metric.finding]
    return MetricRow(
        name=metric.metric,
        role="" if metric.role is Role.PRIMARY else metric.role.value,
        finding=f"{_WORDS[metric.finding]}, below its floor" if is_below else _WORDS[metric.finding],
        tone=_softened(tone, metric.role),
        compared=_compared(metric.difference, axis) if metric.difference else _alone(metric.head_mean),
        notes=tuple(_notes(metric, told)),
    )


def missed(metric: MetricComparison) -> str:
    """What this metric's result leaves possible, in one clause or two; empty for a metric that measured nothing."""
    clauses = []
    if metric.could_hide and metric.finding is not Finding.REGRESSION:
        clauses.append(f"a drop of up to {words.size_in_points(metric.could_hide)} could hide behind this result")
    if metric.detectable is not None:
        drop = f"a uniform drop of {words.size_in_points(metric.detectable)}" if metric.detectable < 1 else "no drop"
        clauses.append(f"this suite finds {drop} with 80% power")
    return "; ".join(clauses)


def _slice_row(part: SliceComparison, metric: MetricComparison, axis: Axis) -> SliceRow:
    states = [word for word, holds in (("broken", part.is_broken), ("protected", part.is_protected)) if holds]
    return SliceRow(
        name=str(part.slice),
        metric=metric.metric,
        state=", ".join(states),
        tone=_softened(Tone.BAD, metric.role) if part.is_broken else Tone.NEUTRAL,
        compared=replace(_compared(part.difference, axis), p_value=words.p_value(part.adjusted_p)),
        is_prominent=part.is_broken or part.is_protected,
        has_moved=words.points(part.difference.delta) != words.points(0.0),
    )


def _compared(difference: Difference, axis: Axis) -> Compared:
    return Compared(
        base=words.rate(difference.base_mean),
        head=words.rate(difference.head_mean),
        delta=words.points(difference.delta),
        interval=words.interval(difference.interval),
        p_value=words.p_value(difference.p_value),
        fixtures=f"{difference.fixtures:,}",
        plot=axis.plot(difference),
    )


def _alone(head_mean: float | None) -> Compared:
    """Head with nothing to set it against."""
    none = words.DASH
    return Compared(
        base=none, head=words.rate(head_mean), delta=none, interval=none, p_value=none, fixtures=none, plot=None
    )


def _notes(metric: MetricComparison, told: Sequence[str]) -> Iterable[str]:
    """What the row's numbers do not say."""
    if metric.sentence and _says_more(metric) and not any(metric.sentence in sentence for sentence in told):
        yield metric.sentence.removeprefix(metric.metric).removeprefix(":").lstrip()
    if metric.difference:
        yield from _basis(metric.difference)
    if metric.floor:
        yield (
            f"{'below' if metric.floor.is_broken else 'not below'} its floor of {words.rate(metric.floor.floor)} "
            f"(upper 95% bound of head {words.rate(metric.floor.upper)})"
        )
    if metric.missing:
        yield f"{words.rate(metric.missing)} of the scores are missing"


def _says_more(metric: MetricComparison) -> bool:
    """Does its sentence say more than its row and the notes beside it?"""
    match metric.finding:
        case Finding.PASS | Finding.IMPROVED:
            return False
        case Finding.INCONCLUSIVE:
            return metric.difference is None or metric.missing > 0
        case Finding.REGRESSION | Finding.MIXED | Finding.ERRORED:
            return True


def _basis(difference: Difference) -> Iterable[str]:
    fixtures = words.counted(difference.fixtures, "fixture")
    if difference.clusters != difference.fixtures:
        fixtures += f" in {words.counted(difference.clusters, 'cluster')}"
    if difference.base_trials != difference.head_trials:
        fixtures += f", {words.counted(difference.base_trials, 'trial')} of base, {difference.head_trials:,} of head"
    yield fixtures
    if any(difference.flips):
        yield f"{difference.flips.to_fail:,} pass to fail, {difference.flips.to_pass:,} fail to pass"
    if difference.note:
        yield difference.note
    if _seems_contradictory(difference):
        yield (
            "p compares the builds on these fixtures, the interval on others like them:"
            " so p can be small while the interval holds 0"
        )


def _seems_contradictory(difference: Difference) -> bool:
    """A small p beside an interval that holds 0: a reader would think that one of them is wrong."""
    bounds, p_value = difference.interval, difference.p_value
    return bounds is not None and p_value is not None and p_value <= _SMALL_P and bounds.low <= 0.0 <= bounds.high


def _softened(tone: Tone, role: Role) -> Tone:
    """What cannot block is no alarm."""
    return Tone.CAUTION if tone is Tone.BAD and role is not Role.PRIMARY else tone
