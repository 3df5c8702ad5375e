"""``gate-action loop distribution``: what goes wrong, week by week, and whether that has shifted."""

from pathlib import Path
from typing import Any

import click

from gate_action.cli.loop.options import ENGINE, FILE, loop_options
from gate_action.wiring.screen import look_at_screen


@click.command(name="distribution")
@loop_options
@ENGINE
@click.option("--classifier", default="", help="Whose labels: the beginning of a digest. Default: the last one's.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="As if it were this day, 0:00 UTC.")
@click.option("--json", "is_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--html", type=FILE, help="Write the page here as well.")
@click.option("--examples", is_flag=True, help="Show inputs of users that are far from every fixture.")
@click.option("--fail-on", type=click.Choice(["shift"]), help="End with 1 where the labels have shifted.")
def command(is_json: bool, html: Path | None, examples: bool, fail_on: str | None, **options: Any) -> int:  # noqa: FBT001  # click passes by name
    """Show the weekly distribution of labels, and test the last whole week against the weeks before it.

    What goes wrong is told apart from how much goes wrong, and beside both stands the share of turns that no fixture is
    near. Weeks are ISO weeks in UTC.
    """
    from gate_action.wiring.loop.distribution import DistributionOptions, encode_distribution, follow_labels, write_page

    distribution = follow_labels(DistributionOptions(**options))
    if html is not None:
        write_page(distribution, html)
    if is_json:
        click.echo(encode_distribution(distribution))
    else:
        from gate_action.report.loop.distribution_terminal import draw_distribution

        screen = look_at_screen()
        click.echo(draw_distribution(distribution, screen.width, is_colour=screen.is_colour), nl=False)
        if examples and distribution.novelty:
            from gate_action.report.escape import plain

            for text in distribution.novelty.examples:
                click.echo(f"  no fixture is near: {plain(' '.join(text.split()))[:200]}")
    return int(fail_on == "shift" and distribution.shifted == "shift")
