"""One file that asks nobody for anything, shows hostile words as words, and can be read without sight or mouse."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.model.comparison import ChangeKind
from gate_action.report.changes import change_groups
from gate_action.report.html import render_html
from gate_action.report.view import build_view
from gate_action.report.words import MINUS
from tests.profiles import examples
from tests.report.building import change
from tests.report.hostile_reports import HOSTILE, hostile
from tests.report.reports import EVERY, regression, view_of

OURS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "style",
        "body",
        "header",
        "main",
        "section",
        "div",
        "h1",
        "h2",
        "h3",
        "p",
    ),
    *(
        "ul",
        "li",
        "strong",
        "small",
        "span",
        "code",
        "pre",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "br",
        "svg",
        "line",
    ),
    *("circle", "details", "summary", "del", "ins", "dl", "dt", "dd"),
}
VOID = {"meta", "link", "br", "line", "circle"}


class Reader(HTMLParser):
    """Collects elements and attributes; refuses what does not nest."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("kind", EVERY)
def test_a_page_has_no_script_no_handler_and_nothing_to_fetch(kind: str) -> None:
    page = Reader(render_html(view_of(kind)))
    assert set(page.elements) <= OURS
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert [value for _, name, value in page.attributes if name in {"src", "href", "action", "srcset", "style"}] == [
        "data:,"
    ]


@examples(10)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from(HOSTILE.split(" "))).map(" ".join)))
def test_no_text_becomes_an_element_or_an_attribute(text: str) -> None:
    tame, wild = (Reader(render_html(build_view(hostile(words)))) for words in ("tame", f"tame {text}"))
    outputs = {"del", "ins"}  # as many as the texts differ
    assert [e for e in wild.elements if e not in outputs] == [e for e in tame.elements if e not in outputs]
    assert {(element, name) for element, name, _ in wild.attributes} == {(e, name) for e, name, _ in tame.attributes}


def test_unseen_characters_are_spelled_out() -> None:
    page = render_html(build_view(hostile()))
    assert "\\u202egnp.exe" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e]", page)


def test_every_id_is_unique_and_every_label_points_at_one() -> None:
    page = Reader(render_html(build_view(regression())))
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value for _, name, value in page.attributes if name == "aria-labelledby"} <= set(ids)


def test_an_interval_is_drawn_and_told() -> None:
    page = render_html(build_view(regression()))
    assert f'aria-label="difference {MINUS}3.7 points, 95% interval {MINUS}6.4 to {MINUS}1.0"' in page
    assert page.count("<svg") == 7


def test_both_outputs_stand_side_by_side_with_their_differing_words_marked() -> None:
    page = render_html(build_view(regression()))
    assert "Refunds take <del>5</del> working days." in page
    assert "Refunds take <ins>30</ins> working days<ins>, I think</ins>." in page


def test_of_a_group_of_thousands_the_first_rows_are_shown_and_the_others_counted() -> None:
    view = view_of("huge")
    changes = tuple(change(f"f{number}") for number in range(20_000))
    (group,) = change_groups(replace(regression().decision, changes=changes), {})
    page = render_html(replace(view, groups=(group,), cards=()))
    assert page.count('class="fixture-row"') == 500
    assert "19500 more are listed in report.json" in page


def test_of_a_group_that_the_report_lists_in_part_the_page_says_where_the_others_are() -> None:
    decision = replace(
        regression().decision,
        changes=tuple(change(f"f{number}") for number in range(1_000)),
        unlisted={ChangeKind.REGRESSED: 19_000},
    )
    view = replace(view_of("huge"), groups=change_groups(decision, {}), cards=())
    assert view.groups[0].count == 20_000
    assert "19500 more: report.json lists 1000, and scores.jsonl in the run folder" in render_html(view)


def test_a_huge_run_makes_a_page_that_a_browser_can_open() -> None:
    page = render_html(view_of("huge"))
    assert len(page) < 4_000_000
    assert page.count("<details") >= 100
    assert "400 of these fixtures are shown without their outputs" in page
