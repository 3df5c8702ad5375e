"""CSV text -> fixture rows as JSON values, and their places. Knows which columns may hold JSON, not what it means."""

import csv
import re
import sys
from dataclasses import field
from typing import NamedTuple

from gate_action.codec.json_text import parse_json
from gate_action.codec.personas import REQUIRED
from gate_action.codec.positions import START, Lines, Path, Position, TextError, near_miss
from gate_action.codec.rows import ExpectedRow, FixtureRow
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json

_JSON_COLUMNS = frozenset(
    {"input", "expected", "context", "checks", "slices", "provenance", "failing_output", "scenario", "persona"}
)
_SPREAD = ("slices", "expected")
"""Fields of which a part may be a column of its own."""
_JSON_HINT = "a cell that starts with {, [ or a quote is read as JSON: write such a text as a JSON text"
_TORN_HINT = "is a quote missing, or do the lines end in a carriage return alone?"
_CELL = re.compile(r'"(?:[^"]|"")*"|[^,\r\n]*')


class Column(NamedTuple):
    """``expected.output`` is the part ``output`` of the field ``expected``."""

    field: str
    part: str

    def __str__(self) -> str:
        return f"{self.field}.{self.part}" if self.part else self.field


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One record; as Places, it finds a field's cell by scanning the record again."""

    value: Json
    columns: tuple[Column, ...]
    text: str
    begin: int
    """Offset of the record in ``text``."""
    line: int

    def locate(self, path: Path, *, is_key: bool = False) -> Position:
        del is_key  # a column's name stands in the header, far from what is wrong
        wanted = Column(str(path[0]), str(path[1]) if len(path) > 1 else "") if path else None
        for number, column in enumerate(self.columns):
            if wanted and column.field == wanted.field and column.part in {"", wanted.part}:
                return _locate_cell(self.text, self.begin, self.line, number)
        return Position(self.line, 1)

    def written(self, path: Path) -> None:
        del path  # a cell is text or JSON: nothing is read as something else

    def ambiguous(self) -> tuple[()]:
        return ()


@dataclass(slots=True)
class Table:
    rows: list[CsvRow] = field(default_factory=list)
    faults: list[TextError] = field(default_factory=list)


def parse_csv(text: str) -> Table:
    """Every row, and every fault of the header and of single cells; rows with such a fault are left out."""
    table = Table()
    lines = Lines(text)
    limit = csv.field_size_limit(sys.maxsize)  # a fixture's document is often longer than the module's 128 kB
    try:
        records = csv.reader(lines, strict=True)
        columns = _read_header(next(records, []), text, table)
        while columns:
            begin, line = lines.offset, records.line_num + 1
            cells = next(records, None)
            if cells is None:
                break
            if any(cells):
                _read_record(table, cells, CsvRow(None, columns, text, begin, line))
    except csv.Error as error:
        table.faults.append(TextError(f"not CSV: {error}", Position(max(1, lines.number), 1), hint=_TORN_HINT))
    finally:
        csv.field_size_limit(limit)
    return table


def _read_header(names: list[str], text: str, table: Table) -> tuple[Column, ...]:
    """The columns; none if the header cannot be used."""
    if len(names) == 1 and ";" in names[0]:
        table.faults.append(TextError("no column input", START, hint="separate the columns by commas"))
        return ()
    before = len(table.faults)
    columns: list[Column] = []
    for number, name in enumerate(names):
        column = Column(*name.strip().partition(".")[::2])
        message, hint = _judge_column(column, columns)
        if message:
            table.faults.append(TextError(message, _locate_cell(text, 0, 1, number), hint=hint))
        columns.append(column)
    is_asked = any(Column(name, "") in columns for name in ("input", *REQUIRED[1:]))
    if names and not table.faults[before:] and not is_asked:
        hint = "the first line names the columns"
        table.faults.append(TextError("no column input", START, hint=hint))
    return () if table.faults[before:] else tuple(columns)


def _judge_column(column: Column, earlier: list[Column]) -> tuple[str, str]:
    """What is wrong with a column's name, and a hint; empty: nothing."""
    known = [name for name in (*FixtureRow.__struct_fields__, *REQUIRED) if name not in _SPREAD]
    parts = list(ExpectedRow.__struct_fields__)
    if column in earlier:
        return f"the column {str(column)!r} stands twice", "keep one of them"
    if column.field in _SPREAD:
        if any(other.field == column.field and not (other.part and column.part) for other in earlier):
            return f"{column.field} stands whole and in parts", "write one column, or one for each part"
        if column.field == "expected" and column.part and column.part not in parts:
            return f"expected has no part {column.part!r}", near_miss(column.part, parts)
        return "", ""
    if column.part or column.field not in known:
        return f"unknown column {str(column)!r}", near_miss(str(column), [*known, "expected", "slices"])
    return "", ""


def _read_record(table: Table, cells: list[str], record: CsvRow) -> None:
    if len(cells) != len(record.columns):
        message = f"{len(cells)} cells, and the header names {len(record.columns)} columns"
        hint = "quote a cell that holds a comma or a line break"
        table.faults.append(TextError(message, Position(record.line, 1), hint=hint))
        return
    before = len(table.faults)
    value: dict[str, Json] = {}
    for number, (column, cell) in enumerate(zip(record.columns, cells, strict=True)):
        if not cell:
            continue
        try:
            entry = _read_cell(column, cell)
        except TextError as error:
            place = _locate_cell(record.text, record.begin, record.line, number)
            table.faults.append(TextError(f"{column}: {error.message}", place, hint=_JSON_HINT))
            continue
        if column.part:
            value[column.field] = {**_parts(value.get(column.field)), column.part: entry}
        else:
            value[column.field] = entry
    if len(table.faults) == before:
        table.rows.append(CsvRow(value, record.columns, record.text, record.begin, record.line))


def _read_cell(column: Column, cell: str) -> Json:
    if column.field == "critical":
        return {"true": True, "false": False}.get(cell.lower(), cell)
    if column.field in _JSON_COLUMNS and cell.startswith(("{", "[", '"')):
        return parse_json(cell).value
    return cell


def _parts(value: Json) -> dict[str, Json]:
    return dict(value) if isinstance(value, dict) else {}


def _locate_cell(text: str, begin: int, line: int, number: int) -> Position:
    """The place of a record's cell ``number`` (from 0)."""
    offset = begin
    for _ in range(number):
        match = _CELL.match(text, offset)
        offset = match.end() + 1 if match else offset
    lines = text.count("\n", begin, offset)
    column = offset - text.rfind("\n", 0, offset) if lines else offset - begin + 1
    return Position(line + lines, column)
