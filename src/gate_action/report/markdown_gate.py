"""The Markdown section on what a change does to the gate that judges it."""

from collections.abc import Sequence
from typing import Final

from gate_action.report.budget import Section
from gate_action.report.escape import SafeMarkdown, bold, fill, join, markdown_cell, markdown_text
from gate_action.report.markdown_tables import SIGNS, bullets, capped, folded, name_of, table
from gate_action.report.parts import GatePart, GateRow, ReadingRow
from gate_action.report.words import DASH, counted

_NOTHING: Final = SafeMarkdown("")
_TITLE: Final = SafeMarkdown("### What this change does to its own gate")
_ROWS: Final = (50, 20, 5, 1)
_CHANGES: Final = SafeMarkdown("| | Changed | Base | Head | What follows |\n|:--|:--|:--|:--|:--|")
_READINGS: Final = SafeMarkdown("| Base → head | By base's gate | By this change's gate |\n|:--|:--|:--|")


def gate_sections(part: GatePart | None) -> list[Section]:
    """What needs approval stands near the top; the rest is folded."""
    if part is None:
        return []
    lead = [_TITLE, fill("{sign} {standing}", sign=SIGNS[part.tone], standing=bold(markdown_text(part.standing)))]
    notes = [bullets(part.notes)] if part.notes else []
    forms = [join([*lead, *notes, *_changes(part.rows, most)]) for most in _ROWS]
    sections = [Section(name=SafeMarkdown("changes of the gate"), importance=86, forms=(*forms, join([*lead, *notes])))]
    if part.preview:
        shown = [join([markdown_text(part.preview), *_readings(part.readings, most)]) for most in _ROWS]
        sections.append(Section(name=SafeMarkdown("the other reading"), importance=45, forms=(*shown, _NOTHING)))
    if part.others:
        title = f"{counted(len(part.others), 'more change')} of the gate: no approval needed"
        hidden = [folded(title, join(_changes(part.others, most))) for most in (50, 10)]
        sections.append(
            Section(name=SafeMarkdown("other changes of the gate"), importance=28, forms=(*hidden, _NOTHING))
        )
    return sections


def _changes(rows: Sequence[GateRow], most: int) -> list[SafeMarkdown]:
    if not rows:
        return []
    return [capped(table(_CHANGES, [_cells(row) for row in rows[:most]]), len(rows) - most)]


def _cells(row: GateRow) -> list[SafeMarkdown]:
    effect = fill("{sign} {effect}", sign=SIGNS[row.tone], effect=markdown_text(row.effect))
    subject = fill("{name} {what}", name=name_of(row.subject), what=markdown_text(row.what))
    values = [name_of(value) if value else markdown_text(DASH) for value in (row.base, row.head)]
    return [effect, subject, *values, markdown_cell(row.why)]


def _readings(rows: Sequence[ReadingRow], most: int) -> list[SafeMarkdown]:
    if not rows:
        return []
    cells = [[name_of(row.name), markdown_cell(row.by_base), markdown_cell(row.by_head)] for row in rows[:most]]
    return [capped(table(_READINGS, cells), len(rows) - most)]
