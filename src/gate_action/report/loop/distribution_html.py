"""The weekly distribution as one HTML file: no script, no request, light and dark. Lays out its figures."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gate_action.model.distribution import Distribution, Share, Week
from gate_action.report import words
from gate_action.report.html import render_page
from gate_action.report.loop.distribution_words import base_share, head_share, say_population, share, tell

HUES = 8
"""Colours that the page has; labels beyond share the last one."""


class Slab(NamedTuple):
    """A part of a week's bar, in shares of the bar's height from the top."""

    top: float
    height: float
    hue: int
    words: str


class Bar(NamedTuple):
    week: str
    slabs: tuple[Slab, ...]


class Dot(NamedTuple):
    """A rate with its interval, in shares of the figure's height from the top; None: the week has none."""

    week: str
    middle: float
    low: float
    high: float
    words: str


class Course(NamedTuple):
    """One rate over the weeks."""

    title: str
    note: str
    top: str
    """What the figure's upper edge stands for."""
    dots: tuple[Dot | None, ...]


class LabelRow(NamedTuple):
    label: str
    hue: int
    before: str
    now: str
    adjusted: str
    corrected: str
    is_shift: bool


class SliceRow(NamedTuple):
    name: str
    base: int
    head: int
    adjusted: str
    is_shift: bool


def render_distribution(distribution: Distribution) -> str:
    """The whole file. Jinja escapes every value."""
    ordered = sorted(distribution.labels, key=lambda label: (-_now(distribution, label), label))
    hues = {label: min(place, HUES - 1) for place, label in enumerate(ordered)}
    courses = (
        _course("How much goes wrong", "complaints of all turns", distribution.weeks, lambda week: week.complaints),
        _course("No fixture is near", "turns of production", distribution.weeks, lambda week: week.novelty),
    )
    return render_page(
        "loop_distribution.html",
        told=tell(distribution),
        population=say_population(distribution),
        found=distribution,
        bars=tuple(_bar(week, ordered, hues) for week in distribution.weeks),
        courses=[course for course in courses if any(course.dots)],
        rows=[_row(distribution, label, hues[label]) for label in ordered],
        slices=_slices(distribution),
        novel=[(name, share(value)) for name, value in distribution.novelty.by_slice.items()]
        if distribution.novelty
        else [],
        share=share,
        percent=words.rate,
    )


def _now(distribution: Distribution, label: str) -> float:
    found = head_share(distribution, label)
    return found.value if found else 0.0


def _bar(week: Week, labels: Sequence[str], hues: dict[str, int]) -> Bar:
    slabs, top = [], 0.0
    for label in labels:
        height = week.counts[label] / week.turns if week.turns else 0.0
        if height:
            text = f"{week.name}, {label}: {share(week.shares.get(label))}, {words.counted(week.counts[label], 'turn')}"
            slabs.append(Slab(top=top, height=height, hue=hues[label], words=text))
        top += height
    return Bar(week=week.name, slabs=tuple(slabs))


def _course(title: str, note: str, weeks: Sequence[Week], value: Callable[[Week], Share | None]) -> Course:
    found = [value(week) for week in weeks]
    top = max((one.interval.high for one in found if one is not None), default=1.0) or 1.0
    dots = tuple(
        None
        if one is None
        else Dot(
            week=week.name,
            middle=1 - one.value / top,
            low=1 - one.interval.low / top,
            high=1 - one.interval.high / top,
            words=f"{week.name}: {share(one)}",
        )
        for week, one in zip(weeks, found, strict=True)
    )
    return Course(title=title, note=note, top=words.rate(top), dots=dots)


def _row(distribution: Distribution, label: str, hue: int) -> LabelRow:
    test = next((test for test in distribution.tests if test.subject == label), None)
    return LabelRow(
        label=label,
        hue=hue,
        before=words.rate(base_share(distribution, label)),
        now=share(head_share(distribution, label)),
        adjusted=words.p_value(test.adjusted if test else None),
        corrected=share(distribution.corrected.get(label)),
        is_shift=bool(test and test.is_shift),
    )


def _slices(distribution: Distribution) -> list[SliceRow]:
    tests = [test for test in distribution.tests[1:] if test.subject not in distribution.labels]
    return [
        SliceRow(test.subject, test.base, test.head, words.p_value(test.adjusted), test.is_shift)
        for test in sorted(tests, key=lambda test: (test.adjusted, test.subject))
    ]
