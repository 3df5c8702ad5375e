"""``gate-action loop cycle``: the loop's steps as one scheduled job."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gate_action.cli.loop.options import MOMENT, loop_options
from gate_action.errors import ConfigError


@click.command(name="cycle")
@loop_options
@click.option("--open-pr", is_flag=True, help="Keep one pull request with the new fixtures.")
@click.option("--measure", is_flag=True, help="With --open-pr: run main on the new fixtures, for the page.")
@click.option("--base", default="", help="The branch that it is for. Default: the default branch.")
@click.option("--dry-run", type=click.Path(path_type=Path), help="With --open-pr: write there what would be sent.")
@click.option("--rows", type=click.IntRange(1, 1_000), default=50, show_default=True, help="At most, at a time.")
@click.option("--kilobytes", type=click.IntRange(1, 20_000), default=500, show_default=True, help="As --rows.")
@click.option("--at", type=MOMENT, help="A cycle as of this time (ISO 8601). Default: now.")
def command(*, open_pr: bool, base: str, dry_run: Path | None, at: datetime | None, **options: Any) -> int:
    """Ingest, classify, cluster, prioritize and promote, in one process and under one lease.

    Each step is kept before the next begins: a cycle that was cut off is gone on with by the next call. Exit code 0:
    done; 2: bad config; 3: a step could not be done. One source of several that was not reached is told, no more.
    """
    from gate_action.loop.sync.choosing import Limits
    from gate_action.report.escape import plain
    from gate_action.report.loop.pace_words import say_pace
    from gate_action.wiring.commands.pulling import PullOptions
    from gate_action.wiring.loop.cycling import CycleOptions, run_cycle
    from gate_action.wiring.loop.opening import LoopOptions

    is_measured = options.pop("measure")
    if (dry_run or is_measured) and not open_pr:
        raise ConfigError(f"{'--dry-run' if dry_run else '--measure'} goes with --open-pr")
    pull = PullOptions(purpose="loop", base=base, dry_run=dry_run) if open_pr else None
    limits = Limits(rows=options.pop("rows"), bytes=options.pop("kilobytes") * 1_000)
    at = at.astimezone(UTC).replace(tzinfo=None, microsecond=0) if at else None
    cycled = run_cycle(
        CycleOptions(loop=LoopOptions(**options), limits=limits, pull=pull, is_measured=is_measured),
        lambda step, told: click.echo(plain(f"{step:<11}{told}")),
        clock=lambda: at or datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    )
    for line in say_pace(cycled.pace):
        click.echo(line)
    for failure in cycled.failures:
        click.echo(plain(f"warning: {failure}"), err=True)
    return 0
