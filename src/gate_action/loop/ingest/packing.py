"""The parts of a trace that may still grow, packed into one small value and back."""

from collections.abc import Iterable

import msgspec
import zstandard

from gate_action.loop.ingest.seam import Part

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Part]).decode


class Packer:
    """One for each thread."""

    def __init__(self) -> None:
        self._compress = zstandard.ZstdCompressor(level=1).compress
        self._decompress = zstandard.ZstdDecompressor().decompress

    def pack(self, parts: Iterable[Part]) -> bytes:
        return self._compress(_encode(list(parts)))

    def unpack(self, packed: bytes) -> list[Part]:
        return _decode(self._decompress(packed))
