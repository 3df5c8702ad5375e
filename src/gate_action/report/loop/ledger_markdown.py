"""The ledger's courses for a pull request's page."""

from collections.abc import Sequence

from gate_action.model.priority import Course, Followed
from gate_action.report import words
from gate_action.report.escape import SafeMarkdown, fill, join, markdown_cell, markdown_text
from gate_action.report.loop.priority_words import say_difference, say_rate

_MOST = 10
_HEAD = """\
| what goes wrong | cycles | first | last | last - first (95% interval) | |
| --- | --: | --: | --: | --- | --- |"""
_ROW = "| {title} | {cycles} | {first} | {last} | {difference} | {course} |"


def render_ledger_markdown(followed: Sequence[Followed]) -> SafeMarkdown:
    """The ten largest. ``followed`` is not empty."""
    shown = followed[:_MOST]
    more = len(followed) - len(shown)
    closing = sum(one.course is Course.CLOSING for one in followed)
    headline = f"Closing: {closing} of {words.counted(len(followed), 'thing')} that went wrong"
    parts = [
        fill("**{headline}**", headline=markdown_text(headline)),
        join([fill(_HEAD), *map(_row, shown)], "\n"),
        fill("Rates are per 1,000 turns, or shares of complaints, under one unchanged definition."),
    ]
    if more:
        parts.append(fill("{more} more stand in the ledger.", more=markdown_text(str(more))))
    return join(parts)


def _row(one: Followed) -> SafeMarkdown:
    return fill(
        _ROW,
        title=markdown_cell(one.title),
        cycles=markdown_text(str(len(one.cycles))),
        first=markdown_text(say_rate(one.rates[0].value, one)),
        last=markdown_text(say_rate(one.rates[-1].value, one)),
        difference=markdown_text(say_difference(one)),
        course=markdown_text(one.course.value),
    )
