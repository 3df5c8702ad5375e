"""CSV as a stream of rows: bounded, and never stopped by a cell."""

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple, cast

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


def cut_rows(stream: Bytes) -> Iterator[Row]:
    """By the names of the first line, which tells what stands between cells: a comma, semicolon or tab. Surplus cells
    are left out; missing ones are empty.
    """
    text = io.TextIOWrapper(cast("io.BufferedReader", _Buffered(stream)), "utf-8-sig", errors="replace", newline="")
    before = csv.field_size_limit(LIMIT)
    head = text.readline(LIMIT)
    separator = max((mark.decode() for mark in SEPARATORS), key=head.count)
    reader = csv.reader(chain([head], text), delimiter=separator)
    try:
        names = [name.strip() for name in next(reader, [])]
        for cells in reader:
            if cells:
                named = dict(zip(names, cells, strict=False))
                yield Row(reader.line_num, named, sum(map(len, cells)))
    except csv.Error as error:
        yield Row(reader.line_num, None, 0, f"this is no CSV: {error}")
    finally:
        csv.field_size_limit(before)


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
