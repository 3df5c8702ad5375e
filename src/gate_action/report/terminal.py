"""The view for a terminal or a job's log."""

from gate_action.report.escape import SafeText
from gate_action.report.parts import View


def render_terminal(view: View, width: int = 100, *, is_colour: bool = False) -> SafeText:
    """Text of at most ``width`` columns, with ANSI colours if wanted; ends with a line end."""
    from gate_action.report.rich_page import draw  # rich is loaded at first use only

    return draw(view, width, is_colour=is_colour)
