"""An unpacked stream -> its pieces with their offsets: lines, framed messages, or one whole. Told from the content."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from gate_action.loop.ingest.unpacking import GZIP, ZSTD, Bytes, Peekable

LIMIT = 32 * 2**20
"""Bytes of one line, message or whole document."""
_CHUNK = 2**20
_LOOKED_AT = 64 * 2**10
_BOM = b"\xef\xbb\xbf"
_FRAME = 4
_BELOW_TEXT = 8
"""First byte of a frame's length up to 128 MB: no text begins so."""
_MESSAGES = (b"\x0a", b"{", GZIP, ZSTD)
"""How a framed message begins."""
_FIRST_FIELD = b"\x0a"
_FIELDS = frozenset(b"\x0a\x12\x1a")
"""What a ResourceSpans or ResourceLogs begins with."""


_UNREAD = {
    b"PAR1": "Parquet: export JSON lines or CSV",
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"BZh": "packed by bzip2: unpack it first, gzip and zstd are read",
    b"\xfd7zXZ\0": "packed by xz: unpack it first, gzip and zstd are read",
    b"\x04\x22\x4d\x18": "packed by lz4: unpack it first, gzip and zstd are read",
    b"SQLite format 3\0": "an SQLite database",
}
"""Files that people have, and no line of which can be read."""


class Shape(StrEnum):
    LINES = "lines"
    FRAMED = "framed"
    PROTOBUF = "protobuf"
    """One message, the whole file."""
    DOCUMENT = "document"
    """One JSON value over many lines."""
    TABLE = "table"
    """CSV."""
    EMPTY = "empty"


class Piece(NamedTuple):
    offset: int
    content: bytes
    """Empty, where it is ``too_large``."""
    end: int
    """Offset of what follows."""
    is_whole: bool = True
    """Not: the file ends within it, or a line without a line feed."""
    is_too_large: bool = False


def find_shape(stream: Peekable) -> Shape:
    head = stream.peek(2 * _FRAME)
    if not head:
        return Shape.EMPTY
    if head[0] < _BELOW_TEXT and head[_FRAME:].startswith(_MESSAGES):
        return Shape.FRAMED
    if head[:1] == _FIRST_FIELD and _is_message(stream.peek(16)):
        return Shape.PROTOBUF
    return _shape_of_text(stream.peek(_LOOKED_AT).removeprefix(_BOM).lstrip())


SEPARATORS = (b",", b";", b"\t")
"""What may stand between the cells of a table."""


def name_unread(stream: Peekable) -> str:
    """What the file is, and what to do, where it is of a kind that is not read at all; else empty."""
    head = stream.peek(16)
    return next((name for mark, name in _UNREAD.items() if head.startswith(mark)), "")


def _is_message(head: bytes) -> bool:
    """A length, and behind it a field's tag."""
    for place in range(1, min(6, len(head))):
        if head[place] < 0x80:  # noqa: PLR2004  # a varint's last byte
            return head[place + 1 : place + 2] == b"" or head[place + 1] in _FIELDS
    return False


def _shape_of_text(text: bytes) -> Shape:
    if text[:1] not in {b"{", b"["}:
        is_table = (
            any(mark in text.split(b"\n", 1)[0] for mark in SEPARATORS) and b"\n{" not in text and b"\0" not in text
        )
        return Shape.TABLE if is_table else Shape.LINES
    first, _, rest = text.partition(b"\n")
    second = rest.lstrip()[:1]
    is_open = first.rstrip()[-1:] in {b"{", b"[", b","} and second not in {b"{", b""}
    if is_open or (first.strip() == b"[" and second == b"{"):
        return Shape.DOCUMENT
    return Shape.LINES


def cut_lines(stream: Bytes, offset: int = 0) -> Iterator[Piece]:
    """Lines without their line feed, empty ones left out. ``offset``: where the stream begins in its file."""
    rest = b""
    is_skipping = False
    mark = _BOM if not offset else b""
    while chunk := stream.read(_CHUNK):
        *lines, rest = (rest + chunk if rest else chunk).split(b"\n")
        for line in lines:
            end = offset + len(line) + 1
            if is_skipping:
                is_skipping = False
            elif line and not line.isspace() and line != mark:
                yield Piece(offset, line.removeprefix(mark), end)
            mark = b""
            offset = end
        if len(rest) > LIMIT or is_skipping:
            if not is_skipping:
                yield Piece(offset, b"", offset + len(rest), is_too_large=True)
            is_skipping = True
            offset += len(rest)
            rest = b""
    if rest and not rest.isspace() and not is_skipping:
        yield Piece(offset, rest.removeprefix(mark), offset + len(rest), is_whole=False)


def cut_frames(stream: Bytes, offset: int = 0) -> Iterator[Piece]:
    """Messages behind a big-endian length of four bytes."""
    while head := _read_exactly(stream, _FRAME):
        length = int.from_bytes(head, "big")
        end = offset + _FRAME + length
        if len(head) < _FRAME:
            yield Piece(offset, b"", offset, is_whole=False)
            return
        if length > LIMIT:
            yield Piece(offset, b"", end, is_too_large=True)
            if not _skip(stream, length):
                return
        else:
            content = _read_exactly(stream, length)
            if len(content) < length:
                yield Piece(offset, b"", offset, is_whole=False)
                return
            yield Piece(offset, content, end)
        offset = end


def cut_whole(stream: Bytes) -> Iterator[Piece]:
    content = _read_exactly(stream, LIMIT + 1)
    if len(content) > LIMIT:
        yield Piece(0, b"", 0, is_too_large=True)
    else:
        yield Piece(0, content.removeprefix(_BOM), len(content))


def _read_exactly(stream: Bytes, size: int) -> bytes:
    """Fewer bytes where the stream ends."""
    chunks: list[bytes] = []
    while size and (chunk := stream.read(min(size, _CHUNK))):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _skip(stream: Bytes, size: int) -> bool:
    """Is there so much?"""
    while size and (chunk := stream.read(min(size, _CHUNK))):
        size -= len(chunk)
    return not size
