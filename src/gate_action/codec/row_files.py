"""Fixture files (JSONL, JSON, YAML, CSV) -> fixtures with their places, and every fault of every row. Knows no disk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, NamedTuple

import msgspec

from gate_action.codec.json_text import parse_json
from gate_action.codec.personas import SCENARIO, adapt_persona, is_persona, path_in_persona
from gate_action.codec.positions import (
    Document,
    Path,
    Places,
    Position,
    TextError,
    decode_lines,
    decode_text,
    name_type,
)
from gate_action.codec.row_faults import find_ambiguous, find_faults
from gate_action.codec.rows import decode_row
from gate_action.codec.schema_faults import Fault, place_fault
from gate_action.errors import ConfigError, Problem
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Json, Place, Suite
from gate_action.model.spooled import GatheredFixtures

SUFFIXES = (".jsonl", ".json", ".yaml", ".yml", ".csv")


def is_fixture_file(path: str) -> bool:
    """By its name alone. Hidden files are none."""
    name = PurePosixPath(path)
    return name.suffix.lower() in SUFFIXES and not name.name.startswith(".")


@dataclass(slots=True)
class Rows:
    """Fixtures and faults, gathered over several files. Keeps nothing of the files' texts.

    ``gathered``: where the fixtures are held, or set aside.
    """

    gathered: GatheredFixtures = field(default_factory=GatheredFixtures)
    problems: list[Problem] = field(default_factory=list)

    @property
    def fixtures(self) -> Sequence[Fixture]:
        return self.gathered.fixtures

    def read(self, path: str, content: bytes) -> None:
        """As ``read_file``."""
        self.read_file(path, BytesIO(content))

    def read_file(self, path: str, file: IO[bytes]) -> None:
        """All rows of one file, JSONL line by line. A faulty row is a Problem, and the rows after it are read all the
        same.
        """
        before = len(self.gathered) + len(self.problems)
        try:
            self._read_format(path, file)
        except TextError as error:
            self.problems.append(error.as_problem(path))
        if len(self.gathered) + len(self.problems) == before:
            hint = "write a row, or delete the file"
            self.problems.append(Problem(path=path, message="the file holds no fixture", line=1, column=1, hint=hint))

    def suite(self, origin: str) -> Suite:
        """Raises ConfigError with every fault; also when there is no fixture at all. ``origin`` names the source."""
        if self.problems:
            count = len(self.problems)
            raise ConfigError(f"{count} fault{'s' * (count > 1)} in the fixtures", problems=tuple(self.problems))
        if not self.gathered:
            raise ConfigError(f"no fixtures in {origin}", hint="a gate without fixtures would measure nothing")
        return Suite(fixtures=self.fixtures)

    def _read_format(self, path: str, file: IO[bytes]) -> None:
        match PurePosixPath(path).suffix.lower():
            case ".jsonl":
                self._read_lines(path, file)
            case ".json":
                self._read_document(path, parse_json(decode_text(file.read())))
            case ".yaml" | ".yml":
                from gate_action.codec.yaml_text import parse_yaml  # not every suite has YAML

                self._read_document(path, parse_yaml(decode_text(file.read())))
            case ".csv":
                from gate_action.codec.csv_text import parse_csv  # as above

                table = parse_csv(decode_text(file.read()))
                self.problems += [fault.as_problem(path) for fault in table.faults]
                for row in table.rows:
                    self._add(path, row.value, row)
            case suffix:
                raise TextError(f"{suffix or 'no suffix'} is no fixture format", hint=f"known: {', '.join(SUFFIXES)}")

    def _read_lines(self, path: str, lines: Iterable[bytes]) -> None:
        for number, line in enumerate(decode_lines(lines), start=1):
            if not line.strip():
                continue
            try:
                document = parse_json(line.rstrip("\r\n"), first=Position(number, 1))
            except TextError as error:
                self.problems.append(error.as_problem(path))
            else:
                self._add(path, document.value, document.places)

    def _read_document(self, path: str, document: Document) -> None:
        if document.value is None:  # an empty YAML file
            return
        found = _find_rows(document)
        for row, places in zip(found.rows, document.places.entries(found.top), strict=True):
            self._add(path, row, places, found.scenario)

    def _add(self, path: str, row: Json, places: Places, scenario: Json = None) -> None:
        """``scenario``: the one that the whole file is."""
        start = places.locate(())
        place = Place(path, start.line)
        read = adapt_persona(row, scenario) if is_persona(row) else row
        try:
            fixture = decode_row(read, place)
        except msgspec.ValidationError as error:
            faults = find_faults(read) or (Fault((), str(error)),)
            if read is not row:
                faults = tuple(fault._replace(path=path_in_persona(fault.path)) for fault in faults)
            problems = [place_fault(fault, path, places) for fault in faults]
            self.problems += sorted(
                problems, key=lambda problem: (problem.line or 0, problem.column or 0, problem.field)
            )
            return
        if ambiguous := tuple(find_ambiguous(places)):
            self.problems += [place_fault(fault, path, places) for fault in ambiguous]
            return
        first = self.gathered.add(fixture)
        if first is not None:
            has_id = isinstance(row, Mapping) and "id" in row
            self.problems.append(_duplicate(fixture, first.place or place, places, has_id=has_id))


class _Found(NamedTuple):
    """Where the rows stand in a document, and the rows."""

    top: Path
    rows: Sequence[Json]
    scenario: Json = None
    """The one of fi.simulate that the document is."""


def _find_rows(document: Document) -> _Found:
    match document.value:
        case list() as rows:
            return _Found((), rows)
        case {"fixtures": list() as rows, **others} if not others:
            return _Found(("fixtures",), rows)
        case {"name": str(), "dataset": list() as rows, **others} if others.keys() <= SCENARIO:
            return _Found(("dataset",), rows, document.value)
        case {"name": str(), "dataset": str() as other}:
            raise TextError(
                f"its dataset is another file, {other}",
                document.places.locate(("dataset",)),
                hint="name that file among the fixtures instead of this one: its rows are read as they stand",
            )
        case _:
            raise TextError(
                f'expected a list of rows or {{"fixtures": [...]}}, got {name_type(document.value)}',
                document.places.locate(()),
                hint="a folder of fixtures holds fixture files only; .jsonl has a row a line",
            )


def _duplicate(fixture: Fixture, first: Place, places: Places, *, has_id: bool) -> Problem:
    path, _ = fixture.place or first
    line, column = places.locate(("id",))
    message = f"the id {fixture.id!r} is used already, by {first.path}:{first.line}"
    hint = "" if has_id else "rows without an id take it from their input: give rows of equal input an id each"
    return Problem(path=path, line=line, column=column, field="id", message=message, hint=hint)
