"""The ranked list as Markdown, to be argued over in an issue, and as one HTML file."""

from gate_action.model.priority import Item, Priorities
from gate_action.report.escape import SafeMarkdown, fill, join, markdown_cell, markdown_code, markdown_text
from gate_action.report.html import render_page
from gate_action.report.loop.priority_words import Row, make_row, say_headline, say_ties, say_window, unit

_ROW = (
    "| {rank} | {title} {code} {mark} | {rate} ({reach}) | {users} | {severity} | {lever}, {plan} | {score} | {p_top} |"
)
_WHY = "- {rank}. {title}: {why}{note}"
_HEAD = """\
| | what goes wrong | {unit} | turns / users | severity | lever | score | P(top {top}) |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def render_priorities_markdown(priorities: Priorities) -> SafeMarkdown:
    ranked = [make_row(item, priorities) for item in priorities.items if item.rank]
    muted = [make_row(item, priorities) for item in priorities.items if not item.rank]
    top = markdown_text(str(priorities.top))
    parts = [
        fill("## What to mend first: cycle {cycle}", cycle=markdown_text(priorities.cycle)),
        markdown_text(say_headline(priorities)),
        *(markdown_text(sentence) for sentence in say_ties(priorities)),
        join([fill(_HEAD, unit=markdown_text(unit(priorities)), top=top), *(_row(row) for row in ranked)], "\n"),
        join([_why(row) for row in ranked], "\n"),
    ]
    if muted:
        parts += [fill("**Muted**"), join([_why(row) for row in muted], "\n")]
    parts += [markdown_text(sentence) for sentence in (say_window(priorities), *priorities.notes)]
    return fill("{page}\n", page=join([part for part in parts if part]))


def _row(row: Row) -> SafeMarkdown:
    place = row.rank + (f" ({row.ranks})" if row.ranks else "")
    return fill(
        _ROW,
        rank=markdown_text(place),
        title=markdown_cell(row.title),
        code=markdown_code(row.item_id),
        mark=markdown_text(row.mark),
        rate=markdown_text(row.rate),
        reach=markdown_text(row.reach),
        users=markdown_text(row.users),
        severity=markdown_text(row.severity),
        lever=markdown_text(row.lever),
        plan=markdown_text(row.plan),
        score=markdown_text(row.score),
        p_top=markdown_text(row.p_top),
    )


def _why(row: Row) -> SafeMarkdown:
    return fill(
        _WHY,
        rank=markdown_text(row.rank),
        title=markdown_cell(row.title),
        why=markdown_text(row.why),
        note=markdown_text(f"; {row.note}" if row.note else ""),
    )


def render_priorities_html(priorities: Priorities) -> str:
    """The whole file. Jinja escapes every value."""
    ranked = [item for item in priorities.items if item.rank]
    top = max((item.rate.interval.high for item in ranked), default=1.0) or 1.0
    return render_page(
        "loop_priorities.html",
        found=priorities,
        headline=say_headline(priorities),
        ties=say_ties(priorities),
        window=say_window(priorities),
        unit=unit(priorities),
        rows=[(make_row(item, priorities), _reach(item, top), item) for item in ranked],
        muted=[make_row(item, priorities) for item in priorities.items if not item.rank],
    )


def _reach(item: Item, top: float) -> tuple[float, float, float]:
    """Low, middle and high of the rate, in shares of the widest."""
    return item.rate.interval.low / top, item.rate.value / top, item.rate.interval.high / top
