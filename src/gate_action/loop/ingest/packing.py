"""The parts of a trace that may still grow, packed into one small value and back. Texts that the trace's one turn has
are not kept a second time.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from operator import itemgetter

import msgspec
import zstandard

from gate_action.loop.ingest.assembling import Assembled
from gate_action.loop.ingest.seam import Part
from gate_action.loop.texts import TEXTS

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Part]).decode
_PIECE = 8_192
"""Bytes of a row of ``pending``, the most."""


class Packer:
    """One for each thread."""

    def __init__(self) -> None:
        self._compress = zstandard.ZstdCompressor(level=1).compress
        self._decompress = zstandard.ZstdDecompressor().decompress

    def pack(self, trace: Mapping[str, Part], made: list[Assembled]) -> bytes:
        """``made``: the turns of it. A trace with its root and every parent is kept without the texts of its turn."""
        parts: Iterable[Part] = trace.values()
        if len(made) == 1 and _is_whole(trace):
            parts = map(without_texts, parts)
        return self._compress(_encode(list(parts)))

    @staticmethod
    def cut(packed: bytes) -> Sequence[bytes]:
        """The rows of ``pending`` that hold it, in their order."""
        return [packed[start : start + _PIECE] for start in range(0, len(packed), _PIECE)]

    @staticmethod
    def join(rows: Iterable[tuple[str, int, bytes]]) -> dict[str, bytes]:
        """``rows``: trace, place and piece, in any order. Trace -> what was packed."""
        pieces: dict[str, list[bytes]] = {}
        for trace_id, _, piece in sorted(rows, key=itemgetter(1)):
            pieces.setdefault(trace_id, []).append(piece)
        return {trace_id: b"".join(of_trace) for trace_id, of_trace in pieces.items()}

    def unpack(self, packed: bytes) -> dict[str, Part]:
        return {part.span_id: part for part in _decode(self._decompress(packed))}


def without_texts(part: Part) -> Part:
    left = tuple([name for name in TEXTS if getattr(part, name)])
    lean = copy(part)
    for name in left:
        setattr(lean, name, "")
    lean.left = left
    return lean


def is_known(part: Part, known: Part | None) -> bool:
    """Has it been read before, as it is? What one of the two has left to its turn is not compared."""
    if known is None or (part.left is None) == (known.left is None):
        return part == known
    return without_texts(part) == known if part.left is None else part == without_texts(known)


def give_back(trace: Mapping[str, Part], span_id: str, texts: Mapping[str, str]) -> None:
    """The turn's texts, to the spans that they came from: the turn's own, else the first; for the output the last."""
    ordered = sorted(trace.values(), key=lambda part: (part.span_id != span_id, part.start_us, part.span_id))
    for name, text in texts.items():
        having = [part for part in ordered if name in (part.left or ())]
        if name == "tool_calls":
            having = [part for part in having if part.kind == "tool"] or having
        is_last = name == "output" and bool(having) and having[0].span_id != span_id
        for part in having[-1:] if is_last else having[:1]:
            setattr(part, name, text)
    for part in ordered:
        part.left = None


def _is_whole(trace: Mapping[str, Part]) -> bool:
    return all(part.parent_id in trace or not part.parent_id for part in trace.values())
