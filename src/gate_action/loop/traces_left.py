"""Removes whatever bears certain marks from the files of a folder, and tells where it could not. Git is left alone."""

import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate_action.codec.packs import shorten
from gate_action.codec.rows import decode_row
from gate_action.model.fixture import Fixture

_LARGEST = 64 << 20
_SHORTEST = 8
"""Characters of an id: a shorter one, as some backends give, would be found in words of others."""
_SHORTEST_TEXT = 32
"""Of a question: a shorter one may be anybody's."""
_SKIPPED = frozenset({".git", ".venv", "node_modules", "__pycache__"})


class Marks:
    """Everything by which a person, or a row of the person's, is named in files."""

    def __init__(self, named: Collection[str] = ()) -> None:
        self._needles: set[bytes] = set()
        self.add(named)

    def add(self, named: Collection[str]) -> None:
        self._needles |= {mark.encode() for mark in named if len(mark) >= _SHORTEST}

    def bears(self, content: bytes) -> bool:
        return any(needle in content for needle in self._needles)

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(sorted(needle.decode() for needle in self._needles))


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Paths from the folder's top."""

    lines: dict[str, int]
    """File -> lines taken out of it. A file of which nothing was left is gone."""
    deleted: tuple[str, ...]
    left: tuple[str, ...]
    """Files that bear a mark and are a person's to change, or that are too large to be read."""


def sweep(folder: Path, marks: Marks, *, is_ours: Callable[[str], bool], skip: Collection[Path]) -> Swept:
    """Takes lines with one of ``marks`` out of JSONL files, deletes others that are ours to make again, tells the rest.

    ``is_ours``: may a file of this path be deleted as a whole?
    """
    lines: dict[str, int] = {}
    deleted: list[str] = []
    left: list[str] = []
    for path in _files(folder, skip):
        name = path.relative_to(folder).as_posix()
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else None
        if content is None:
            left += [] if is_ours(name) else [name]
            continue
        if not marks.bears(content):
            continue
        if path.suffix == ".jsonl" and (taken := _take_lines(path, content, marks)):
            lines[name] = taken
        elif is_ours(name):
            path.unlink()
            deleted.append(name)
        else:
            left.append(name)
    return Swept(lines=lines, deleted=tuple(deleted), left=tuple(left))


def sweep_whole(folder: Path, marks: Marks) -> Swept:
    """Deletes each entry of ``folder`` in which a mark is borne: a run's folder, or a recording, whose parts are of no
    use by themselves.
    """
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    gone = [entry for entry in entries if not entry.is_symlink() and any(map(marks.bears, _contents(entry)))]
    for entry in gone:
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return Swept(lines={}, deleted=tuple(entry.name for entry in gone), left=())


def _contents(entry: Path) -> Iterator[bytes]:
    for path in _files(entry, ()) if entry.is_dir() else iter((entry,)):
        if path.stat().st_size <= _LARGEST:
            yield path.read_bytes()
        else:
            with path.open("rb") as file:  # line by line: an answer, an output or a row is one
                yield from file


def _take_lines(path: Path, content: bytes, marks: Marks) -> int:
    """How many lines went."""
    every = content.splitlines(keepends=True)
    kept = [line for line in every if not marks.bears(line)]
    if kept:
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(b"".join(kept))
        beside.replace(path)
    else:
        path.unlink()
    return len(every) - len(kept)


def _files(folder: Path, skip: Collection[Path]) -> Iterator[Path]:
    """Regular files, sorted. No link is followed: it could lead anywhere."""
    left_out = {path.resolve() for path in skip}
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(names):
            path = Path(top, name)
            if not path.is_symlink() and path.is_file() and path.resolve() not in left_out:
                yield path


def marks_of_rows(content: bytes, row_ids: Collection[str], traces: Collection[str]) -> frozenset[str]:
    """Of the fixture rows of a JSONL file that are ``row_ids`` or whose provenance names one of ``traces``: their ids,
    what caches know them by, and their questions as they stand in any JSON.
    """
    found: set[str] = set()
    for line in content.splitlines():
        try:
            fixture = decode_row(msgspec.json.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):  # no fixture's row: nothing of ours
            continue
        trace = fixture.provenance.trace if fixture.provenance else ""
        if fixture.id in row_ids or trace in traces:
            found |= {fixture.id, shorten(fixture.digest), *_question(fixture)}
    return frozenset(found)


def marks_of_record(content: bytes, row_ids: Collection[str]) -> frozenset[str]:
    """What caches know those rows by that a stored run has measured."""
    told = re.findall(rb'"([^"\\\\]+)":"(sha256:[0-9a-f]{64})"', content)
    return frozenset(shorten(digest.decode()) for row, digest in told if row.decode() in row_ids)


def _question(fixture: Fixture) -> tuple[str, ...]:
    asked = fixture.input
    if not isinstance(asked, str) or len(asked) < _SHORTEST_TEXT:
        return ()
    return (msgspec.json.encode(asked).decode(),)
