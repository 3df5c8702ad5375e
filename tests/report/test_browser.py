"""The HTML report in a real browser: it asks for nothing, complains of nothing, runs nothing, and fits a phone."""

from pathlib import Path

import pytest

from gate_action.report.html import render_html
from tests.report.reports import EVERY, view_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1_200])
@pytest.mark.parametrize("kind", EVERY)
def test_a_page_asks_for_nothing_complains_of_nothing_and_fits(browser, tmp_path: Path, kind, width, scheme) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(view_of(kind)), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(path.as_uri())
    page.eval_on_selector_all("details", "all => all.forEach(each => each.open = true)")
    too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    page.close()
    assert [url for url in asked if url != "data:,"] == [path.as_uri()]
    assert said == []
    assert too_wide <= 0
