"""The exact null distribution of the mean difference, for scores that are whole numbers of passes."""

from collections.abc import Iterator
from math import lcm
from typing import NamedTuple

import numpy as np

from gate_action.comparison.blocks import Block, Pairs
from gate_action.comparison.evidence import Floats, Ints

MOST_CELLS = 2_000_000
"""A finer grid than this is left to Monte Carlo."""


class Tails(NamedTuple):
    """P(difference < observed) and P(difference = observed) when labels mean nothing."""

    below: float
    equal: float

    @property
    def mid_p(self) -> float:
        return self.below + 0.5 * self.equal


def exact_tails(pairs: Pairs) -> Tails | None:
    """The conditional null distribution by convolution: that of the Cochran-Mantel-Haenszel test, and of McNemar's
    where each fixture has one trial an arm (Fagerland et al. 2013 for the mid-p). None: scores are not 0/1, or the
    trial numbers are so uneven that the grid would be too fine.
    """
    if not all(bool(np.isin(block.values, (0.0, 1.0)).all()) for block in pairs.blocks):
        return None
    # With weight (1/base + 1/head) a head pass, every block's steps are whole numbers of 1 / unit.
    unit = lcm(*(block.base_trials * block.head_trials for block in pairs.blocks))
    steps = [unit // (b.base_trials * b.head_trials) * (b.base_trials + b.head_trials) for b in pairs.blocks]
    spans = [step * int(block.values.sum()) for step, block in zip(steps, pairs.blocks, strict=True)]
    if sum(spans) > MOST_CELLS * int(np.gcd.reduce(steps)):
        return None
    common = int(np.gcd.reduce(steps))
    total, observed = np.ones(1), 0
    for step, block in sorted(zip(steps, pairs.blocks, strict=True), key=lambda pair: -pair[1].values.size):
        head_passes = round(float(block.values[:, block.base_trials :].sum()))
        observed += step // common * head_passes
        total = _add(total, _block_distribution(block), step // common)
    return Tails(below=float(total[:observed].sum()), equal=float(total[observed]))


def _add(total: Floats, distribution: Floats, step: int) -> Floats:
    """The distribution of a sum, of which the second part counts ``step`` cells each."""
    longer = np.zeros(len(total) + step * (len(distribution) - 1))
    for count in np.flatnonzero(distribution).tolist():
        longer[count * step : count * step + len(total)] += distribution[count] * total
    return longer


def _block_distribution(block: Block) -> Floats:
    """P(head's passes, all clusters of the block together)."""
    total = np.ones(1)
    cache: dict[tuple[int, ...], Floats] = {}
    for sums in _cluster_rows(block):
        key = tuple(sorted(sums.tolist()))
        if key not in cache:
            cache[key] = _choose(key, block.head_trials)
        total = _add(total, cache[key], 1)
    return total


def _cluster_rows(block: Block) -> Iterator[Ints]:
    """Each cluster's passes, trial by trial."""
    _, places = np.unique(block.clusters, return_inverse=True)
    sums = np.zeros((int(places.max()) + 1, block.values.shape[1]))
    np.add.at(sums, places, block.values)
    yield from sums.astype(np.int64)


def _choose(values: tuple[int, ...], size: int) -> Floats:
    """P(sum of ``size`` of the values, drawn without replacement); hypergeometric where they are 0 and 1."""
    counts = [[0] * (sum(values) + 1) for _ in range(size + 1)]
    counts[0][0] = 1
    for value in values:
        for taken in range(size, 0, -1):
            for reached in range(len(counts[0]) - 1, value - 1, -1):
                counts[taken][reached] += counts[taken - 1][reached - value]
    ways = sum(counts[size])
    return np.array([count / ways for count in counts[size]])
