"""The Markdown page keeps to its budget, says what it left out, and lets nothing hostile through."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.report.budget import PageBudget, Section, fit
from gate_action.report.escape import SafeMarkdown, markdown_text
from gate_action.report.markdown import COMMENT, JOB_SUMMARY, render_markdown
from gate_action.report.view import build_view
from tests.profiles import examples
from tests.report.github_page import RENDERERS, Page
from tests.report.hostile_reports import HOSTILE, hostile
from tests.report.reports import EVERY, passing, regression, view_of

MARKER = "<!-- gate-action:support-bot -->"
OURS = {"h2", "h3", "p", "strong", "em", "code", "pre", "span", "ul", "li", "details", "summary"}
TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
Render = Callable[[str], Page]


def assert_only_ours(page: Page) -> None:
    assert set(page.elements) <= OURS | TABLES
    assert page.acted_upon() == {}
    names = {(element, name) for element, name, _ in page.attributes}
    assert names <= {("details", "open"), ("pre", "lang"), ("code", "class"), *(("td", n) for n in ("align", "style")),
                     *(("th", n) for n in ("align", "style"))}  # fmt: skip


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("kind", EVERY)
def test_every_report_is_made_of_our_elements_alone_and_no_table_breaks(kind: str, render: Render) -> None:
    page = render(render_markdown(view_of(kind)))
    assert_only_ours(page)
    assert page.comments == []
    for row, following in pairwise(page.rows):
        assert len(following) == len(row) or page.elements.count("table") > 1
    assert {len(row) for row in page.rows} <= {2, 3, 4, 5, 6, 7, 8}


@pytest.mark.parametrize("render", RENDERERS)
@examples(4)
@given(text=st.one_of(st.text(min_size=1), st.lists(st.sampled_from(HOSTILE.split(" ")), min_size=1).map(" ".join)))
def test_no_text_in_any_field_of_a_report_gets_through(render: Render, text: str) -> None:
    page = render(render_markdown(build_view(hostile(text)), JOB_SUMMARY))
    assert_only_ours(page)
    assert page.elements.count("details") == page.elements.count("summary")


@pytest.mark.parametrize("characters", [60_000, 15_000, 6_000])
@pytest.mark.parametrize("kind", EVERY)
def test_a_page_keeps_its_budget_its_marker_its_verdict_and_its_first_metric(kind: str, characters: int) -> None:
    view = view_of(kind)
    page = render_markdown(view, PageBudget(characters=characters), marker=MARKER)
    assert len(page) <= characters
    first, second = page.split("\n\n")[:2]
    assert first == MARKER
    assert view.headline.word in second
    assert "| Metric |" in page or not view.metrics
    assert_only_ours(RENDERERS[0](page))


def test_a_page_keeps_a_budget_of_bytes() -> None:
    page = render_markdown(view_of("huge"), PageBudget(characters=60_000, bytes=20_000))
    assert len(page.encode()) <= 20_000


def test_a_shortened_page_says_what_was_shortened_and_a_whole_one_does_not() -> None:
    assert "*Shortened to fit this page: " in render_markdown(view_of("huge"), COMMENT)
    assert "and 480 more" in render_markdown(view_of("huge"), JOB_SUMMARY)
    assert "Shortened" not in render_markdown(build_view(regression()), COMMENT)


def test_the_least_important_section_goes_first() -> None:
    def section(name: str, importance: int) -> Section:
        forms = (markdown_text(name * 400), markdown_text(name), SafeMarkdown(""))
        return Section(name=SafeMarkdown(name), importance=importance, forms=forms)

    sections = [section("x", 3), section("y", 1), section("z", 2)]
    assert fit(sections, PageBudget()) == "\n\n".join(mark * 400 for mark in "xyz")
    shortened = fit(sections, PageBudget(characters=1_000))
    assert shortened.startswith("x" * 400 + "\n\ny\n\n" + "z" * 400)
    assert "Shortened to fit this page: y." in shortened
    assert fit(sections, PageBudget(characters=600)).startswith("x" * 400 + "\n\nz\n\n*Shortened")


def test_the_worst_fixture_is_the_last_one_to_go() -> None:
    page = render_markdown(view_of("huge"), PageBudget(characters=20_000))
    assert "`tickets/000`" in page
    assert "`tickets/499`" not in page


def test_an_unmeasured_cost_is_a_dash_with_its_reason() -> None:
    page = render_markdown(build_view(regression()))
    assert "| judge | 600 | 0 | — (not reported) | 120,000 | — (no price known) |" in page


def test_a_passing_report_still_tells_what_could_have_been_missed() -> None:
    page = render_markdown(build_view(passing()))
    assert "a drop of up to 1.4 points could hide behind this result" in page
    assert "this suite finds a uniform drop of 3.1 points with 80% power" in page
