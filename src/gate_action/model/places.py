"""Ids by place and places by id, in a fifth of what a dict and its texts take."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import overload

_FEWEST_SLOTS = 1 << 12


class Places(Mapping[str, int]):
    """A place for each id, in the order in which they were added: some thirty bytes beside the id's own.

    The ids stand one after the other in one text. They are found by open addressing with linear probing (Knuth, The Art
    of Computer Programming, 6.4): a slot holds a place plus 1, or 0, and at most every second one is taken.
    """

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q", [0])
        self._slots = array("I", bytes(4 * _FEWEST_SLOTS))
        self._last: tuple[str, int] = ("", -1)
        """What was found last: who asks for an id asks for it again."""

    def add(self, fixture_id: str) -> bool:
        """No: it is there."""
        slot = self._slot(fixture_id)
        if self._slots[slot]:
            return False
        self._text += _spell(fixture_id)
        self._ends.append(len(self._text))
        self._slots[slot] = len(self)
        if 2 * len(self) > len(self._slots):
            self._widen()
        return True

    def at(self, place: int) -> str:
        """Raises IndexError."""
        if place < 0:
            raise IndexError(place)
        ends = self._ends
        return self._text[ends[place] : ends[place + 1]].decode("utf-8", "surrogatepass")

    def __getitem__(self, fixture_id: str) -> int:
        last, place = self._last
        if fixture_id == last and place >= 0:
            return place
        place = self._slots[self._slot(fixture_id)] - 1
        if place < 0:
            raise KeyError(fixture_id)
        self._last = (fixture_id, place)
        return place

    def __contains__(self, fixture_id: object) -> bool:
        return isinstance(fixture_id, str) and self._slots[self._slot(fixture_id)] > 0

    def __iter__(self) -> Iterator[str]:
        return map(self.at, range(len(self)))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def _slot(self, fixture_id: str) -> int:
        """Where it stands, or would."""
        slots, ends, text = self._slots, self._ends, self._text
        wanted, mask = _spell(fixture_id), len(slots) - 1
        slot = hash(fixture_id) & mask
        while (count := slots[slot]) and text[ends[count - 1] : ends[count]] != wanted:
            slot = (slot + 1) & mask
        return slot

    def _widen(self) -> None:
        mask = 2 * len(self._slots) - 1
        slots = self._slots = array("I", bytes(4 * (mask + 1)))
        for count, fixture_id in enumerate(self, start=1):
            slot = hash(fixture_id) & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = count


class Ids(Sequence[str]):
    """Those of places, in their order."""

    def __init__(self, places: Places) -> None:
        self._places = places

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self._places.at(at) for at in range(*place.indices(len(self)))]
        return self._places.at(place)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __contains__(self, fixture_id: object) -> bool:
        return fixture_id in self._places

    def __len__(self) -> int:
        return len(self._places)

    @property
    def is_in_order(self) -> bool:
        return all(one < other for one, other in pairwise(self))


def in_order(places: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    """The ids, sorted, each with its place."""
    if isinstance(places, Places) and Ids(places).is_in_order:
        return zip(places, range(len(places)), strict=True)
    return ((fixture_id, places[fixture_id]) for fixture_id in sorted(places))


def _spell(fixture_id: str) -> bytes:
    return fixture_id.encode("utf-8", "surrogatepass")
