"""Recorded model answers in files: one that this run appends to, and those of earlier runs. Answers stay on the disk,
their places in memory. Knows nothing of who may hear them.
"""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import field
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import NamedTuple, Self

from gate_action.codec.answers import Answer, Header, Line, Place, answer_of, decode_line, encode_answer, encode_header
from gate_action.codec.records import TornLineError
from gate_action.model.dataclass import dataclass

_log = logging.getLogger(__name__)

LONGEST_ANSWER = 8 * 1024 * 1024
"""A longer answer goes through and is not kept."""
MOST_STORED_BYTES = 256 * 1024 * 1024
"""Of a folder that runs share: the oldest files go first."""
_SUFFIX = ".answers.jsonl"


class _Spot(NamedTuple):
    file: int
    offset: int
    length: int


@dataclass(slots=True)
class Tape:
    """From ``open_tape``."""

    _own: FileIO
    _files: list[int]
    """Descriptors; the first is the one that this run appends to."""
    _closing: ExitStack
    _live: dict[tuple[str, str, Place], _Spot] = field(default_factory=dict)
    """By arm, content and place."""
    _stored: dict[tuple[str, Place], _Spot] = field(default_factory=dict)
    _unplaced: dict[tuple[str, str], list[Place]] = field(default_factory=dict)
    """Arm and content -> answers of this run of which nobody knows the trial, in order."""
    _end: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def add(self, arm: str, content: str, place: Place, answer: Answer) -> None:
        """Raises OSError."""
        line = encode_answer(content, place, answer, arm)
        written = self._own.write(line)
        while written < len(line):
            written += self._own.write(line[written:])
        self._place(arm, content, place, _Spot(0, self._end, len(line)))
        self._end += len(line)

    def find(self, arm: str, content: str, place: Place) -> Answer | None:
        """What ``arm`` was answered in this run."""
        spot = self._live.get((arm, content, place))
        return self._read(spot) if spot else None

    def find_stored(self, content: str, place: Place) -> Answer | None:
        """What an earlier run was answered."""
        spot = self._stored.get((content, place))
        return self._read(spot) if spot else None

    def unplaced(self, arm: str, content: str) -> list[Place]:
        """Places of this run's answers to ``content`` of which nobody knows the trial."""
        return self._unplaced.get((arm, content), [])

    def close(self) -> None:
        self._closing.close()

    def load_stored(self, path: Path, since: datetime) -> None:
        """What is there already is newer and stays. A file that is older than ``since``, or altered, is passed over."""
        if not _is_itself(path):
            _log.warning("%s is not what it was stored as, and is passed over", path)
            return
        file = self._open(path)
        for spot, line in _lines(file, path):
            if isinstance(line, Header) and _time(line.recorded_at) < since:
                return
            if isinstance(line, Line):
                self._stored.setdefault((line.content, line.place), spot._replace(file=len(self._files) - 1))

    def resume(self) -> None:
        """Takes over what an interrupted run wrote; a torn last line is cut off."""
        for spot, line in _lines(self._files[0], Path("answers.jsonl")):
            self._end = spot.offset + spot.length
            if isinstance(line, Line):
                self._place(line.arm, line.content, line.place, spot)
        os.truncate(self._own.fileno(), self._end)

    def start(self, header: Header) -> None:
        self._end += self._own.write(encode_header(header))

    def lines_of(self, arms: Iterable[str]) -> Iterator[bytes]:
        """What these arms were answered in this run, as they were written, by content."""
        wanted = frozenset(arms)
        for key in sorted(key for key in self._live if key[0] in wanted):
            spot = self._live[key]
            yield os.pread(self._files[0], spot.length, spot.offset)

    def _place(self, arm: str, content: str, place: Place, spot: _Spot) -> None:
        self._live[arm, content, place] = spot
        if not place.fixture_id:
            self._unplaced.setdefault((arm, content), []).append(place)

    def _read(self, spot: _Spot) -> Answer:
        line = decode_line(os.pread(self._files[spot.file], spot.length, spot.offset))
        assert isinstance(line, Line)  # noqa: S101  # only their spots are kept
        return answer_of(line)

    def _open(self, path: Path) -> int:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        self._closing.callback(os.close, file)
        self._files.append(file)
        return file


def open_tape(path: Path) -> Tape:
    """Appends to ``path``, for this user alone. Raises OSError."""
    stack = ExitStack()
    own = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "a+")
    stack.callback(own.close)
    return Tape(own, [own.fileno()], stack)


def find_stored(folder: Path) -> list[Path]:
    """Files of recordings, the newest first."""
    found = [path for path in folder.glob(f"*{_SUFFIX}") if path.is_file() and not path.is_symlink()]
    return sorted(found, key=lambda path: (-path.stat().st_mtime, path.name))


def store_lines(folder: Path, header: Header, lines: Iterable[bytes]) -> Path | None:
    """A new file, named by its content; None: there was nothing to store. The oldest make room. Raises OSError."""
    content = b"".join(lines)
    if not content:
        return None
    content = encode_header(header) + content
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(content).hexdigest()}{_SUFFIX}"
    fresh = folder / f".{path.name}.{os.getpid()}"
    with FileIO(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
        view = memoryview(content)
        while view:
            view = view[file.write(view) :]
    fresh.replace(path)
    _make_room(folder)
    return path


def _make_room(folder: Path) -> None:
    total = 0
    for path in find_stored(folder):
        total += path.stat().st_size
        if total > MOST_STORED_BYTES:
            path.unlink(missing_ok=True)


def _is_itself(path: Path) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.name.removesuffix(_SUFFIX)


def _lines(file: int, path: Path) -> Iterator[tuple[_Spot, Header | Line]]:
    offset = 0
    with os.fdopen(os.dup(file), "rb") as opened:
        opened.seek(0)
        for raw in opened:
            try:
                line = decode_line(raw)
                if isinstance(line, Line):
                    answer_of(line)
            except TornLineError:
                _log.warning("%s: what comes after byte %d is torn, and is passed over", path.name, offset)
                return
            yield _Spot(0, offset, len(raw)), line
            offset += len(raw)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
