"""What screen and confirm found -> one judgement a metric: a block only where fresh rows confirmed it."""

from collections.abc import Mapping
from dataclasses import replace

from gate_action.comparison.evidence import Panel
from gate_action.comparison.findings import Judgement, judge_metrics
from gate_action.comparison.plan import Plan
from gate_action.comparison.reading import ROUNDING, Reading, SliceReading, read_panel
from gate_action.comparison.sentences import say_count, say_means, say_p, say_passes
from gate_action.comparison.statistics.reach import reach_of
from gate_action.model.comparison import Finding
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Metric
from gate_action.model.spent import Look, LookKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A look at fresh rows that rejects, and the rows that it saw."""

    look: Look
    panel: Panel


def judge_screened(
    panels: Mapping[str, Panel], plan: Plan, confirmations: Mapping[str, Confirmation], stale: frozenset[str]
) -> dict[str, Judgement]:
    """``panels``: the rows that tell of the mean. ``stale``: metrics whose stored rows said yes and fresh ones no."""
    judged = judge_metrics(panels, plan.metrics, plan.policy, is_screen=True)
    metrics = {metric.name: metric for metric in plan.metrics}
    for name, plain in tuple(judged.items()):
        if plain.reading is None:
            continue
        reading = _with_reach(plain.reading, panels[name], plan)
        judgement = judged[name] = replace(plain, reading=reading)
        if name in confirmations:
            judged[name] = _confirm(metrics[name], judgement, reading, confirmations[name], plan)
        elif name in stale:
            judged[name] = replace(judgement, note="the stored rows of base are stale: against them head had dropped")
    return judged


def _with_reach(reading: Reading, panel: Panel, plan: Plan) -> Reading:
    """What the procedure would have found, and not what one test of the rows that it happened to make would find."""
    if reading.detectable is None:
        return reading
    return replace(reading, detectable=reach_of(panel, reading.detectable, plan.policy.trials))


def _confirm(
    metric: Metric, judgement: Judgement, reading: Reading, confirmation: Confirmation, plan: Plan
) -> Judgement:
    if confirmation.look.kind is LookKind.OVERALL:
        return replace(judgement, finding=Finding.REGRESSION, has_dropped=True, is_open_by_missing=False)
    target = _read_target(confirmation, plan)
    fresh = say_target(metric, confirmation)
    has_risen = reading.difference.delta > ROUNDING
    overall = say_means(reading.difference)
    return replace(
        judgement,
        finding=Finding.MIXED if has_risen else Finding.REGRESSION,
        reading=_with_target(reading, target),
        broken=(target,) if target else (),
        is_open_by_missing=False,
        sentence=f"{fresh}, while the overall mean rose: {overall}" if has_risen else f"{fresh}; overall {overall}",
    )


def _read_target(confirmation: Confirmation, plan: Plan) -> SliceReading | None:
    """The slice's part of the target, read from fresh rows; None: the target is no slice."""
    slice_ = confirmation.look.slice
    reading = read_panel(confirmation.panel, plan.policy, is_screen=True)
    if slice_ is None or reading is None:
        return None
    entry = next((entry for entry in reading.slices if entry.slice == slice_), None)
    return replace(entry, adjusted_p=confirmation.look.p_value) if entry else None


def _with_target(reading: Reading, target: SliceReading | None) -> Reading:
    if target is None:
        return reading
    return replace(reading, slices=tuple(target if entry.slice == target.slice else entry for entry in reading.slices))


def say_target(metric: Metric, confirmation: Confirmation) -> str:
    """``answer regressed in slice topic=refunds: run again side by side, base 31/32 passed, head 17/32 (...)``."""
    panel, look, slice_ = confirmation.panel, confirmation.look, confirmation.look.slice
    others = sum(slice_ not in fixture.slices for fixture in panel.fixtures)
    where = f"in {say_count(len(panel.fixtures), 'fixture')} that head had failed first"
    if slice_ is not None:
        where = f"in slice {slice_}" + (f" and {say_count(others, 'other fixture')}" if others else "")
    counts = say_passes(metric, panel)
    size = f"{say_count(len(panel.fixtures), 'fixture')} x {look.trials}"
    return f"{metric.name} regressed {where}: run again side by side, {counts} ({size}, {say_p(look.p_value)})"
