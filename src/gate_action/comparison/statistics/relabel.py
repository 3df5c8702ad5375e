"""Relabelling trials within clusters: all ways where they are few, seeded random ones otherwise."""

from collections.abc import Iterator
from functools import cached_property
from itertools import combinations
from math import comb
from typing import NamedTuple

from gate_action.comparison.arrays import Bools, Floats, Ints, ShortInts, np
from gate_action.comparison.statistics.blocks import Pairs
from gate_action.model.dataclass import dataclass

MOST_WAYS = 1000
"""More ways than this to relabel one cluster are not listed: that many balanced random ones stand for them."""
MOST_CELLS = 4_000_000
"""Relabellings x fixtures, or fixtures x ways, that are worked on at once: bounds the memory."""


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
    """Which way each cluster goes in each relabelling: the same for every group of fixtures that is looked at."""

    ways: dict[tuple[int, int], Ways]
    """By a block's trials of base and head."""
    sizes: Ints
    """(clusters,): ways of each."""
    rows: int
    is_complete: bool
    """Does each possible relabelling stand here once? Otherwise they are random, each beside its mirror image."""
    seed: int

    @property
    def count(self) -> int:
        return self.rows if self.is_complete else 2 * self.rows

    def parts(self, width: int) -> Iterator[tuple[int, ShortInts]]:
        """First row and ways, (rows, clusters), portion by portion; ``width``: fixtures worked on beside them."""
        step = max(1, MOST_CELLS // max(width, len(self.sizes)))
        rng = np.random.default_rng(self.seed)
        for start in range(0, self.rows, step):
            rows = np.arange(start, min(start + step, self.rows))
            if self.is_complete:
                yield start, np.stack(np.unravel_index(rows, self.sizes), axis=1).astype(np.int32)
            else:
                # Numbers in [0, 1) are drawn for all clusters, in the order of their names, whatever their trials are:
                # a score that changes elsewhere does not change the way that this cluster goes.
                drawn = rng.random((len(rows), len(self.sizes)), dtype=np.float32) * self.sizes.astype(np.float32)
                yield start, np.minimum(drawn.astype(np.int32), self.sizes.astype(np.int32) - 1)


def draw_relabellings(pairs: Pairs, relabellings: int, seed: int) -> Draws:
    """At most ``relabellings`` joint relabellings of all clusters; all of them, where they are no more than that."""
    ways = {block.shape: list_ways(*block.shape, seed) for block in pairs.blocks}
    sizes = np.zeros(pairs.cluster_count, np.int64)
    for block in pairs.blocks:
        sizes[block.clusters] = ways[block.shape].count
    total = _product(sizes, relabellings)
    is_complete = total <= relabellings and all(entry.is_complete for entry in ways.values())
    rows = total if is_complete else max(1, relabellings // 2)
    return Draws(ways=ways, sizes=sizes, rows=rows, is_complete=is_complete, seed=seed)


def relabelled_means(pairs: Pairs, members: Bools, draws: Draws) -> Floats:
    """(relabellings, groups): the mean difference of each group of fixtures under each relabelling.

    ``members`` is (fixtures, groups). The relabellings are the same for all groups.
    """
    return _relabel(pairs, members, draws, [block.values for block in pairs.blocks])


def relabelled_shares(pairs: Pairs, members: Bools, draws: Draws) -> Floats:
    """(relabellings, groups): the mean difference that a shift of head's scores by 1 adds under each relabelling."""
    marks = []
    for block in pairs.blocks:
        mark = np.zeros_like(block.values)
        mark[:, block.base_trials :] = 1.0
        marks.append(mark)
    return _relabel(pairs, members, draws, marks)


class _Lever(NamedTuple):
    """What some clusters of one shape move: only fixtures whose trials differ, and that some group holds."""

    table: Floats
    """(fixtures, ways): the difference under each way."""
    clusters: Ints
    """(fixtures,)"""
    weights: Floats
    """(fixtures, groups): each fixture's share of the group's mean."""
    partner: ShortInts


def _relabel(pairs: Pairs, members: Bools, draws: Draws, values: list[Floats]) -> Floats:
    total = np.zeros((draws.count, members.shape[1]))
    for levers in _batch(_make_levers(pairs, members, draws, values)):
        for start, drawn in draws.parts(max(len(lever.table) for lever in levers)):
            for lever in levers:
                part = drawn[:, lever.clusters]
                total[start : start + len(part)] += _gather(lever, part)
                if not draws.is_complete:
                    mirrored = start + draws.rows
                    total[mirrored : mirrored + len(part)] += _gather(lever, lever.partner[part])
    return total


def _make_levers(pairs: Pairs, members: Bools, draws: Draws, values: list[Floats]) -> Iterator[_Lever]:
    sizes = np.maximum(members.sum(axis=0), 1)
    for block, scores in zip(pairs.blocks, values, strict=True):
        ways = draws.ways[block.shape]
        moving = np.flatnonzero((scores != scores[:, :1]).any(axis=1) & members[block.rows].any(axis=1))
        step = max(1, MOST_CELLS // ways.count)
        for some in (moving[start : start + step] for start in range(0, len(moving), step)):
            yield _Lever(
                table=scores[some] @ ways.weights.T,
                clusters=block.clusters[some],
                weights=members[block.rows[some]] / sizes,
                partner=ways.partner.astype(np.int32),
            )


def _batch(levers: Iterator[_Lever]) -> Iterator[list[_Lever]]:
    """Levers that fit into memory together: for each batch the same relabellings are drawn again."""
    batch: list[_Lever] = []
    for lever in levers:
        if batch and sum(entry.table.size for entry in batch) + lever.table.size > MOST_CELLS:
            yield batch
            batch = []
        batch.append(lever)
    if batch:
        yield batch


def _gather(lever: _Lever, ways: ShortInts) -> Floats:
    """(relabellings, groups): each fixture's difference under the way of its cluster, summed up."""
    offsets = np.arange(len(lever.table), dtype=np.int32) * lever.table.shape[1]
    gathered: Floats = lever.table.ravel().take(ways + offsets) @ lever.weights
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
            variance[group] += factor * block.cluster_sums(members[:, group]).var(axis=1, ddof=1).sum()
    deviations: Floats = np.sqrt(variance) / np.maximum(members.sum(axis=0), 1)
    return deviations


class Reach(NamedTuple):
    """The smallest mid-p that any outcome could have, and the clusters that lend it."""

    smallest_p: float
    informative: int


def find_reach(pairs: Pairs, member: Bools, alpha: float) -> Reach | None:
    """Can the fixtures in ``member`` reach p <= alpha at all? None: yes.

    The lowest outcome gives head each cluster's worst trials. Only clusters whose trials differ lend anything: at one
    trial an arm each of them halves the p value, and six reach 1%.
    """
    chance, informative = 1.0, 0
    for block in pairs.blocks:
        sums = block.cluster_sums(member)
        for row in sums[(sums != sums[:, :1]).any(axis=1)]:
            informative += 1
            chance *= _worst_chance(row, block.head_trials)
            if 0.5 * chance <= alpha:
                return None
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
