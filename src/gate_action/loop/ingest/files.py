"""Files as a source: each is read on from where it ended the last time, in batches, and its cursor says how far."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from gate_action.clients.extras import check_extra
from gate_action.clients.stores.objects import Place
from gate_action.config.loop.ingest import FilesSource
from gate_action.errors import NotEvaluatedError
from gate_action.loop.ingest.cutting import (
    LIMIT,
    Piece,
    Shape,
    cut_frames,
    cut_lines,
    cut_whole,
    find_shape,
    name_unread,
)
from gate_action.loop.ingest.documents import Documents
from gate_action.loop.ingest.gathering import Gathering
from gate_action.loop.ingest.places import Found, find_local, find_stored
from gate_action.loop.ingest.rows import Rows
from gate_action.loop.ingest.seam import FULL, Batch
from gate_action.loop.ingest.tables import cut_rows
from gate_action.loop.ingest.understanding import Understanding
from gate_action.loop.ingest.unpacking import Bytes, PackingError, Peekable, unpack, unpack_message
from gate_action.model.loop import FaultKind

_PROBED = 1024
"""Bytes of a file's beginning and end that tell whether it is still the same file."""


class FileCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far one file has been read."""

    size: int
    stamp: str
    """With the size: nothing has changed."""
    offset: int = 0
    """Where to read on. 0: the file is read as a whole, or not at all."""
    shape: str = ""
    head: str = ""
    """Digest of its first bytes, as many as are probed or lie before ``offset``."""
    tail: str = ""
    """Digest of the last bytes before ``offset``."""
    rows: str = ""
    """Digest of the mapping that it was read with: another one reads it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesReader:
    """A Reader of files, folders, globs and buckets."""

    source: str
    settings: FilesSource
    repository: Path
    understanding: Understanding
    now: datetime
    """UTC, without a zone."""

    def read(self, cursors: Mapping[str, str]) -> Iterator[Batch]:
        return self.read_places(self.find(), cursors)

    def read_places(self, places: Iterable[Found], cursors: Mapping[str, str]) -> Iterator[Batch]:
        """Those that have changed since ``cursors``; the others are not opened."""
        files = list(places)
        gathering = Gathering(self.source, self.understanding, self.now)
        gathering.is_held_back = not any(file.name in cursors for file in files)
        rows = Rows(gathering, self.settings.rows)
        for file in files:
            written = cursors.get(file.name)
            cursor = msgspec.json.decode(written, type=FileCursor) if written else None
            if cursor is not None and (cursor.size, cursor.stamp, cursor.rows) == (file.size, file.stamp, rows.digest):
                continue
            yield from _FilePass(file, cursor, gathering, rows).read()
        yield gathering.take()
        if gathering.is_held_back and gathering.is_foreign:
            raise NotEvaluatedError(
                f"nothing of {self.settings.path} could be understood",
                hint="of rows, say what their columns mean: `rows:` of a source in gate.yaml (docs/loop-ingest.md)",
            )

    def find(self) -> Iterator[Found]:
        settings = self.settings
        if "://" not in settings.path:
            return find_local(settings.path, self.repository)
        check_extra("stores", f"reading {settings.path}")
        return find_stored(
            Place(
                url=settings.path,
                endpoint=settings.endpoint,
                region=settings.region,
                key=settings.access_key,
                secret=settings.secret_key,
            )
        )


class _FilePass:
    """One file, read once."""

    def __init__(self, file: Found, cursor: FileCursor | None, gathering: Gathering, rows: Rows) -> None:
        self._file = file
        self._cursor = cursor
        self._to = gathering
        self._rows = rows
        self._documents = Documents(gathering, rows)

    def read(self) -> Iterator[Batch]:
        try:
            start = self._find_start()
            if self._cursor is not None:
                self._to.reread.append(f"{self._file.name}@{start}" if start else self._file.name)
            with self._file.open(start) as stream:
                yield from self._read_from(start, stream)
        except OSError as error:
            self._to.fault(self._file.name, FaultKind.UNREADABLE, f"it cannot be read: {error.strerror or error}")

    def _find_start(self) -> int:
        """The offset from which on it is new: after what was read, if that still stands there."""
        cursor = self._cursor
        is_new = cursor is None or cursor.rows != self._rows.digest
        if cursor is None or is_new or not cursor.offset or self._file.size < cursor.offset:
            return 0
        head, tail = self._probe(cursor.offset)
        return cursor.offset if (head, tail) == (cursor.head, cursor.tail) else 0

    def _probe(self, offset: int) -> tuple[str, str]:
        """Digests of the first bytes and of the last ones before ``offset``."""
        length = min(_PROBED, offset)
        with self._file.open(0) as stream:
            head = _read_all(stream, length)
        with self._file.open(offset - length) as stream:
            tail = _read_all(stream, length)
        return hashlib.sha256(head).hexdigest()[:32], hashlib.sha256(tail).hexdigest()[:32]

    def _read_from(self, start: int, raw: Bytes) -> Iterator[Batch]:
        if start and self._cursor is not None:
            stream, is_packed, shape = Peekable(raw), False, Shape(self._cursor.shape)
        else:
            (stream, is_packed), shape = unpack(raw), Shape.LINES
        resumed = start
        self._rows.begin()
        try:
            if not start:
                shape = self._find_shape(stream)
            if shape is Shape.TABLE:
                yield from self._read_table(stream)
            for piece in self._cut(stream, shape, start):
                if self._add(piece, shape):
                    resumed = piece.end
                self._to.size += len(piece.content)
                if self._to.size >= FULL:
                    if not is_packed:
                        self._to.cursors[self._file.name] = self._at(resumed, shape, is_done=False)
                    yield self._to.take()
        except PackingError as error:
            kind = FaultKind.TOO_LARGE if error.is_too_large else FaultKind.TORN
            self._to.fault(self._file.name, kind, str(error))
        if not start:
            self._rows.tell_missing(self._file.name, is_table=shape is Shape.TABLE)
        is_resumable = not is_packed and shape in {Shape.LINES, Shape.FRAMED}
        self._to.cursors[self._file.name] = self._at(resumed if is_resumable else 0, shape, is_done=True)

    def _find_shape(self, stream: Peekable) -> Shape:
        if unread := name_unread(stream):
            self._to.fault(self._file.name, FaultKind.FOREIGN, f"this is {unread}")
            return Shape.EMPTY
        return find_shape(stream)

    def _read_table(self, stream: Peekable) -> Iterator[Batch]:
        for row in cut_rows(stream):
            place = f"{self._file.name}:{row.number}"
            self._to.size += row.size
            if row.cells is None:
                self._to.fault(place, FaultKind.TORN if row.is_torn else FaultKind.NOT_TEXT, row.message)
            elif not self._documents.add_row(row.cells, place):
                self._to.fault(place, FaultKind.FOREIGN, "no mapping of rows reads this table, and no export looks so")
                return
            if self._to.size >= FULL:
                yield self._to.take()

    def _cut(self, stream: Peekable, shape: Shape, start: int) -> Iterator[Piece]:
        match shape:
            case Shape.LINES:
                return cut_lines(stream, start)
            case Shape.TABLE:
                return iter(())
            case Shape.FRAMED:
                return cut_frames(stream, start)
            case Shape.PROTOBUF | Shape.DOCUMENT:
                return cut_whole(stream)
            case Shape.EMPTY:
                return iter(())

    def _add(self, piece: Piece, shape: Shape) -> bool:
        """Is it done with, so that reading goes on behind it the next time?"""
        place = f"{self._file.name}@{piece.offset}"
        if piece.is_too_large:
            self._to.fault(place, FaultKind.TOO_LARGE, f"longer than the {LIMIT:,} bytes that are read")
            return True
        if shape is Shape.FRAMED:
            return self._add_frame(piece, place)
        if shape is Shape.PROTOBUF:
            self._documents.add_protobuf(piece.content, place)
            return True
        if shape is Shape.DOCUMENT and not self._documents.is_json(piece.content):
            for line in cut_lines(io.BytesIO(piece.content), piece.offset):  # a first line that is broken
                self._add(line, Shape.LINES)
            return True
        is_read = self._documents.add_json(piece.content, place, is_whole=piece.is_whole)
        return is_read or piece.is_whole

    def _add_frame(self, piece: Piece, place: str) -> bool:
        if not piece.is_whole:
            self._to.fault(place, FaultKind.TORN, "the file ends within this message; it is read again once it grows")
            return False
        try:
            content = unpack_message(piece.content, LIMIT)
        except PackingError as error:
            self._to.fault(place, FaultKind.TOO_LARGE if error.is_too_large else FaultKind.NOT_PROTOBUF, str(error))
            return True
        if content[:1] == b"{":
            self._documents.add_json(content, place)
        else:
            self._documents.add_protobuf(content, place)
        return True

    def _at(self, offset: int, shape: Shape, *, is_done: bool) -> str:
        head, tail = self._probe(offset) if offset else ("", "")
        cursor = FileCursor(
            size=self._file.size if is_done else offset,
            stamp=self._file.stamp if is_done else "",
            offset=offset,
            shape=shape if offset else "",
            head=head,
            tail=tail,
            rows=self._rows.digest,
        )
        return msgspec.json.encode(cursor).decode()


def _read_all(stream: Bytes, size: int) -> bytes:
    chunks = b""
    while len(chunks) < size and (chunk := stream.read(size - len(chunks))):
        chunks += chunk
    return chunks
