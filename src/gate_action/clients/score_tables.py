"""Score tables of other harnesses, row by row: CSV, JSON Lines and Parquet. What a cell means is told elsewhere."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gate_action.clients.extras import check_extra
from gate_action.codec.json_text import parse_json
from gate_action.codec.positions import Position, TextError, near_miss
from gate_action.codec.recordings import Recording
from gate_action.codec.score_rows import COLUMNS, OPTIONAL, REQUIRED, RowError, ScoreRow, read_row
from gate_action.errors import ConfigError, Problem
from gate_action.model.fixture import Fixture, Slice
from gate_action.model.score import NotScoredCause

if TYPE_CHECKING:
    import duckdb

SUFFIXES = (".csv", ".jsonl", ".ndjson", ".parquet")
_MOST_PROBLEMS = 20
_PORTION = 10_000
_GLOB = frozenset("*?[]{}")
_KEYS = re.compile(rf'"({"|".join(COLUMNS)})"\s*:'.encode())

Cells = Mapping[str, object]


def load_table(path: Path) -> Recording:
    """All rows of one file. Raises ConfigError with every fault's file and line, the first 20 of them."""
    gathering = _Gathering(path)
    rows = {".csv": _read_csv, ".parquet": _read_parquet}.get(path.suffix.lower(), _read_json_lines)(path)
    for number, cells in rows:
        gathering.add(number, cells)
        if len(gathering.problems) >= _MOST_PROBLEMS:
            break
    return gathering.finish()


class _Gathering:
    """What was read so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recording = Recording(label=str(path))
        self.problems: list[Problem] = []
        self._firsts: dict[str, tuple[int, str, str]] = {}

    def add(self, number: int, cells: Cells | Problem) -> None:
        if isinstance(cells, Problem):
            self.problems.append(cells)
            return
        try:
            row = read_row(cells)
        except RowError as error:
            self._refuse(number, error.column, error.message, error.hint)
            return
        self._note_item(number, row)
        result = NotScoredCause.EVALUATOR_ERROR if row.score is None else row.score
        self.recording.add((row.item, row.trial, row.metric), result, row=number)

    def finish(self) -> Recording:
        for double in self.recording.find_doubles()[: _MOST_PROBLEMS - len(self.problems)]:
            message = f"the same item, trial and metric as in line {double.first}"
            self._refuse(double.second, "trial", message, "number an item's trials 0, 1, 2, ...")
        if self.problems:
            count = "the first faults" if len(self.problems) >= _MOST_PROBLEMS else "faults"
            raise ConfigError(f"{self.path} cannot be used; {count}:", problems=tuple(self.problems))
        if not len(self.recording):
            raise ConfigError(f"{self.path} holds no row", hint="a run without scores would pass anything")
        return self.recording

    def _note_item(self, number: int, row: ScoreRow) -> None:
        """An item belongs to one cluster and one category."""
        line, cluster, category = self._firsts.setdefault(row.item, (number, row.cluster, row.category))
        if line == number:
            slices = (Slice("category", row.category),) if row.category else ()
            self.recording.fixtures[row.item] = Fixture(id=row.item, input="", cluster=row.cluster, slices=slices)
        for column, mine, first in (("cluster", row.cluster, cluster), ("category", row.category, category)):
            if mine != first:
                message = f"item {row.item!r} is in {column} {mine!r} here and in {first!r} in line {line}"
                self._refuse(number, column, message, "an item belongs to one")

    def _refuse(self, number: int, column: str, message: str, hint: str) -> None:
        self.problems.append(Problem(path=str(self.path), line=number, field=column, message=message, hint=hint))


def _read_csv(path: Path) -> Iterator[tuple[int, Cells | Problem]]:
    """Line of the file and cells. Lines are those of an editor: a quoted cell may span several."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = csv.reader(file, strict=True)
        number = 1
        try:
            header = [name.strip() for name in next(records, [])]
            _check_columns(path, header)
            number = records.line_num + 1
            for cells in records:
                if cells and len(cells) != len(header):
                    message = f"{len(cells)} cells, and the header names {len(header)} columns"
                    yield number, Problem(path=str(path), line=number, message=message)
                elif cells:
                    yield number, dict(zip(header, cells, strict=True))
                number = records.line_num + 1
        except (csv.Error, UnicodeDecodeError) as error:
            yield number, Problem(path=str(path), line=number, message=f"not a CSV in UTF-8: {error}")


def _read_json_lines(path: Path) -> Iterator[tuple[int, Cells | Problem]]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    with path.open("rb") as file:
        is_first = True
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                cells = decoder.decode(line.removeprefix(b"\xef\xbb\xbf"))
                if max(Counter(_KEYS.findall(line)).values(), default=0) > 1:
                    parse_json(
                        line.decode(), first=Position(number, 1)
                    )  # of a key that stands twice, the last would count
            except TextError as error:
                yield number, error.as_problem(str(path))
                continue
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                hint = "null stands for a missing score" if b"NaN" in line else ""
                yield number, Problem(path=str(path), line=number, message=f"not a JSON object: {error}", hint=hint)
                continue
            if is_first:
                _check_columns(path, list(cells))
                is_first = False
            yield number, cells


def _read_parquet(path: Path) -> Iterator[tuple[int, Cells | Problem]]:
    """Row numbers from 1. Only the columns that count are read."""
    if _GLOB & set(str(path)):
        raise ConfigError(f"{path}: a Parquet file's path may hold none of {' '.join(sorted(_GLOB))}")
    check_extra("tables", f"reading {path}")
    import duckdb

    # Nothing is fetched, and no extension is loaded: what a file holds decides nothing but scores.
    with duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 1}
    ) as connection:
        try:
            yield from _fetch(connection, path)
        except duckdb.Error as error:
            first = str(error).split("\n", 1)[0]
            raise ConfigError(f"{path} cannot be read as Parquet: {first}") from error


def _fetch(connection: "duckdb.DuckDBPyConnection", path: Path) -> Iterator[tuple[int, Cells]]:
    nodes = connection.execute("select name, num_children from parquet_schema(?)", [str(path)]).fetchall()
    names = _top_names(nodes)
    _check_columns(path, names)
    wanted = [name for name in COLUMNS if name in names]
    # By place: by name DuckDB would take `Score` for `score`.
    query = f"select {', '.join(f'#{names.index(name) + 1}' for name in wanted)} from read_parquet(?)"  # noqa: S608  # numbers
    rows = connection.execute(query, [str(path)])
    number = 0
    while portion := rows.fetchmany(_PORTION):
        for values in portion:
            number += 1
            yield number, dict(zip(wanted, values, strict=True))


def _top_names(nodes: Sequence[tuple[str, int | None]]) -> list[str]:
    """The columns of a Parquet schema. ``nodes``: name and number of children, depth first, the root before all."""
    names: list[str] = []
    unread = 0  # nodes below the last column
    for name, children in nodes[1:]:
        if unread == 0:
            names.append(name)
        else:
            unread -= 1
        unread += children or 0
    return names


def _check_columns(path: Path, names: list[str]) -> None:
    doubles = sorted({name for name in names if names.count(name) > 1 and name in COLUMNS})
    missing = [name for name in REQUIRED if name not in names]
    message = (
        f"no column {', '.join(missing)}" if missing else f"the column {doubles[0]} stands twice" if doubles else ""
    )
    if message:
        near = near_miss(missing[0], names) if missing and names else ""
        known = f"a table has {', '.join(REQUIRED)} and, optionally, {', '.join(OPTIONAL)}"
        once = "where each item was tried once, write 0" if missing == ["trial"] else ""
        problem = Problem(path=str(path), line=1, message=message, hint="; ".join(filter(None, [near, once, known])))
        raise ConfigError(f"{path} is no score table", problems=(problem,))
