"""CSV as a stream of rows: bounded, and never stopped by a cell."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from gate_action.loop.ingest.cutting import LIMIT, SEPARATORS
from gate_action.loop.ingest.unpacking import Bytes

_CHUNK = 2**20


class Row(NamedTuple):
    number: int
    """Of the line on which it ends, from 1."""
    cells: Mapping[str, str] | None
    """None: it is no row, and ``message`` says why."""
    size: int
    """Characters."""
    message: str = ""
    is_torn: bool = False
    """The file ends within it."""


def cut_rows(stream: Bytes) -> Iterator[Row]:
    """By the names of the first line, which tells what stands between cells: a comma, semicolon or tab. Surplus cells
    are left out; missing ones are empty. After a row that is none, reading goes on with the next line.
    """
    text = io.TextIOWrapper(cast("io.BufferedReader", _Buffered(stream)), "utf-8-sig", errors="replace", newline="")
    before = csv.field_size_limit(LIMIT)
    lines = _Lines(text)
    try:
        separator = max((mark.decode() for mark in SEPARATORS), key=lines.peek().count)
        reader = csv.reader(lines, delimiter=separator)
        names: list[str] = []
        while (row := _next_row(reader, lines, names)) is not None:
            if row.cells is None or row.cells:
                yield row
    finally:
        csv.field_size_limit(before)


def _next_row(reader: Any, lines: "_Lines", names: list[str]) -> Row | None:
    """None: there are no more. The first one fills ``names``, and is a row without cells."""
    lines.record = []
    try:
        cells = next(reader)
    except StopIteration:
        return None
    except csv.Error as error:
        return Row(lines.number, None, 0, f"this is no CSV: {error}")
    if not names:
        names += [name.strip() for name in cells]
        return Row(lines.number, {}, 0)
    if lines.is_over and _is_torn(lines.record, reader.dialect, has_all=len(cells) >= len(names)):
        return Row(lines.number, None, 0, "the file ends within this row; it is read again once it grows", is_torn=True)
    return Row(lines.number, dict(zip(names, cells, strict=False)), sum(map(len, cells)))


def _is_torn(record: list[str], dialect: Any, *, has_all: bool) -> bool:
    """The last row: does it end within quotes, or without a line's end before its last cell?"""
    if not has_all and not record[-1].endswith(("\n", "\r")):
        return True
    try:
        list(csv.reader(record, dialect, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


class _Lines:
    """The lines of a table, as csv wants them: none is longer than what is kept in memory."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._next = text.readline(LIMIT)
        self.number = 0
        self.record: list[str] = []
        """Those of the present row."""

    @property
    def is_over(self) -> bool:
        return not self._next

    def peek(self) -> str:
        return self._next

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line, self._next = self._next, self._text.readline(LIMIT)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LIMIT and not line.endswith("\n"):
            while self._next and not self._next.endswith("\n"):
                self._next = self._text.readline(LIMIT)
            self._next = self._text.readline(LIMIT)
            raise csv.Error(f"a line of more than {LIMIT:,} characters")
        self.record.append(line)
        return line


class _Buffered(io.BufferedIOBase):
    """As much of a file as TextIOWrapper wants to see."""

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._stream.read(_CHUNK if size is None or size < 0 else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(size)
