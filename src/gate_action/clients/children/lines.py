"""Cuts a stream of bytes into lines while holding no more of it than one line of bounded length."""

from typing import NamedTuple

_DRAINED_BYTES = 64 * 2**20
"""How much of one endless line is read and thrown away before it is called endless."""
_BEGINNING_BYTES = 200


class Oversized(NamedTuple):
    """A line longer than the limit: its beginning, and whether it is so long that nobody waits for its end."""

    beginning: bytes
    is_endless: bool


class LineSplitter:
    """Cuts a stream into lines of at most ``limit`` bytes; holds no more than that of it."""

    def __init__(self, limit: int, drained: int = _DRAINED_BYTES) -> None:
        self._limit = limit
        self._drained = drained
        self._rest = bytearray()
        self._skipped = 0

    def feed(self, chunk: bytes) -> list[bytes | Oversized]:
        """The lines that ``chunk`` completes, in order. An oversized one is told once, when it grows too long."""
        *complete, rest = chunk.split(b"\n")
        found: list[bytes | Oversized] = []
        for piece in complete:
            found += self._extend(piece)
            if not self._skipped:
                found.append(bytes(self._rest))
            self._rest.clear()
            self._skipped = 0
        return found + self._extend(rest)

    def _extend(self, piece: bytes) -> list[Oversized]:
        before = self._skipped
        if before:
            self._skipped += len(piece)
            is_endless = before <= self._drained < self._skipped
            return [Oversized(bytes(self._rest), is_endless=True)] if is_endless else []
        if len(self._rest) + len(piece) <= self._limit:
            self._rest += piece
            return []
        self._skipped = len(self._rest) + len(piece)
        self._rest += piece[:_BEGINNING_BYTES]
        del self._rest[_BEGINNING_BYTES:]
        return [Oversized(bytes(self._rest), is_endless=self._skipped > self._drained)]
