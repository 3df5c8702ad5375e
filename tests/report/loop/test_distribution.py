"""The weekly distribution as people see it: in a terminal and as one page that asks nobody for anything."""

import re
from dataclasses import replace

from gate_action.model.comparison import Interval
from gate_action.model.distribution import (
    Distribution,
    Novelty,
    Psi,
    ScoreTest,
    Share,
    Shifted,
    ShiftTest,
    Size,
    Week,
)
from gate_action.report.loop.distribution_html import render_distribution
from gate_action.report.loop.distribution_terminal import draw_distribution

HOSTILE = '<img src=x onerror=alert(1)>\x1b[31m"\u202e'


def share(value: float) -> Share:
    return Share(value, Interval(value * 0.8, min(1.0, value * 1.25 + 0.01)))


def week(name: str, *counts: int, is_whole: bool = True) -> Week:
    labels = ("hallucination", HOSTILE)
    total = sum(counts)
    return Week(
        name=name,
        turns=total,
        units=total,
        classified=total,
        counts=dict(zip(labels, counts, strict=True)),
        shares={label: share(count / total) for label, count in zip(labels, counts, strict=True)} if total else {},
        complaints=share(0.1),
        score=None,
        is_whole=is_whole,
        novelty=share(0.2),
    )


SHIFTED = Distribution(
    classifier="rules",
    classifier_digest="sha256:0123456789abcdef",
    population="feedback",
    labels=(HOSTILE, "hallucination"),
    weeks=(week("2026-W45", 60, 4), week("2026-W46", 20, 44), week("2026-W47", 0, 0, is_whole=False)),
    base_weeks=("2026-W45",),
    head_week="2026-W46",
    shifted=Shifted.YES,
    size=Size(distance=0.5, interval=Interval(0.4, 0.6), psi=Psi(value=1.4, false_alarms=0.66)),
    tests=(
        ShiftTest(subject="all labels", base=64, head=64, p_value=0.0005, adjusted=0.001, is_shift=True),
        ShiftTest(subject="hallucination", base=64, head=64, p_value=0.0005, adjusted=0.001, is_shift=True),
        ShiftTest(subject="locale=<b>", base=30, head=30, p_value=0.2, adjusted=0.2, is_shift=False),
    ),
    score=ScoreTest(base=share(0.1), head=share(0.1), difference=share(0.0), p_value=0.9, is_change=False),
    novelty=Novelty(fixtures=60, threshold=0.7, by_slice={"locale=<b>": share(0.4)}, examples=(HOSTILE,)),
    corrected={},
    notes=("a note",),
)


def test_the_terminal_says_first_whether_it_shifted_and_what_did_not():
    lines = draw_distribution(SHIFTED, 100, is_colour=False).splitlines()
    assert lines[0].split() == ["SHIFT", "2026-W46"]
    told = " ".join(" ".join(lines).split())
    assert "less hallucination (93.8% to 31.2%)" in told
    assert "How much goes wrong did not change beyond chance" in told
    assert "pass its usual limit of 0.1 in 66.0%" in told


def test_no_line_is_wider_than_the_terminal():
    for width in (60, 80, 100, 140):
        assert max(map(len, draw_distribution(SHIFTED, width, is_colour=False).splitlines())) <= width


def test_hostile_words_move_nothing_in_the_terminal():
    told = draw_distribution(SHIFTED, 100, is_colour=False)
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_the_page_loads_nothing_runs_nothing_and_shows_hostile_words_as_words():
    page = render_distribution(SHIFTED)
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>" not in page
    assert not re.findall(r'(?:src|href)="(?!data:,)', page)
    assert "&lt;img src=x" in page
    assert "\u202e" not in page


def test_each_figure_of_the_page_can_be_read_without_seeing_it():
    page = render_distribution(SHIFTED)
    figures = re.findall(r"<svg[^>]*>", page)
    assert len(figures) == 3
    assert all('role="img"' in figure and "aria-label=" in figure for figure in figures)
    assert page.count("<title>2026-W45, hallucination: 93.8%") == 1


def test_too_few_turns_are_said_to_be_no_answer():
    few = replace(SHIFTED, shifted=Shifted.TOO_FEW, tests=(), size=None, score=None, novelty=None)
    for told in (draw_distribution(few, 100, is_colour=False), render_distribution(few)):
        assert "cannot be compared" in " ".join(told.split())


def test_weeks_that_are_not_there_have_no_share():
    first = replace(SHIFTED, base_weeks=(), shifted=Shifted.TOO_FEW, tests=(), score=None)
    told = draw_distribution(first, 100, is_colour=False)
    (row,) = (line for line in told.splitlines() if line.split()[:1] == ["hallucination"])
    assert row.split()[1] == "—"
    assert 'data-label="before">—<' in render_distribution(first)
