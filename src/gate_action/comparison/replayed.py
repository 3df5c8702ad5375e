"""Both builds answered by the same recorded model calls: what differs, differs by the change, and nothing is tested."""

from collections.abc import Mapping
from dataclasses import replace

from gate_action.comparison.evidence import Panel
from gate_action.comparison.findings import Judgement, judge_metrics
from gate_action.comparison.plan import Plan
from gate_action.comparison.reading import ROUNDING, Reading
from gate_action.model.comparison import Difference, Finding, Interval
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
