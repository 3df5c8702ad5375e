"""``gate-action loop status``: what the store holds."""

from typing import Any

import click

from gate_action.cli.loop.options import loop_options


@click.command(name="status")
@loop_options
def command(**options: Any) -> int:
    """Show how many rows each table holds, feedback that has not met its turn, and how fast complaints are learnt."""
    from gate_action.report.loop.pace_words import say_pace
    from gate_action.wiring.loop.opening import LoopOptions
    from gate_action.wiring.loop.status import find_status

    status = find_status(LoopOptions(**options))
    for name, rows in status.rows.items():
        click.echo(f"{name:<20} {rows:>12,}")
    if status.orphans:
        click.echo(f"feedback whose turn has not been seen: {status.orphans:,}")
    for line in say_pace(status.pace):
        click.echo(line)
    return 0
