"""``gate-action loop status``: what the store holds."""

from typing import Any

import click

from gate_action.cli.loop_options import loop_options


@click.command(name="status")
@loop_options
def command(**options: Any) -> int:
    """Show how many rows each table of the store holds, and how much feedback has not met its turn."""
    from gate_action.wiring.loop.opening import LoopOptions
    from gate_action.wiring.loop.status import find_status

    status = find_status(LoopOptions(**options))
    for name, rows in status.rows.items():
        click.echo(f"{name:<20} {rows:>12,}")
    if status.orphans:
        click.echo(f"feedback whose turn has not been seen: {status.orphans:,}")
    return 0
