"""Every kind of report in every rendering, as files that a reviewer can open. ``GOLDEN=write`` rewrites them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gate_action.report.html import render_html
from gate_action.report.markdown import render_markdown
from gate_action.report.parts import View
from gate_action.report.terminal import render_terminal
from tests.report.reports import EVERY, view_of

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
RENDERINGS: dict[str, Callable[[View], str]] = {"md": render_markdown, "html": render_html, "txt": render_terminal}
TOO_LARGE = ("huge", "html")  # over a megabyte: its size and its parts are tested instead
PAGES = [(kind, ending) for kind in EVERY for ending in RENDERINGS if (kind, ending) != TOO_LARGE]


@pytest.mark.parametrize(("kind", "ending"), PAGES)
def test_the_page_reads_as_its_golden_file(kind: str, ending: str) -> None:
    path = GOLDEN / f"{kind}.{ending}"
    page = RENDERINGS[ending](view_of(kind)).rstrip("\n") + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(page, encoding="utf-8")
    assert page == path.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{kind}.{ending}" for kind, ending in PAGES}
