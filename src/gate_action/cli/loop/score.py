"""``gate-action loop score``: the gate's evaluators on turns of production."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gate_action.cli.loop.options import FILE, loop_options
from gate_action.errors import ExitCode

if TYPE_CHECKING:
    from gate_action.model.distribution import Share
    from gate_action.wiring.loop.scoring import Told


@click.command(name="score")
@loop_options
@click.option("--turns", type=click.IntRange(min=1), help="Turns that are scored. Default: gate.yaml's.")
@click.option("--max-calls", type=click.IntRange(min=1), help="Judge calls of this pass. Default: gate.yaml's.")
@click.option("--max-cost-usd", type=click.FloatRange(min=0), help="US dollars of this pass. Default: gate.yaml's.")
@click.option("--out", type=FILE, help="Append the new scores here, as OTLP JSON lines: gen_ai.evaluation.result.")
def command(**options: Any) -> int:
    """Score a fair draw of production's turns by the evaluators that gate.

    Complaints, praise, signals and silent turns are drawn alike, and weighed back: the means are of all turns of the
    window. A turn that these evaluators have scored already is not scored again.
    """
    from gate_action.cli.loop.progress import open_progress
    from gate_action.wiring.loop.scoring import ScoreOptions, score_production

    with open_progress() as progress:

        def begin(total: int) -> Callable[[int], None]:
            progress.begin(total)
            return lambda turns: progress.advance(turns, "scored")

        told = score_production(ScoreOptions(**options), begin=begin)
    for line in _describe(told):
        click.echo(line)
    return ExitCode.NOT_EVALUATED if not told.means else ExitCode.PASS


def _describe(told: "Told") -> list[str]:
    scoring, vitals = told.scoring, told.vitals
    days = (told.window.until - told.window.since).days
    done = f"{len(scoring.turn_ids)} scored, {scoring.known} known already"
    lines = [f"{told.drawn} turns of the last {days} days drawn: {done}"]
    width = max((len(one.metric) for one in told.means), default=0)
    for one in told.means:
        missing = f", {one.missing} without a score" if one.missing else ""
        lines.append(f"  {one.metric:<{width}}  {_share(one.mean)}  from {one.turns} turns{missing}")
    if not told.means:
        lines.append("  no turn has a score: gate-action loop ingest comes before loop score")
    if told.left_out:
        lines.append(f"  not scored, since they need an expected answer: {', '.join(told.left_out)}")
    errors = _share(vitals.errors) if vitals.errors else "unknown"
    latency = "unknown" if vitals.latency_s is None else " / ".join(f"{s:.2f} s" for s in vitals.latency_s)
    cost = "unknown" if vitals.cost_usd is None else f"{vitals.cost_usd:.4f} USD a turn ({vitals.costed} told it)"
    lines.append(f"all {vitals.turns} turns: errors {errors}; latency {latency} (median / 95 %); cost {cost}")
    if scoring.spent:
        lines.append(f"ended early: {scoring.spent}; the next pass goes on here")
    return lines


def _share(share: "Share") -> str:
    interval = share.interval
    return f"{100 * share.value:5.1f} % (95 % {100 * interval.low:.1f}..{100 * interval.high:.1f})"
