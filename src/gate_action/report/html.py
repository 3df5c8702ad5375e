"""The view as one HTML file: no script, no request, light and dark, readable on a phone and by a screen reader."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gate_action.report.escape import visible
from gate_action.report.parts import View

if TYPE_CHECKING:
    from jinja2 import Environment


def render_html(view: View) -> str:
    """The whole file. Jinja escapes every value; unseen characters are spelled out."""
    cards = {card.row.fixture_id: card for card in view.cards}
    return render_page("report.html", view=view, cards=cards)


def render_page(template: str, **parts: Any) -> str:
    """Any page of templates/. Jinja escapes every value."""
    return _environment().get_template(template).render(**parts)


def prepare_html() -> None:
    """Loads what rendering needs: a tenth of a second before it is wanted."""
    for name in ("report.html", "pieces.html", "style.css"):
        _environment().get_template(name)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # loaded at first use only

    from gate_action.report.compiled import CompiledTemplates

    return Environment(
        loader=PackageLoader("gate_action.report"),
        bytecode_cache=CompiledTemplates(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:
    """What a place in the template prints: hostile strings lose their unseen characters; markup is left alone."""
    return visible(value) if type(value) is str else value
