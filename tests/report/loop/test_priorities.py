"""The ranked list as people see it: in a terminal, in an issue, and as one page."""

import re
from dataclasses import replace
from datetime import date, datetime

from gate_action.model.comparison import Interval
from gate_action.model.distribution import Share
from gate_action.model.priority import (
    Addressability,
    Course,
    Followed,
    Item,
    Lift,
    Measure,
    Muted,
    Priorities,
    Severity,
    Standing,
)
from gate_action.report.loop.priority_pages import render_priorities_html, render_priorities_markdown
from gate_action.report.loop.priority_terminal import draw_ledger, draw_priorities
from gate_action.report.words import MINUS

HOSTILE = "<script>x</script> | @everyone\x1b[31m\u202e ![](http://x) "


def item(item_id: str, rank: int, **more: object) -> Item:
    told = Item(
        item_id=item_id,
        label="hallucination",
        title=HOSTILE,
        status="reopened",
        turns=60,
        users=50,
        rate=Share(0.02, Interval(0.016, 0.025)),
        severity=Severity(
            value=2.5,
            level=3,
            set_by="default",
            lifts={"escalation": Lift(value=0.25, interval=Interval(0.1, 0.4), units=50)},
        ),
        addressability=Addressability(lever="retrieval", chance=0.5, effort_days=4, set_by="default"),
        score=Share(6.2, Interval(2, 18)),
        rank=rank,
        ranks=(1, 2),
        p_top=0.93,
        standing=Standing.RANKED,
    )
    return replace(told, **more)  # type: ignore[arg-type]


MUTED = item(
    "c-3", 0, standing=Standing.MUTED, muted=Muted(reason="fixed in 12", until=date(2026, 12, 31)), ranks=(0, 0)
)
FOUND = Priorities(
    classifier="rules",
    classifier_digest="sha256:0123456789abcdef",
    cycle="2026-11-25",
    since=datetime(2026, 10, 28),  # noqa: DTZ001  # UTC
    until=datetime(2026, 11, 25),  # noqa: DTZ001  # UTC
    measure=Measure.PER_TURN,
    turns=1100,
    stands_for=3800.0,
    top=1,
    items=(item("c-1", 1), item("c-2", 2, p_top=0.3), MUTED),
    ties=((1, 2),),
    is_cut_clear=False,
    formula="per 1,000 x severity x chance / days",
    notes=("a note",),
)


def pages() -> tuple[str, str, str]:
    return (
        draw_priorities(FOUND, 120, is_colour=False),
        render_priorities_markdown(FOUND),
        render_priorities_html(FOUND),
    )


def test_each_page_tells_the_doubt_and_who_is_muted_and_why():
    for page in pages():
        told = " ".join(page.split())
        assert "1 to 2 are not separable: their order is chance." in told
        assert "which of them is in the top 1 is open" in told
        assert "fixed in 12 (until 2026-12-31)" in told
        assert "escalation +25.0 points" in told
        assert "93%" in told


def test_hostile_titles_are_words_on_every_page():
    terminal, markdown, page = pages()
    assert "\x1b" not in terminal
    assert "<script>" not in markdown + page
    assert "@everyone" not in markdown
    assert "![](" not in markdown
    assert all("\u202e" not in one for one in (terminal, markdown, page))


def test_the_markdown_is_one_table_of_a_row_an_item():
    rows = [one for one in render_priorities_markdown(FOUND).splitlines() if one.startswith("|")]
    assert len(rows) == 4
    assert len({one.count("|") for one in rows}) == 1


def test_no_line_is_wider_than_the_terminal():
    for width in (60, 80, 120):
        assert max(map(len, draw_priorities(FOUND, width, is_colour=False).splitlines())) <= width


def test_the_page_asks_nobody_for_anything():
    page = render_priorities_html(FOUND)
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="(?!data:,)', page)
    figures = re.findall(r"<svg[^>]*>", page)
    assert len(figures) == 2
    assert all("aria-label=" in figure for figure in figures)


def test_shares_of_complaints_are_called_so():
    found = replace(FOUND, measure=Measure.OF_COMPLAINTS)
    told = draw_priorities(found, 120, is_colour=False)
    assert "share of complaints" in told
    assert "2.0%" in told


def test_the_ledger_says_what_is_closing_by_how_much_and_what_was_redefined():
    followed = Followed(
        cluster="c-1",
        mode="hallucination",
        title="Promises refunds",
        measure=Measure.PER_TURN,
        cycles=("1", "2"),
        rates=(Share(0.02, Interval(0.016, 0.025)), Share(0.005, Interval(0.003, 0.008))),
        difference=Share(-0.015, Interval(-0.02, -0.01)),
        course=Course.CLOSING,
        redefined=1,
    )
    told = draw_ledger((followed,), 120, is_colour=False)
    assert "closing: 1 of 1 thing that went wrong" in told
    assert f"{MINUS}15.0 ({MINUS}20.0 to {MINUS}10.0)" in told
    assert "closing (redefined: 1 earlier left out)" in told
