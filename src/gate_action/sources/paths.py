"""Fixtures from files, folders and globs of the repository, at the revision that decides."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from gate_action.clients.spool import FixtureSpool
from gate_action.codec.row_files import SUFFIXES, Rows, is_fixture_file
from gate_action.errors import Problem
from gate_action.model.fixture import Suite
from gate_action.model.protocols import Files
from gate_action.model.spooled import GatheredFixtures


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """In a folder, files of other kinds are passed over; a file that is named must be a fixture file."""

    paths: tuple[str, ...]
    """Relative to the repository's top; ``**`` in a glob crosses folders."""

    def __post_init__(self) -> None:
        if not self.paths:
            raise ValueError("paths: names nothing")

    def load(self, files: Files) -> Suite:
        rows = Rows(GatheredFixtures(FixtureSpool()))
        seen: set[str] = set()
        for pattern in self.paths:
            for path in self._find(pattern, files, rows):
                if path not in seen:
                    seen.add(path)
                    with files.open(path) as file:
                        rows.read_file(path, file)
        return rows.suite(f"{', '.join(self.paths)} of {files.label}")

    @staticmethod
    def _find(pattern: str, files: Files, rows: Rows) -> tuple[str, ...]:
        """The fixture files of a pattern. One that finds none is a problem: it would empty the gate silently."""
        found = files.find(pattern)
        if found == (PurePosixPath(pattern).as_posix(),):
            return found
        readable = tuple(path for path in found if is_fixture_file(path))
        if not readable:
            message = f"holds no fixture file, only {found[0]}" if found else "no file is there"
            hint = f"fixture files end in {', '.join(SUFFIXES)}; links are not followed"
            rows.problems.append(Problem(path=pattern, message=f"{message} (in {files.label})", hint=hint))
        return readable
