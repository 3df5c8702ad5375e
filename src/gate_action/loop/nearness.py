"""Which inputs say nearly the same: by their letters, not by their meaning. Pure; knows no file.

A key is a MinHash (Broder 1997) of the input's five-letter pieces, a byte each of 64 permutations (Li and Koenig 2010).
It tells how much two inputs share, and cannot be read back.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gate_action.model.fixture import Fixture, Json, digest_json
from gate_action.model.rejection import Rejection

NEAR = 0.8
"""Share of pieces from which on two inputs are nearly equal."""
_PIECE = 5
_PLACES = 64
_NO_WORD = re.compile(r"[\W_]+")


def near_key(value: Json) -> str:
    """128 hex digits; empty for an input without a letter or digit."""
    text = _NO_WORD.sub(" ", unicodedata.normalize("NFKC", "\n".join(_texts(value))).casefold()).strip()
    if not text:
        return ""
    pieces = {text[at : at + _PIECE] for at in range(max(1, len(text) - _PIECE + 1))}
    hashes = np.array([_hash(piece) for piece in sorted(pieces)], dtype=np.uint64)
    factors, offsets = _permutations()
    lowest = ((hashes[:, None] * factors + offsets) >> np.uint64(16)).min(axis=0)
    places: NDArray[np.uint8] = (lowest & np.uint64(0xFF)).astype(np.uint8)
    return bytes(places).hex()


@dataclass(slots=True)
class Seen:
    """Inputs that are known, and by what name."""

    _digests: dict[str, str] = field(default_factory=dict)
    _keys: list[NDArray[np.uint8]] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)

    def add(self, fixture: Fixture, name: str = "") -> None:
        self._put(digest_json(fixture.input), near_key(fixture.input), name or fixture.id)

    def add_rejection(self, rejection: Rejection) -> None:
        self._put(rejection.input_digest, rejection.near_key, rejection.id)

    def find_equal(self, fixture: Fixture) -> str:
        """The name of what has the same input; empty: nothing has."""
        return self._digests.get(digest_json(fixture.input), "")

    def find_near(self, fixture: Fixture) -> str:
        """The name of what has nearly the same input; empty: nothing has."""
        key = near_key(fixture.input)
        if not key or not self._keys:
            return ""
        equal = (np.stack(self._keys) == _bytes(key)).mean(axis=1)
        at = int(equal.argmax())
        return self._names[at] if _corrected(float(equal[at])) >= NEAR else ""

    def _put(self, digest: str, key: str, name: str) -> None:
        self._digests.setdefault(digest, name)
        if len(key) == 2 * _PLACES and re.fullmatch("[0-9a-f]+", key):  # a file may hold anything
            self._keys.append(_bytes(key))
            self._names.append(name)


def _texts(value: Json) -> Iterator[str]:
    """What the user said; of an input without messages or turns, every text and number in it."""
    match value:
        case {"messages": list() as messages, **others} if not others:
            said = [one.get("content", "") for one in messages if isinstance(one, dict) and one.get("role") == "user"]
            yield from _leaves(said or messages)
        case {"turns": list() as turns, **others} if not others:
            yield from _leaves([one.get("content", "") if isinstance(one, dict) else one for one in turns])
        case _:
            yield from _leaves(value)


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _leaves(entry)
    elif isinstance(value, Sequence):
        for entry in value:
            yield from _leaves(entry)
    elif value is not None:
        yield str(value)


def _hash(piece: str) -> int:
    return int.from_bytes(hashlib.blake2b(piece.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


@cache
def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Odd factors and offsets, modulo 2**64; the same for ever, since keys are kept in repositories."""
    numbers = [_hash(f"gate-action near {place}") for place in range(2 * _PLACES)]
    return np.array(numbers[:_PLACES], dtype=np.uint64) | np.uint64(1), np.array(numbers[_PLACES:], dtype=np.uint64)


def _bytes(key: str) -> NDArray[np.uint8]:
    return np.frombuffer(bytes.fromhex(key), dtype=np.uint8)


def _corrected(equal: float) -> float:
    """Two bytes are equal by chance in one of 256."""
    return max(0.0, (equal - 1 / 256) / (1 - 1 / 256))
