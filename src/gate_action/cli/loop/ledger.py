"""``gate-action loop ledger``: does what was worked on close?"""

from typing import Any

import click

from gate_action.cli.loop.options import loop_options
from gate_action.wiring.screen import look_at_screen


@click.command(name="ledger")
@loop_options
@click.option("--json", "is_json", is_flag=True, help="Print the figures as JSON.")
def command(is_json: bool, **options: Any) -> int:  # noqa: FBT001  # click passes by name
    """Show over the ledger's cycles which rates went down or up, with intervals, under an unchanged definition."""
    from gate_action.wiring.loop.opening import LoopOptions
    from gate_action.wiring.loop.prioritize import encode, read_ledger

    followed = read_ledger(LoopOptions(**options))
    if is_json:
        click.echo(encode(followed))
    else:
        from gate_action.report.loop.priority_terminal import draw_ledger

        screen = look_at_screen()
        click.echo(draw_ledger(followed, screen.width, is_colour=screen.is_colour), nl=False)
    return 0
