"""Relabelling trials within clusters: all ways where they are few, seeded random ones otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gate_action.comparison.blocks import Block, Pairs
from gate_action.comparison.evidence import Bools, Floats, Ints

MOST_WAYS = 1000
"""More ways than this to relabel one cluster are not listed: that many balanced random ones stand for them."""
CHUNK_CELLS = 4_000_000
"""Relabellings x fixtures worked on at once: bounds the memory."""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """The ways to relabel a cluster with so many trials of base and head."""

    weights: Floats
    """(ways, trials), base's trials first: 1 / trials where a way calls the trial head's, -1 / trials where base's."""
    partner: Ints
    """(ways,): the way that says the same of the swapped arms."""
    is_complete: bool
    """Is each way listed?"""

    @cached_property
    def count(self) -> int:
        return len(self.weights)


def list_ways(base_trials: int, head_trials: int, seed: int) -> Ways:
    """Every choice of the smaller arm's trials (head's, if equal) among all trials.

    Ways are ordered so that swapping the arms only mirrors them: this is what makes the interval of swapped arms the
    mirrored interval, to the last draw.
    """
    trials, small = base_trials + head_trials, min(base_trials, head_trials)
    is_complete = comb(trials, small) <= MOST_WAYS
    # Positions: the larger arm first, so that they mean the same trials whichever arm is called base.
    chosen = _all_choices(trials, small) if is_complete else _balanced_choices(trials, small, seed)
    partner = np.arange(len(chosen))
    if base_trials == head_trials:
        places = {row.tobytes(): place for place, row in enumerate(chosen)}
        swapped = ~np.roll(chosen, base_trials, axis=1)
        partner = np.array([places[row.tobytes()] for row in swapped])
    if head_trials > base_trials:
        chosen = ~np.roll(chosen, base_trials, axis=1)
    weights = np.where(chosen, 1.0 / head_trials, -1.0 / base_trials)
    return Ways(weights=weights, partner=partner, is_complete=is_complete)


def _all_choices(trials: int, small: int) -> Bools:
    choices = np.array(list(combinations(range(trials), small)))
    chosen = np.zeros((len(choices), trials), bool)
    np.put_along_axis(chosen, choices, values=True, axis=1)
    return chosen


def _balanced_choices(trials: int, small: int, seed: int) -> Bools:
    """Random choices with all their rotations (and complements, for equal arms): each trial is chosen equally often."""
    rng = np.random.default_rng(seed)
    keys = rng.random((MOST_WAYS // trials + 1, trials))
    first = np.argsort(np.argsort(keys, axis=1), axis=1) < small
    turned = [np.roll(first, turn, axis=1) for turn in range(trials)]
    if 2 * small == trials:
        turned += [~rows for rows in turned]
    return np.unique(np.concatenate(turned), axis=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Which way each cluster goes in each relabelling. Drawn for all clusters alike, in the order of their names."""

    ways: dict[tuple[int, int], Ways]
    chosen: dict[tuple[int, int], NDArray[np.int32]]
    """By block shape: (relabellings, clusters of the block)."""
    is_complete: bool
    """Does each possible relabelling stand here once? Otherwise they are random, each beside its mirror image."""

    @property
    def count(self) -> int:
        rows = max((len(chosen) for chosen in self.chosen.values()), default=0)
        return rows if self.is_complete else 2 * rows


def draw_relabellings(pairs: Pairs, relabellings: int, seed: int) -> Draws:
    """At most ``relabellings`` joint relabellings of all clusters; all of them, where they are no more than that."""
    shapes = {(block.base_trials, block.head_trials): block for block in pairs.blocks}
    ways = {shape: list_ways(*shape, seed) for shape in shapes}
    sizes = np.zeros(pairs.cluster_count, np.int64)
    for shape, block in shapes.items():
        sizes[block.clusters] = ways[shape].count
    is_complete = _product(sizes, relabellings) <= relabellings and all(w.is_complete for w in ways.values())
    drawn: Floats
    if is_complete:
        total = prod(sizes.tolist())
        drawn = np.stack(np.unravel_index(np.arange(total), tuple(sizes.tolist())), axis=1).astype(np.float64)
    else:
        # Random numbers, not ways, are drawn: those of one cluster do not depend on another's trials.
        rows = max(1, relabellings // 2)
        drawn = np.random.default_rng(seed).random((rows, len(sizes)), dtype=np.float32) * sizes.astype(np.float64)
    chosen = {
        shape: np.minimum(drawn[:, np.unique(block.clusters)].astype(np.int32), ways[shape].count - 1)
        for shape, block in shapes.items()
    }
    return Draws(ways=ways, chosen=chosen, is_complete=is_complete)


def relabelled_means(pairs: Pairs, members: Bools, draws: Draws) -> Floats:
    """(relabellings, groups): the mean difference of each group of fixtures under each relabelling.

    ``members`` is (fixtures, groups). The relabellings are the same for all groups.
    """
    return _relabel(pairs, members, draws, [block.values for block in pairs.blocks])


def relabelled_shares(pairs: Pairs, members: Bools, draws: Draws) -> Floats:
    """(relabellings, groups): the mean difference that a shift of head's scores by 1 adds under each relabelling."""
    marks = [
        np.broadcast_to(np.arange(block.values.shape[1]) >= block.base_trials, block.values.shape)
        for block in pairs.blocks
    ]
    return _relabel(pairs, members, draws, [mark.astype(np.float64) for mark in marks])


def _relabel(pairs: Pairs, members: Bools, draws: Draws, values: list[Floats]) -> Floats:
    shares = members / np.maximum(members.sum(axis=0), 1)
    total = np.zeros((draws.count, members.shape[1]))
    for block, scores in zip(pairs.blocks, values, strict=True):
        shape = (block.base_trials, block.head_trials)
        ways, chosen = draws.ways[shape], draws.chosen[shape]
        moving = (scores != scores[:, :1]).any(axis=1)
        table = scores[moving] @ ways.weights.T
        columns = np.searchsorted(np.unique(block.clusters), block.clusters[moving])
        weights = shares[block.rows[moving]]
        for start, stop, part in _chunks(chosen, columns, draws, ways.partner):
            total[start:stop] += _gather(table, part) @ weights
    return total


def _chunks(
    chosen: NDArray[np.int32], columns: Ints, draws: Draws, partner: Ints
) -> Iterator[tuple[int, int, NDArray[np.int32]]]:
    """Start, stop and ways of each run of relabellings; after the drawn ones come their mirror images."""
    rows, step = len(chosen), max(1, CHUNK_CELLS // max(1, len(columns)))
    for start in range(0, rows, step):
        stop = min(start + step, rows)
        part = chosen[start:stop, columns]
        yield start, stop, part
        if not draws.is_complete:
            yield rows + start, rows + stop, partner.astype(np.int32)[part]


def _gather(table: Floats, ways: NDArray[np.int32]) -> Floats:
    """(relabellings, fixtures): each fixture's difference under the way of its cluster."""
    offsets = np.arange(len(table), dtype=np.int32) * table.shape[1]
    gathered: Floats = table.ravel().take(ways + offsets)
    return gathered


def null_deviations(pairs: Pairs, members: Bools) -> Floats:
    """(groups,): the standard deviation of each group's mean difference over all relabellings, exactly.

    The sum of m trials drawn without replacement from n has variance m (n - m) / n s2, with s2 over n - 1 (Cochran,
    Sampling Techniques, 2.5); a cluster's difference is that sum times (1/m + 1/(n - m)), plus a constant.
    """
    variance = np.zeros(members.shape[1])
    for block in pairs.blocks:
        factor = 1.0 / block.base_trials + 1.0 / block.head_trials
        for group in range(members.shape[1]):
            variance[group] += factor * _cluster_sums(block, members[:, group]).var(axis=1, ddof=1).sum()
    deviations: Floats = np.sqrt(variance) / np.maximum(members.sum(axis=0), 1)
    return deviations


def _cluster_sums(block: Block, member: Bools) -> Floats:
    """(clusters, trials): each trial's score summed over the cluster's fixtures that are members."""
    _, places = np.unique(block.clusters, return_inverse=True)
    sums = np.zeros((int(places.max()) + 1, block.values.shape[1]))
    np.add.at(sums, places, block.values * member[block.rows][:, None])
    return sums


class Reach(NamedTuple):
    """The smallest mid-p that any outcome could have, and the clusters that lend it."""

    smallest_p: float
    informative: int


def smallest_p(pairs: Pairs, member: Bools) -> Reach:
    """Mid-p of the relabelling that gives head each cluster's worst trials, for the fixtures in ``member``.

    Only clusters whose trials differ lend anything: at one trial an arm each halves it, and six reach 1%.
    """
    chance, informative = 1.0, 0
    for block in pairs.blocks:
        for sums in _cluster_sums(block, member):
            if (sums != sums[0]).any():
                informative += 1
                chance *= _worst_chance(sums, block.head_trials)
    return Reach(0.5 * chance, informative)


def _worst_chance(sums: Floats, size: int) -> float:
    """The share of choices of ``size`` trials that have the smallest sum."""
    worst = np.sort(sums)[size - 1]
    below, level = int((sums < worst).sum()), int((sums == worst).sum())
    return comb(level, size - below) / comb(len(sums), size)


def _product(sizes: Ints, limit: int) -> int:
    """The product, or some number above ``limit`` once it is passed: the full one may have hundreds of digits."""
    product = 1
    for size in sizes.tolist():
        product *= size
        if product > limit:
            break
    return product
