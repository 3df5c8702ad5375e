"""``gate-action loop prioritize``: what to mend first, and how sure that is."""

from pathlib import Path
from typing import Any

import click

from gate_action.cli.loop.options import ENGINE, FILE, loop_options
from gate_action.wiring.screen import look_at_screen


@click.command(name="prioritize")
@loop_options
@ENGINE
@click.option("--classifier", default="", help="Whose labels: the beginning of a digest. Default: the last one's.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="As if it were this day, 0:00 UTC.")
@click.option("--churn", type=FILE, help="A CSV of what became of users: user_key or user_id, churned, at.")
@click.option("--ledger", is_flag=True, help="Write this cycle into the ledger, a file to be committed.")
@click.option("--json", "is_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--markdown", type=FILE, help="Write the list here as Markdown.")
@click.option("--html", type=FILE, help="Write the page here.")
def command(ledger: bool, is_json: bool, markdown: Path | None, html: Path | None, **options: Any) -> int:  # noqa: FBT001  # click passes by name
    """Rank what goes wrong: how often, how bad, and how likely a change mends it.

    Each rank comes with its doubt: where it lies in 9 of 10 draws, how likely it belongs to the top, and which ones
    cannot be told apart. priorities.yaml overrides, with reasons; the ledger shows over cycles what is closing.
    """
    from gate_action.wiring.loop.prioritize import PrioritizeOptions, encode, rank, write_down

    asked = PrioritizeOptions(**options)
    ranked = rank(asked)
    if is_json:
        click.echo(encode(ranked.priorities))
    else:
        from gate_action.report.loop.priority_terminal import draw_priorities

        screen = look_at_screen()
        click.echo(draw_priorities(ranked.priorities, screen.width, is_colour=screen.is_colour), nl=False)
    if markdown or html:
        from gate_action.report.loop.priority_pages import render_priorities_html, render_priorities_markdown

        for path, render in ((markdown, render_priorities_markdown), (html, render_priorities_html)):
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(render(ranked.priorities), encoding="utf-8")
    if ledger:
        click.echo(f"written down in {write_down(asked, ranked.lines)}", err=True)
    return 0
