"""A place in a text that must not be shown, and how overlapping places become one."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Find(NamedTuple):
    """``text[start:end]`` is a ``kind``. ``value``: what it says once folded and decoded; it stays in memory."""

    kind: str
    start: int
    end: int
    value: str


GENERIC = frozenset({"secret", "encoded"})
"""Kinds that say little: where another one overlaps, it names the find."""


def merge(finds: Iterable[Find]) -> tuple[Find, ...]:
    """In order, none overlapping. Overlapping ones become one that covers all, named for the one that says most."""
    merged: list[list[Find]] = []
    end = -1
    for find in sorted(finds, key=lambda find: find.start):
        if find.start < end:
            merged[-1].append(find)
        else:
            merged.append([find])
        end = max(end, find.end)
    return tuple(_union(group) for group in merged)


def _union(group: Sequence[Find]) -> Find:
    telling = max(group, key=lambda find: (find.kind not in GENERIC, find.end - find.start))
    return telling._replace(start=min(find.start for find in group), end=max(find.end for find in group))
