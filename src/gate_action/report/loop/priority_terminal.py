"""The ranked list in a terminal, and the ledger's courses."""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType

from gate_action.model.priority import Course, Followed, Priorities
from gate_action.report import words
from gate_action.report.escape import SafeText
from gate_action.report.loop.priority_words import (
    Row,
    make_row,
    say_difference,
    say_headline,
    say_rate,
    say_ties,
    say_window,
    unit,
)
from gate_action.report.loop.terminal import headline, line, sparkline, table, titled
from gate_action.report.parts import Tone
from gate_action.report.rich_page import draw_parts

_WIDE = 120
_TITLE = 44


def draw_priorities(priorities: Priorities, width: int, *, is_colour: bool) -> SafeText:
    return draw_parts(_parts(priorities, width), width, is_colour=is_colour)


def _parts(priorities: Priorities, width: int) -> Iterable[RenderableType]:
    yield headline(f"TOP {priorities.top}", Tone.NEUTRAL, f"cycle {priorities.cycle}")
    yield line(say_headline(priorities), "bold")
    for sentence in say_ties(priorities):
        yield line(sentence, "yellow")
    yield line(say_window(priorities))
    rows = [make_row(item, priorities) for item in priorities.items if item.rank]
    if rows:
        yield from titled("What to mend first", _table(rows, priorities, is_wide=width >= _WIDE))
    reasons = [f"{row.rank}. severity {row.why}" + (f"; {row.note}" if row.note else "") for row in rows]
    if reasons:
        yield from titled("Why so severe", line("\n".join(reasons[: priorities.top])))
    muted = [make_row(item, priorities) for item in priorities.items if not item.rank]
    if muted:
        told = "\n".join(f"{row.title} ({row.item_id}), {row.rate} {unit(priorities)}: {row.note}" for row in muted)
        yield from titled("Muted", line(told))
    for note in priorities.notes:
        yield line(f"Note: {note}", "dim")


def _table(rows: Sequence[Row], priorities: Priorities, *, is_wide: bool) -> RenderableType:
    heads = ["", "what goes wrong", unit(priorities), "severity", "lever", f"P(top {priorities.top})"]
    cells = [
        [
            f"{row.rank}\n{row.ranks}".strip(),
            f"{words.shorten(row.title, _TITLE)}\n{row.mark}".strip(),
            f"{row.rate}\n{row.reach}",
            row.severity,
            f"{row.lever}\n{row.plan}",
            row.p_top,
        ]
        for row in rows
    ]
    if is_wide:
        heads += ["score", "turns / users"]
        cells = [[*cell, row.score, row.users] for cell, row in zip(cells, rows, strict=True)]
    return table(heads, cells, left=(0, 1, 4), folds=(1,))


def draw_ledger(followed: Sequence[Followed], width: int, *, is_colour: bool) -> SafeText:
    return draw_parts(_ledger(followed), width, is_colour=is_colour)


def _ledger(followed: Sequence[Followed]) -> Iterable[RenderableType]:
    closing = sum(one.course is Course.CLOSING for one in followed)
    tone = Tone.GOOD if closing else Tone.NEUTRAL
    yield headline("LEDGER", tone, f"closing: {closing} of {words.counted(len(followed), 'thing')} that went wrong")
    rows = [
        [
            words.shorten(one.title, _TITLE),
            sparkline([rate.value for rate in one.rates]),
            say_rate(one.rates[0].value, one),
            say_rate(one.rates[-1].value, one),
            say_difference(one),
            one.course.value + (f" (redefined: {one.redefined} earlier left out)" if one.redefined else ""),
        ]
        for one in followed
    ]
    yield table(
        ("what goes wrong", "by cycle", "first", "last", "last - first (95% interval)", ""), rows, left=(0, 1, 5)
    )
    yield line("Rates are per 1,000 turns, or shares of complaints, under one unchanged definition.", "dim")
