"""rich tables on standard output, by the rules of the report's page. Imported only where one is drawn: rich is slow."""

import click
from rich.console import RenderableType

from gate_action.report.rich_page import draw_parts
from gate_action.wiring.screen import look_at_screen


def show(*parts: RenderableType) -> None:
    """``parts`` one under another; every text in them is `plain` already."""
    screen = look_at_screen()
    click.echo(draw_parts(parts, screen.width, is_colour=screen.is_colour), nl=False)
