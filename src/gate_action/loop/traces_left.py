"""Removes whatever bears certain marks from the files of a folder, and tells where it could not. Git is left alone."""

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate_action.codec.rows import decode_row

_LARGEST = 64 << 20
_CACHED_DIGITS = 32
"""So many digits of a fixture's digest stand in a cache's pack."""
_SKIPPED = frozenset({".git", ".venv", "node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Paths from the folder's top."""

    lines: dict[str, int]
    """File -> lines taken out of it. A file of which nothing was left is gone."""
    deleted: tuple[str, ...]
    left: tuple[str, ...]
    """Files that bear a mark and are a person's to change, or that are too large to be read."""


def sweep(folder: Path, marks: Collection[str], *, is_ours: Callable[[str], bool], skip: Collection[Path]) -> Swept:
    """Takes lines with one of ``marks`` out of JSONL files, deletes others that are ours to make again, tells the rest.

    ``is_ours``: may a file of this path be deleted as a whole?
    """
    needles = tuple(mark.encode() for mark in marks if mark)
    lines: dict[str, int] = {}
    deleted: list[str] = []
    left: list[str] = []
    for path in _files(folder, skip):
        name = path.relative_to(folder).as_posix()
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else None
        if content is None:
            left += [] if is_ours(name) else [name]
            continue
        if not any(needle in content for needle in needles):
            continue
        if path.suffix == ".jsonl" and (taken := _take_lines(path, content, needles)):
            lines[name] = taken
        elif is_ours(name):
            path.unlink()
            deleted.append(name)
        else:
            left.append(name)
    return Swept(lines=lines, deleted=tuple(deleted), left=tuple(left))


def _take_lines(path: Path, content: bytes, needles: Collection[bytes]) -> int:
    """How many lines went."""
    every = content.splitlines(keepends=True)
    kept = [line for line in every if not any(needle in line for needle in needles)]
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
    and what caches know them by.
    """
    found: set[str] = set()
    for line in content.splitlines():
        try:
            fixture = decode_row(msgspec.json.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):  # no fixture's row: nothing of ours
            continue
        trace = fixture.provenance.trace if fixture.provenance else ""
        if fixture.id in row_ids or trace in traces:
            found |= {fixture.id, fixture.digest.removeprefix("sha256:")[:_CACHED_DIGITS]}
    return frozenset(found)
