"""A file's bytes -> what is packed in them: gzip, zstd or nothing, told from the first bytes. Bounded in memory."""

import gzip
import io
import zlib
from typing import Protocol

import zstandard

from gate_action.errors import GateError

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_WINDOW = 64 * 2**20
"""Of zstd, at most: a frame can ask for 2 GB."""
_RATIO, _FREE = 250, 256 * 2**20
"""How many times its size a file may unpack to, beyond the first 256 MB."""
_CHUNK = 2**20
_SIP = 2**11
"""Of packed zstd at once: a block of four bytes can unpack to 128 kB."""


class Bytes(Protocol):
    """A stream that is read once."""

    def read(self, size: int, /) -> bytes: ...


class PackingError(GateError):
    """The file ends too early, is broken, or unpacks to more than is read. The message says which."""

    def __init__(self, message: str, *, is_too_large: bool = False) -> None:
        super().__init__(message)
        self.is_too_large = is_too_large


class Peekable:
    """A stream whose beginning can be looked at."""

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream
        self._head = b""

    def peek(self, size: int) -> bytes:
        """Up to ``size`` bytes, fewer at the end."""
        while len(self._head) < size and (more := self._stream.read(size - len(self._head))):
            self._head += more
        return self._head[:size]

    def read(self, size: int, /) -> bytes:
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        return self._stream.read(size)


class _Counted:
    """Knows how much of the packed file was read."""

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream
        self.count = 0

    def read(self, size: int = _CHUNK, /) -> bytes:
        chunk = self._stream.read(size)
        self.count += len(chunk)
        return chunk


class _Unpacked:
    """Turns what the libraries raise into PackingError, and ends what unpacks without end."""

    def __init__(self, stream: Bytes, packed: _Counted) -> None:
        self._stream = stream
        self._packed = packed
        self._count = 0

    def read(self, size: int, /) -> bytes:
        try:
            chunk = self._stream.read(size)
        except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
            raise PackingError(f"the packing is broken or ends too early: {error}") from error
        self._count += len(chunk)
        if self._count > _FREE + _RATIO * self._packed.count:
            message = f"it unpacks to more than {_RATIO} times its size"
            raise PackingError(message, is_too_large=True)
        return chunk


def unpack(stream: Bytes) -> tuple[Peekable, bool]:
    """What the file holds, and whether it was packed. Raises PackingError while it is read."""
    counted = _Counted(stream)
    packed = Peekable(counted)
    head = packed.peek(4)
    if head[:2] == GZIP:
        return Peekable(_Unpacked(_Gzip(packed), counted)), True
    if head == ZSTD:
        return Peekable(_Unpacked(_Zstd(packed), counted)), True
    return packed, False


def unpack_message(message: bytes, limit: int) -> bytes:
    """One message of a framed file. Raises PackingError."""
    try:
        if message[:4] == ZSTD:
            plain = _read_up_to(_Zstd(io.BytesIO(message)), limit + 1)
        elif message[:2] == GZIP:
            plain = gzip.GzipFile(fileobj=io.BytesIO(message)).read(limit + 1)
        else:
            return message
    except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
        raise PackingError(f"the message's packing is broken: {error}") from error
    if len(plain) > limit:
        raise PackingError(f"the message unpacks to more than {limit:,} bytes", is_too_large=True)
    return plain


def _read_up_to(stream: Bytes, size: int) -> bytes:
    chunks: list[bytes] = []
    while size > 0 and (chunk := stream.read(size)):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


class _Gzip:
    """Its members, one after the other. Of one that is torn, what comes before the tear."""

    def __init__(self, stream: Bytes) -> None:
        self._file = gzip.GzipFile(fileobj=io.BufferedReader(_Raw(stream), _CHUNK), mode="rb")

    def read(self, size: int, /) -> bytes:
        return self._file.read1(size)  # `read` would lose what it has when the file ends too early


class _Zstd:
    """Its frames, one after the other. The library's own reader takes the end of the file for the end of a frame."""

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream
        self._library = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        self._frame = self._library.decompressobj()
        self._is_within = False
        self._packed = b""
        self._plain = io.BytesIO()

    def read(self, size: int, /) -> bytes:
        while not (chunk := self._plain.read(size)) and self._unpack_some():
            pass
        return chunk

    def _unpack_some(self) -> bool:
        """Is there more?"""
        packed = self._packed or self._stream.read(_SIP)
        if not packed:
            if self._is_within:
                raise EOFError("the file ends within a frame")
            return False
        self._plain = io.BytesIO(self._frame.decompress(packed))
        self._packed = self._frame.unused_data
        self._is_within = not self._frame.eof
        if self._frame.eof:
            self._frame = self._library.decompressobj()
        return True


class _Raw(io.RawIOBase):
    """As much of a file as gzip wants to see."""

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # the buffer protocol's narrower name
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)
