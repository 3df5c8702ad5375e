"""Knows clusters again from one cycle to the next by the turns that they share. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Turns = frozenset[str]
_LEAST_KEPT = 0.3
"""Of an old cluster's turns that are still looked at: with fewer in a new group, it is not the same one."""
_MOST = 0.5
"""From this share of an old cluster's turns on, a group that another one has taken over has swallowed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    ids: tuple[str, ...]
    """Of each new group; empty: it is new."""
    split_from: Mapping[int, str]
    """A new group that took a part of an old cluster, which goes on as another."""
    merged_into: Mapping[str, str]
    """An old cluster -> the one that goes on with its turns."""


def match(old: Mapping[str, Turns], new: Sequence[Turns]) -> Matched:
    """One to one, by the largest sum of Jaccard overlaps (Kuhn 1955), each pair with at least 0.3 of the old turns.

    ``old``: turns by id, of those that could have come into a group again. The order of ``old`` does not matter.
    """
    names = sorted(name for name, turns in old.items() if turns)
    if not names or not new:
        return Matched(ids=("",) * len(new), split_from={}, merged_into={})
    from scipy.optimize import linear_sum_assignment

    shared = np.array([[len(old[name] & group) for group in new] for name in names], dtype=float)
    sizes = np.array([[len(old[name] | group) for group in new] for name in names], dtype=float)
    kept = shared / np.array([[len(old[name])] for name in names])
    overlap = np.where(kept >= _LEAST_KEPT, shared / sizes, 0.0)
    rows, columns = linear_sum_assignment(-overlap)
    pairs = {int(column): int(row) for row, column in zip(rows, columns, strict=True) if overlap[row, column] > 0}
    ids = tuple(names[pairs[place]] if place in pairs else "" for place in range(len(new)))
    return Matched(ids=ids, split_from=_splits(ids, names, kept), merged_into=_merges(ids, names, kept))


def _splits(
    ids: Sequence[str], names: Sequence[str], kept: "np.ndarray[tuple[int, int], np.dtype[np.float64]]"
) -> Mapping[int, str]:
    splits = {}
    for place, name in enumerate(ids):
        row = int(kept[:, place].argmax())
        if not name and kept[row, place] >= _LEAST_KEPT:
            splits[place] = names[row]
    return splits


def _merges(
    ids: Sequence[str], names: Sequence[str], kept: "np.ndarray[tuple[int, int], np.dtype[np.float64]]"
) -> Mapping[str, str]:
    merges = {}
    for row, name in enumerate(names):
        place = int(kept[row].argmax())
        if name not in ids and kept[row, place] >= _MOST and ids[place]:
            merges[name] = ids[place]
    return merges
