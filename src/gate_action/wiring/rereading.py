"""A suite is read once where both revisions have the same files: most changes touch no fixture."""

import hashlib
from collections.abc import Sequence
from dataclasses import field
from typing import IO

from gate_action.clients.git.repository import GitFiles
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Suite
from gate_action.model.protocols import Files, Source
from gate_action.wiring.suites import load_suite


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSuite:
    """A suite, and what its sources asked of their files."""

    suite: Suite
    sources: tuple[Source, ...]
    noted: "_Noted"

    @classmethod
    def load(cls, sources: Sequence[Source], files: Files) -> "ReadSuite":
        """Raises ConfigError as ``load_suite`` does."""
        noted = _Noted(files)
        return cls(suite=load_suite(sources, noted), sources=tuple(sources), noted=noted)

    def of(self, sources: Sequence[Source], files: Files) -> Suite:
        """The suite of other files: this one where equal sources would read the same. Raises ConfigError."""
        if tuple(sources) == self.sources and self.noted.holds_for(files):
            return self.suite
        return load_suite(sources, files)


@dataclass(slots=True)
class _Noted:
    """Files, with a note of every question and answer."""

    files: Files
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.files.label

    def find(self, pattern: str) -> tuple[str, ...]:
        self.found[pattern] = self.files.find(pattern)
        return self.found[pattern]

    def read(self, path: str) -> bytes:
        with self.open(path) as file:
            return file.read()

    def open(self, path: str) -> IO[bytes]:
        self.marks[path] = _mark(self.files, path)
        return self.files.open(path)

    def holds_for(self, files: Files) -> bool:
        """Would the same questions get the same answers there?"""
        try:
            return all(files.find(pattern) == found for pattern, found in self.found.items()) and all(
                _mark(files, path) == mark for path, mark in self.marks.items()
            )
        except ConfigError:  # a file is not there
            return False


def _mark(files: Files, path: str) -> str:
    """What files of one content have in common, and no others. Git knows it of each without reading it."""
    if isinstance(files, GitFiles):
        return files.object_id(path)
    return hashlib.sha256(files.read(path)).hexdigest()
