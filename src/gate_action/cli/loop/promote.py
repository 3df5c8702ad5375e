"""``gate-action loop promote``: failing turns become fixtures."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from gate_action.cli.loop.options import loop_options

if TYPE_CHECKING:
    from gate_action.wiring.loop.promoting import Promoted, Reviewing


@click.command(name="promote")
@loop_options
@click.option("--cluster", "clusters", multiple=True, help="Only this cluster; may be given again.")
@click.option("--split", type=click.Choice(["eval", "train"]), default="eval", show_default=True, help="Of new rows.")
@click.option("--open-training", is_flag=True, help="With --split train: although no fix was seen not to hold.")
@click.option("--review", is_flag=True, help="Show each candidate: accept, edit the correction, or reject.")
@click.option("--page", is_flag=True, help="Review in the browser: a page that this machine alone reaches.")
@click.option("--reviewer", default="", help="Who reviews: a login or a name. It stands in each row.")
def command(clusters: tuple[str, ...], *, split: str, open_training: bool, reviewer: str, **options: Any) -> int:
    """Write failing turns of the open clusters as fixtures: scrubbed, consented to, with checks that they fail.

    Without a review all candidates are written: the pull request that brings them is one. Nothing is committed.
    """
    from gate_action.model.fixture import Split
    from gate_action.wiring.loop.opening import LoopOptions
    from gate_action.wiring.loop.promoting import Choice, promote

    reviewing = _reviewing(review=options.pop("review"), page=options.pop("page"), reviewer=reviewer)
    promoted = promote(
        LoopOptions(**options),
        Choice(clusters=clusters, split=Split(split), opens_training=open_training),
        now=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        review=reviewing,
    )
    _tell(promoted)
    return 0


def _reviewing(*, review: bool, page: bool, reviewer: str) -> "Reviewing | None":
    if page:
        from gate_action.loop.promote.serving import review_in_browser

        return lambda proposal, stopwatch: review_in_browser(proposal, reviewer, click.echo, stopwatch)
    if review:
        from gate_action.cli.loop.review import review_in_terminal

        return lambda proposal, stopwatch: review_in_terminal(proposal, reviewer, stopwatch)
    return None


def _tell(promoted: "Promoted") -> None:
    from gate_action.report.escape import plain
    from gate_action.report.words import counted

    proposal, kept = promoted.proposal, promoted.kept
    clusters, turns = counted(len(promoted.clusters), "cluster"), counted(promoted.failures, "failing turn")
    lines = [
        f"{clusters}, {turns}, {counted(len(proposal.candidates), 'candidate')}",
        *(f"  passed over, {reason}: {count}" for reason, count in sorted(proposal.passed.items())),
        *(f"    of these {cause}: {count}" for cause, count in sorted(proposal.refusals.items())),
        *(f"{outcome}: {count}" for outcome, count in sorted(kept.outcomes.items())),
        *(f"wrote {path}: {counted(count, 'new row')}" for path, count in sorted(kept.files.items())),
    ]
    if promoted.seconds:
        lines.append(f"a person's time: {promoted.seconds / 60:.1f} minutes")
    lines += (f"warning: {warning}" for warning in promoted.warnings)
    for line in lines:
        click.echo(plain(line))
