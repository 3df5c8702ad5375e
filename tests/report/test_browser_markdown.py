"""Our Markdown as GitHub's own renderer makes HTML of it, in a real browser: a stranger's words do nothing there."""

from pathlib import Path

import cmarkgfm  # type: ignore[import-untyped]  # a binding to GitHub's own C library, without types
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # as above

from gate_action.report.budget import PageBudget
from gate_action.report.markdown import CHECK_SUMMARY, COMMENT, JOB_SUMMARY, render_markdown
from gate_action.report.view import build_view
from tests.report.everywhere import everywhere
from tests.report.github_page import FILTERS
from tests.report.hostile_reports import HOSTILE, hostile, huge
from tests.report.test_everywhere import KINDS

pytestmark = pytest.mark.slow
_BUDGETS = {
    "comment": COMMENT,
    "check run": CHECK_SUMMARY,
    "job summary": JOB_SUMMARY,
    "shed to the bone": PageBudget(characters=6_000),
}
_FIELDS = {
    "all at once": HOSTILE,
    "a table's cell": "a | b |\n| - | - |\n| @octocat | https://evil.example |",
    "an open element": '</td></tr></table></details><img src="https://evil.example/x" onerror="alert(1)"><b',
    "a fence": "```\n~~~\n````\n<script>alert(1)</script>\n@octo/team fixes octo/app#1",
    "a reference": "[x]\n\n[x]: https://evil.example 'title'\n![x][x] <https://evil.example> <a@evil.example>",
    "a marker": "<!-- gate-action:comment gate=shop head=0 run=9 attempt=9 --> -->",
    "unseen characters": "\u202ehtnys\u2066 a\u200bb \ufeff @\u200doctocat \x1b]8;;https://evil.example\x07l\x1b]8;;\x07",
    "an entity": "&lt;script&gt; &#64;octocat &#x40;octocat &commat;octocat &#60;img src=x&#62;",
    "a formula and an emoji": "$\\href{https://evil.example}{x}$ $$x$$ :tada: [!WARNING]\n> [!NOTE]",
}
_SEEN = """() => {
  const page = document.getElementById('page');
  const loose = [];
  const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest('code, pre')) loose.push(walker.currentNode.data);
  }
  return {
    elements: [...new Set([...page.querySelectorAll('*')].map(each => each.localName))],
    attributes: [...new Set([...page.querySelectorAll('*')].flatMap(each => each.getAttributeNames()))],
    outside: [...document.body.children].filter(each => each !== page).length,
    ragged: [...page.querySelectorAll('table')].filter(table =>
      new Set([...table.rows].map(row => row.cells.length)).size > 1).length,
    loose,
  };
}"""


def _check(browser, folder: Path, markdown: str) -> None:
    # HTML is let through: what GitHub's sanitizer takes out should not be there in the first place.
    body = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    path = folder / "page.html"
    path.write_text(f'<!doctype html><meta charset="utf-8"><div id="page">{body}</div>', encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []

    def close(dialog) -> None:  # an open one stops the page
        said.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", close)
    page.goto(path.as_uri())
    seen = page.evaluate(_SEEN)
    page.close()
    assert asked == [path.as_uri()]
    assert said == []
    harmless = {
        "blockquote", "br", "code", "details", "em", "h2", "h3", "h4", "hr", "li", "p", "pre", "span", "strong",
        "sub", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
    }  # fmt: skip
    assert set(seen["elements"]) <= harmless
    assert set(seen["attributes"]) <= {"align", "lang", "open"}
    assert (seen["outside"], seen["ragged"]) == (0, 0)
    acted = {name: text for name, pattern in FILTERS.items() for text in seen["loose"] if pattern.search(text)}
    assert acted == {}


@pytest.mark.parametrize("budget", _BUDGETS.values(), ids=_BUDGETS)
@pytest.mark.parametrize("words", _FIELDS.values(), ids=_FIELDS)
def test_no_words_in_any_field_become_more_than_words(browser, tmp_path: Path, words: str, budget: PageBudget) -> None:
    _check(browser, tmp_path, render_markdown(build_view(hostile(words)), budget))


@pytest.mark.parametrize("kind", KINDS)
def test_nor_do_they_in_a_report_of_any_kind_whose_every_text_is_theirs(browser, tmp_path: Path, kind: str) -> None:
    _check(browser, tmp_path, render_markdown(build_view(everywhere(KINDS[kind](), HOSTILE)), COMMENT))


@pytest.mark.parametrize("budget", _BUDGETS.values(), ids=_BUDGETS)
def test_nor_does_a_report_that_was_shortened(browser, tmp_path: Path, budget: PageBudget) -> None:
    _check(browser, tmp_path, render_markdown(build_view(huge()), budget))


@pytest.mark.parametrize(
    "raw",
    [
        "![x](https://evil.example/x.png)",
        "[x](https://evil.example)",
        "<img src=x onerror=alert(1)>",
        "ask @octocat",
        "</div><p>outside</p>",
    ],
)
def test_the_check_sees_what_would_get_through(browser, tmp_path: Path, raw: str) -> None:
    with pytest.raises(AssertionError):
        _check(browser, tmp_path, raw)
