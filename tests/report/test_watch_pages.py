"""A watch in the terminal, as HTML and in words, from one reading that is as hostile as a store can be."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from gate_action.model.watch import CurvePoint, MixShiftTold, WatchReading, WatchVerdict
from gate_action.report.watch_html import draw_plot, render_watches_html
from gate_action.report.watch_terminal import render_watches
from gate_action.report.watch_words import percent, say_notes, sparkline
from gate_action.report.words import DASH
from tests.loop.test_watch_telling import reading
from tests.loop.watching.production import DEPLOYED

EVIL = '"><script>alert(1)</script>\x1b[31m::error::x'


def point(hours: float, day: float | None) -> CurvePoint:
    return CurvePoint(hours=hours, day=day, day_before=0.1, after=day, before=0.1, half_width=0.02)


def curved(*rates: float | None) -> WatchReading:
    return reading(WatchVerdict.HELD, curve=tuple(point(hour, rate) for hour, rate in enumerate(rates, start=1)))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_nothing_from_production_becomes_markup_or_a_command():
    one = curved(0.1, 0.05)
    shift = MixShiftTold(dimension=EVIL, distance=0.3, shares=((EVIL, 0.1, 0.4),))
    evil = replace(one, entry=replace(one.entry, cluster_id=EVIL), pin=replace(one.pin, mode=EVIL), shift=shift)
    page = render_watches_html([evil], DEPLOYED)
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.seen
    assert "\x1b" not in page
    shown = render_watches([evil])
    assert "\x1b" not in shown
    assert not re.search(r"(?m)^::error", shown)


def test_the_page_says_what_is_watched_and_needs_no_network():
    page = render_watches_html([curved(0.1, 0.05)], DEPLOYED)
    assert "default-src 'none'" in page
    assert "over_refusal" in page
    assert 'role="img" aria-label="The failing share of the last 24 hours' in page
    assert not re.search(r"(?:src|href)=\"http", page)


def test_without_a_fix_the_page_says_how_one_comes_about():
    assert "Fixes-cluster" in render_watches_html([], DEPLOYED)


def test_a_curve_has_a_gap_where_no_turn_came_and_stays_inside_its_plot():
    plot = draw_plot(curved(0.1, 0.2, None, 0.1, 1.0))
    assert plot.day.count("M") == 2
    heights = [float(number) for number in re.findall(r"[ML][\d.]+ ([\d.]+)", plot.day + plot.band)]
    assert all(0 <= height <= 220 for height in heights)


def test_an_empty_curve_is_no_error():
    assert draw_plot(curved()).day == ""
    assert sparkline(curved()) == ""


def test_the_small_curve_has_its_width_and_a_gap_where_nothing_came():
    spark = sparkline(curved(*([0.1] * 40), *([None] * 8)), 24)
    assert len(spark) == 24
    assert spark.rstrip() != spark


@pytest.mark.parametrize(
    ("rate", "said"), [(None, DASH), (0.0, "0.0%"), (0.004, "0.40%"), (0.123, "12.3%"), (1.0, "100.0%")]
)
def test_rates_are_said_as_short_as_they_are_large(rate: float | None, said: str):
    assert percent(rate) == said


def test_the_terminal_keeps_its_width_and_every_word_of_the_verdict():
    shown = render_watches([curved(0.1, 0.05)], 110)
    table = shown.split("\n")[:4]
    assert all(len(line) <= 110 for line in table)
    assert "held" in shown
    assert "c-1: the fix is held" in shown


def test_what_is_not_scored_is_told():
    one = curved(0.1)
    silent = replace(one, pin=replace(one.pin, scored_strata=("complaint",)), missing_after=0.2)
    notes = " ".join(say_notes(silent))
    assert "nobody complained of are not scored" in notes
    assert "could not tell of 20.0% of turns" in notes
