"""The weekly distribution in a terminal: what goes wrong, how much, and what no fixture is near."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table

from gate_action.model.distribution import Distribution
from gate_action.report import words
from gate_action.report.escape import SafeText
from gate_action.report.loop.distribution_words import base_share, head_share, say_population, share, tell
from gate_action.report.loop.terminal import bar, headline, line, sparkline, table, titled
from gate_action.report.rich_page import draw_parts

_BAR = 12
_NARROW = 90
_MOST_SLICES = 10


def draw_distribution(distribution: Distribution, width: int, *, is_colour: bool) -> SafeText:
    return draw_parts(_parts(distribution, width), width, is_colour=is_colour)


def _parts(distribution: Distribution, width: int) -> Iterable[RenderableType]:
    told = tell(distribution)
    yield headline(told.word, told.tone, distribution.head_week or "no whole week")
    yield line(told.labels, "bold")
    yield line(told.score, "bold")
    for sentence in (told.size, told.drift, say_population(distribution) + "."):
        if sentence:
            yield line(sentence)
    if distribution.labels:
        yield from titled("What goes wrong", _labels(distribution, is_wide=width >= _NARROW))
    if slices := _slices(distribution):
        yield from titled(
            "All labels within a slice", table(("slice", "users before", "last week", "p", "Holm"), slices)
        )
    yield from titled("Weeks", _weeks(distribution))
    if distribution.novelty and distribution.novelty.by_slice:
        found = list(distribution.novelty.by_slice.items())[:_MOST_SLICES]
        rows = [[name, share(value), bar(value.value, _BAR)] for name, value in found]
        yield from titled("No fixture is near, last week by slice", table(("slice", "turns", ""), rows, left=(0, 2)))
    for note in distribution.notes:
        yield line(f"Note: {note}", "dim")


def _labels(distribution: Distribution, *, is_wide: bool) -> Table:
    tests = {test.subject: test for test in distribution.tests}
    rows = []
    for label in sorted(distribution.labels, key=lambda one: -_value(distribution, one)):
        test = tests.get(label)
        row = [label, words.rate(base_share(distribution, label)), share(head_share(distribution, label))]
        row += [bar(_value(distribution, label), _BAR)] if is_wide else []
        row += [sparkline([_of(week.shares.get(label)) for week in distribution.weeks])]
        row += [words.p_value(test.adjusted if test else None), "shift" if test and test.is_shift else ""]
        row += [share(distribution.corrected.get(label))] if distribution.corrected else []
        rows.append(row)
    heads = [
        "label",
        "before",
        distribution.head_week or "last week",
        *([""] if is_wide else []),
        "by week",
        "Holm p",
        "",
    ]
    left = (0, 3, 4, 6) if is_wide else (0, 3, 5)
    return table([*heads, *(["of classified, corrected"] if distribution.corrected else [])], rows, left=left)


def _slices(distribution: Distribution) -> list[list[str]]:
    tests = [test for test in distribution.tests[1:] if test.subject not in distribution.labels]
    return [
        [
            *(test.subject, f"{test.base:,}", f"{test.head:,}"),
            *(words.p_value(test.p_value), words.p_value(test.adjusted)),
        ]
        for test in sorted(tests, key=lambda test: (test.adjusted, test.subject))[:_MOST_SLICES]
    ]


def _value(distribution: Distribution, label: str) -> float:
    found = head_share(distribution, label)
    return found.value if found else 0.0


def _of(value: object) -> float | None:
    return getattr(value, "value", None)


def _weeks(distribution: Distribution) -> Table:
    rows = [
        [
            week.name + ("" if week.is_whole else " (not over)"),
            f"{week.turns:,}",
            f"{week.units:,}",
            share(week.complaints),
            words.rate(week.score.value if week.score else None),
            *([share(week.novelty)] if distribution.novelty else []),
        ]
        for week in distribution.weeks
    ]
    heads = [
        "week",
        "labelled turns",
        "users",
        "complaints",
        "score",
        *(["no fixture near"] if distribution.novelty else []),
    ]
    return table(heads, rows)
