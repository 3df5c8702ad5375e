"""Tables, lists and folds of the Markdown page. Takes raw words, gives safe Markdown."""

from collections.abc import Iterable, Sequence
from typing import Final

from gate_action.report.escape import SafeMarkdown, bold, fill, join, markdown_cell, markdown_code, markdown_text
from gate_action.report.parts import ChangeGroup, ChangeRow, Fact, MetricRow, SliceRow, Tone, UsageRow
from gate_action.report.words import DASH, shorten

SIGNS: Final = {
    Tone.GOOD: SafeMarkdown("✅"),
    Tone.BAD: SafeMarkdown("❌"),
    Tone.CAUTION: SafeMarkdown("⚠️"),
    Tone.NEUTRAL: SafeMarkdown("▫️"),
}
_MOST_NAME: Final = 120


def metric_table(rows: Sequence[MetricRow]) -> SafeMarkdown:
    head = SafeMarkdown("| Metric | Base | Head | Points | 95% interval | p | Finding |\n|:--|--:|--:|--:|:-:|--:|:--|")
    return table(head, [_metric_cells(row) for row in rows])


def metric_notes(rows: Sequence[MetricRow]) -> SafeMarkdown:
    lines = [
        fill("- {name}: {notes}", name=name_of(row.name), notes=markdown_text("; ".join(row.notes)))
        for row in rows
        if row.notes
    ]
    return join(lines, "\n")


def slice_table(rows: Sequence[SliceRow]) -> SafeMarkdown:
    head = SafeMarkdown(
        "| Slice | Metric | Fixtures | Base | Head | Points | 95% interval | p |\n|:--|:--|--:|--:|--:|--:|:-:|--:|"
    )
    return table(head, [_slice_cells(row) for row in rows])


def change_group(group: ChangeGroup, most: int) -> SafeMarkdown:
    """The group's title and its first rows; with ``most`` 0 a single line."""
    title = fill(
        "### {sign} {title} ({count})",
        sign=SIGNS[group.tone],
        title=markdown_text(group.title),
        count=markdown_text(f"{group.count:,}"),
    )
    if not most:
        return title
    meaning = [markdown_text(group.meaning[:1].upper() + group.meaning[1:] + ".")] if group.meaning else []
    return titled(join([title, *meaning]), _change_table(group.rows[:most]), group.count - most)


def usage_table(rows: Iterable[UsageRow]) -> SafeMarkdown:
    head = SafeMarkdown("| | Trials | Errors | Median time | Tokens | Cost |\n|:--|--:|--:|--:|--:|--:|")
    return table(head, [[markdown_cell(cell) for cell in row] for row in rows])


def fact_table(facts: Iterable[Fact]) -> SafeMarkdown:
    head = SafeMarkdown("| | |\n|:--|:--|")
    return table(head, [[markdown_cell(fact.label), name_of(fact.value)] for fact in facts])


def fact_line(facts: Iterable[Fact]) -> SafeMarkdown:
    return join([fill("{label} {value}", label=markdown_cell(f.label), value=name_of(f.value)) for f in facts], " · ")


def bullets(sentences: Iterable[str]) -> SafeMarkdown:
    return join([fill("- {sentence}", sentence=markdown_text(sentence)) for sentence in sentences], "\n")


def named(facts: Iterable[Fact]) -> SafeMarkdown:
    lines = [fill("- {label}: {value}", label=name_of(fact.label), value=markdown_text(fact.value)) for fact in facts]
    return join(lines, "\n")


def titled(title: SafeMarkdown, body: SafeMarkdown, hidden: int) -> SafeMarkdown:
    """A part under its title, with a line on how many entries it does not show."""
    return capped(join([title, body]), hidden)


def capped(body: SafeMarkdown, hidden: int) -> SafeMarkdown:
    """A table or list, with a line on how many entries it does not show."""
    more = [fill("*and {count} more*", count=markdown_text(f"{hidden:,}"))] if hidden > 0 else []
    return join([body, *more])


def folded(summary: str, body: SafeMarkdown) -> SafeMarkdown:
    template = "<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"
    return fill(template, summary=markdown_text(summary), body=body)


def table(head: SafeMarkdown, rows: Iterable[Sequence[SafeMarkdown]]) -> SafeMarkdown:
    return join([head, *(fill("| {cells} |", cells=join(tuple(cells), " | ")) for cells in rows)], "\n")


def name_of(text: str) -> SafeMarkdown:
    return markdown_code(shorten(text, _MOST_NAME))


def _metric_cells(row: MetricRow) -> list[SafeMarkdown]:
    name = name_of(row.name)
    if row.role:
        name = fill("{name} ({role})", name=name, role=markdown_text(row.role))
    finding = fill("{sign} {finding}", sign=SIGNS[row.tone], finding=markdown_text(row.finding))
    told = row.compared
    numbers = [markdown_text(text) for text in (told.base, told.head, told.delta, told.interval, told.p_value)]
    return [name, numbers[0], numbers[1], bold(numbers[2]), *numbers[3:], finding]


def _slice_cells(row: SliceRow) -> list[SafeMarkdown]:
    told = row.compared
    name = name_of(row.name)
    if row.is_prominent:
        name = fill("{sign} {name}", sign=SIGNS[row.tone], name=name)
    if row.state:
        name = fill("{name} {state}", name=name, state=markdown_text(row.state))
    numbers = (told.fixtures, told.base, told.head, told.delta, told.interval, told.p_value)
    return [name, name_of(row.metric), *(markdown_text(text) for text in numbers)]


def _change_table(rows: Sequence[ChangeRow]) -> SafeMarkdown:
    """Notes and places have a column where any row has one."""
    has_notes, has_places = any(_note(row) for row in rows), any(row.place for row in rows)
    names, rules = SafeMarkdown("| Fixture | Base | Head | Metric |"), SafeMarkdown("|:--|:-:|:-:|:--|")
    if has_notes:
        names, rules = fill("{names} Note |", names=names), fill("{rules}:--|", rules=rules)
    if has_places:
        names, rules = fill("{names} Place |", names=names), fill("{rules}:--|", rules=rules)
    cells = [
        [
            *_change_cells(row),
            *([markdown_cell(_note(row))] if has_notes else []),
            *([_place(row)] if has_places else []),
        ]
        for row in rows
    ]
    return table(join([names, rules], "\n"), cells)


def _change_cells(row: ChangeRow) -> list[SafeMarkdown]:
    metric = name_of(row.metric) if row.metric else markdown_text(DASH)
    return [name_of(row.fixture_id), markdown_cell(row.base), bold(markdown_cell(row.head)), metric]


def _place(row: ChangeRow) -> SafeMarkdown:
    return name_of(row.place) if row.place else markdown_text(DASH)


def _note(row: ChangeRow) -> str:
    return ", ".join([*row.badges, *([row.note] if row.note else [])])
