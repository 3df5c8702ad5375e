"""Answers from recordings that an earlier step wrote: JSONL, a row a trial. Runs nothing; holds no answer in memory."""

import logging
from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, BinaryIO, ClassVar, NamedTuple

import msgspec

from gate_action.clients.children.protocol import Answer, attempt_of, nests_too_deeply, quote
from gate_action.errors import ConfigError, Problem, StoreError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.protocols import Try
from gate_action.model.run import Build
from gate_action.model.trial import Arm, Attempt, Fault, TrialError, Unmeasured

_log = logging.getLogger(__name__)
_WORD, _HALF_WORD = (1 << 64) - 1, (1 << 32) - 1
_SPREAD = 0x9E3779B97F4A7C15
"""Odd, so that the attempts of a fixture have keys of their own; and far apart."""
_PROBLEMS = 50


class Row(Answer, frozen=True, kw_only=True):
    """docs/contracts.md, 4."""

    fixture_id: str
    attempt: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """None: the count of earlier rows of this fixture."""


class _Line(NamedTuple):
    number: int
    """1-based."""
    offset: int
    content: bytes


_decode = msgspec.json.Decoder(Row).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    needs_folder: ClassVar[bool] = False

    base: str
    """The recording of base: a path from ``workspace``, or absolute."""
    head: str
    workspace: str = field(default=".", metadata={"anchored": True})
    """The folder that paths start from, taken from the repository's top."""

    @asynccontextmanager
    async def open(self, build: Build, limits: Limits) -> AsyncIterator[Try]:
        """Raises ConfigError with every row that cannot be used."""
        path = Path(self.workspace, self.base if build.arm is Arm.BASE else self.head)
        with _opened(path) as file:
            recording = Recording(file, str(path), limits.max_output_bytes)
            yield partial(_replay, recording)
            if recording.unread:
                _log.warning(
                    "%s: %d of %d rows were not asked for: of other fixtures, or of attempts beyond policy.trials",
                    *(path, recording.unread, recording.rows),
                )


class Recording:
    """Finds a row by fixture and attempt: a key and an offset a row, sorted, 17 bytes. Keys are hashes: the row tells
    whether it is meant.
    """

    def __init__(self, file: BinaryIO, name: str, longest: int) -> None:
        self._file = file
        self._name = name
        self._longest = longest
        self._problems: list[Problem] = []
        self._keys, self._offsets = self._index()
        self._is_found = bytearray(len(self._keys))
        self._refuse_duplicates()
        if self._problems:
            told = sorted(self._problems, key=lambda problem: problem.line or 0)[:_PROBLEMS]
            raise ConfigError(f"{name} holds {len(self._problems)} rows that cannot be used", problems=tuple(told))

    @property
    def rows(self) -> int:
        return len(self._keys)

    @property
    def unread(self) -> int:
        """Rows that nobody asked for so far."""
        return self._is_found.count(0)

    def find(self, fixture_id: str, attempt: int) -> Row | None:
        """Raises StoreError when the file is not what it was when it was opened."""
        key = _key(fixture_id, attempt)
        place = bisect_left(self._keys, key)
        while place < len(self._keys) and self._keys[place] == key:
            row = self._row_at(self._offsets[place])
            if row.fixture_id == fixture_id and row.attempt in (attempt, None):
                self._is_found[place] = 1
                return row
            place += 1
        return None

    def _row_at(self, offset: int) -> Row:
        self._file.seek(offset)
        try:
            return _decode(self._file.readline())
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise StoreError(f"{self._name} was changed while it was being read: {error}") from error

    def _index(self) -> "tuple[array[int], array[int]]":
        """Keys, sorted, and their rows' offsets."""
        hashes, attempts, offsets = array("Q"), array("I"), array("Q")
        uncounted = bytearray()
        for number, offset, line in _rows(self._file, self._longest):
            row = self._read(line)
            if isinstance(row, str):
                self._problems.append(Problem(path=self._name, line=number, message=row))
                continue
            hashes.append(hash(row.fixture_id) & _WORD)
            attempts.append((row.attempt or 0) & _HALF_WORD)
            offsets.append(offset)
            uncounted.append(row.attempt is None)
        _sort(hashes, attempts, offsets, uncounted)
        return hashes, offsets

    def _read(self, line: bytes) -> Row | str:
        """The row, or what is wrong with it."""
        if len(line) > self._longest:
            return f"the row is longer than {self._longest} bytes"
        try:
            row = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return f"{error}: {quote(line)}"
        if row.output is msgspec.UNSET and row.error is None:
            return "the row has neither output nor error"
        return "the row is nested too deeply" if nests_too_deeply(line) else row

    def _refuse_duplicates(self) -> None:
        """Two rows of one hash and one fixture are two of one attempt."""
        for place, (key, following) in enumerate(pairwise(self._keys)):
            if key != following:
                continue
            first, second = self._offsets[place], self._offsets[place + 1]
            row = self._row_at(second)
            if self._row_at(first).fixture_id == row.fixture_id:
                message = (
                    f"a second row for this attempt of {row.fixture_id!r}; the first is in line {self._line(first)}"
                )
                self._problems.append(Problem(path=self._name, line=self._line(second), message=message))

    def _line(self, offset: int) -> int:
        self._file.seek(0)
        return self._file.read(offset).count(b"\n") + 1


async def _replay(recording: Recording, fixture: Fixture, attempt: int) -> Attempt:
    row = recording.find(fixture.id, attempt)
    if row is None:
        detail = f"the recording has no row for attempt {attempt} of {fixture.id!r}"
        return Attempt(outcome=TrialError(fault=Fault.NOT_RECORDED, detail=detail))
    return attempt_of(row, Unmeasured.NOT_REPORTED)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        problem = Problem(path=str(path), message=error.strerror or str(error), hint="an earlier step writes it")
        raise ConfigError("a recording cannot be read", problems=(problem,)) from error
    with file:
        yield file


def _rows(file: BinaryIO, longest: int) -> Iterator[_Line]:
    """Lines that are not blank; of one that is too long no more than tells that it is."""
    number, offset = 0, 0
    while line := file.readline(longest + 1):
        number += 1
        length = len(line)
        while len(line) > longest and not line.endswith(b"\n") and (more := file.readline(longest + 1)):
            length += len(more)
            if more.endswith(b"\n"):
                break
        if line.strip():
            yield _Line(number, offset, line)
        offset += length


def _key(fixture_id: str, attempt: int) -> int:
    return (hash(fixture_id) + (attempt & _HALF_WORD) * _SPREAD) & _WORD


def _sort(hashes: "array[int]", attempts: "array[int]", offsets: "array[int]", uncounted: bytearray) -> None:
    """Where they are: hashes of ids become keys, and both these and the offsets are sorted by them.

    Of a row that is ``uncounted`` the attempt is the count of its fixture's rows before it.
    """
    import numpy as np  # not where an answer is only described

    keys, counts = np.frombuffer(hashes, np.uint64), np.frombuffer(attempts, np.uint32)
    if any(uncounted):
        order = np.argsort(keys, kind="stable")
        is_first = np.concatenate([[True], np.diff(keys[order]) != 0])
        if not is_first.all():
            starts = np.flatnonzero(is_first)
            ranks = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
            counts[order] = np.where(np.frombuffer(uncounted, np.bool_)[order], ranks, counts[order])
    keys += counts * np.uint64(_SPREAD)
    order = np.argsort(keys, kind="stable")
    for column in (keys, np.frombuffer(offsets, np.uint64)):
        column[:] = column[order]
