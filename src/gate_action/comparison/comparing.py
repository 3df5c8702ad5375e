"""Evidence -> one MetricComparison a metric, with the sentence that says what was found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeAlias

from gate_action.comparison.evidence import Asked, Evidence, Panel
from gate_action.comparison.findings import Judgement, is_protected, judge_metrics, measure_floor
from gate_action.comparison.plan import Plan
from gate_action.comparison.reading import Reading, SliceReading
from gate_action.comparison.sentences import say_finding, say_missing, say_share, say_unscored
from gate_action.model.comparison import Finding, MetricComparison, SliceComparison
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Metric
from gate_action.model.picking import among, beside, ids_of

Judge: TypeAlias = Callable[[Mapping[str, Panel]], Mapping[str, Judgement]]
"""What is said of each metric, by its scores on the paired fixtures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A metric's comparison, and what the verdict needs beside it."""

    metric: Metric
    comparison: MetricComparison
    is_set_against_base: bool
    """No: there is no base, or only new fixtures have this metric."""
    is_unscored: bool
    """It applies to no fixture, or not one score of it was made."""
    leading: SliceReading | None = None
    """The slice that the finding is told by, if it is told by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    """One metric's scores: of the paired fixtures, with those acknowledged besides, of the new ones, and of all."""

    paired: Panel
    old: Panel
    new: Panel
    every: Panel

    @property
    def missing(self) -> int:
        """New fixtures owe head's scores only: a base that never knew such a fixture may fail to run it."""
        return self.paired.missing + self.new.head.missing

    @property
    def missing_share(self) -> float:
        asked = self.paired.asked + int(self.new.head.asked.sum())
        return self.missing / asked if asked else 0.0

    @property
    def head_mean(self) -> float | None:
        means = self.every.head.means
        return float(means.mean()) if means.size else None


def compare_metrics(plan: Plan, evidence: Evidence, asked: Asked, judge: Judge | None = None) -> tuple[Compared, ...]:
    """In the order of ``plan.metrics``. ``judge``: another rule than the two-run rule."""
    judge = judge or partial(judge_metrics, metrics=plan.metrics, policy=plan.policy)
    groups = _group(plan)
    scores = {metric.name: _collect(groups, evidence, metric, asked) for metric in plan.metrics}
    panels = {
        name: found.paired
        for name, found in scores.items()
        if plan.has_base and found.paired.fixtures and found.missing_share <= plan.policy.max_missing
    }
    judged = judge(panels)
    return tuple(_compare(plan, metric, scores[metric.name], judged.get(metric.name)) for metric in plan.metrics)


class _Groups(NamedTuple):
    """Ids of the judged fixtures."""

    paired: Sequence[str]
    old: Sequence[str]
    new: Sequence[str]


def _group(plan: Plan) -> _Groups:
    old, new = ids_of(beside(plan.judged, plan.new_ids)), ids_of(among(plan.judged, plan.new_ids))
    return _Groups([name for name in old if name not in plan.covered] if plan.covered else old, old, new)


def _collect(groups: _Groups, evidence: Evidence, metric: Metric, asked: Asked) -> _Scores:
    """A panel is made once, though it may count as several."""

    def gather(fixture_ids: Sequence[str]) -> Panel:
        return evidence.panel(metric.name, fixture_ids, asked)

    old, new = gather(groups.old), gather(groups.new)
    every = new if not groups.old else old if not groups.new else gather([*groups.old, *groups.new])
    return _Scores(paired=old if groups.paired is groups.old else gather(groups.paired), old=old, new=new, every=every)


def _compare(plan: Plan, metric: Metric, scores: _Scores, judgement: Judgement | None) -> Compared:
    has_old = plan.has_base and bool(scores.paired.fixtures)
    comparison = MetricComparison(
        metric=metric.name,
        role=metric.role,
        finding=judgement.finding if judgement else Finding.INCONCLUSIVE,
        difference=None,
        head_mean=scores.head_mean,
        # New fixtures do not count for the floor yet, unless all are new: "still failing" must not block.
        floor=measure_floor(metric, scores.old if has_old else scores.every),
        missing=scores.missing_share,
    )
    if scores.head_mean is None:
        comparison = replace(comparison, finding=Finding.ERRORED, sentence=say_unscored(metric, scores.every))
    elif scores.missing_share > plan.policy.max_missing:
        sentence = say_missing(metric, scores.missing_share, plan.policy.max_missing)
        comparison = replace(comparison, finding=Finding.ERRORED, sentence=sentence)
    elif judgement is None or judgement.reading is None:
        sentence = (
            f"{metric.name}: head's mean is {say_share(scores.head_mean)}, and there is nothing to compare it with"
        )
        comparison = replace(comparison, sentence=sentence)
    else:
        comparison = _with_reading(comparison, plan, judgement, judgement.reading)
        comparison = replace(comparison, sentence=say_finding(metric, comparison, judgement, scores.paired))
    return Compared(
        metric=metric,
        comparison=comparison,
        is_set_against_base=has_old,
        is_unscored=scores.head_mean is None,
        leading=judgement.leading if judgement else None,
    )


def _with_reading(comparison: MetricComparison, plan: Plan, judgement: Judgement, reading: Reading) -> MetricComparison:
    broken = {entry.slice for entry in judgement.broken}
    interval = reading.difference.interval
    return replace(
        comparison,
        difference=reading.difference,
        slices=tuple(
            SliceComparison(
                slice=entry.slice,
                difference=entry.difference,
                adjusted_p=entry.adjusted_p,
                is_broken=entry.slice in broken,
                is_protected=is_protected(entry.slice, plan.policy),
            )
            for entry in reading.slices
        ),
        could_hide=None if interval is None else max(0.0, -interval.low),
        detectable=reading.detectable,
    )
