"""The exact null distribution of the mean difference, for scores that are whole numbers of passes."""

from collections import Counter
from math import comb, gcd, lcm
from typing import NamedTuple

from gate_action.comparison.arrays import Floats, np
from gate_action.comparison.statistics.blocks import Block, Pairs

MOST_CELLS = 2_000_000
"""Cells of the grid times blocks: a finer or more uneven one is left to Monte Carlo."""
FOURIER_FROM = 20_000_000
"""Products in one convolution from which on it goes by Fourier transform: n log n steps, exact to 1e-15."""
_NOISE = 1e-15
NEGLIGIBLE = 1e-20
"""Cells at the ends with less chance than this are cut: no p value is told to so many places."""


class Tails(NamedTuple):
    """P(difference < observed) and P(difference = observed) when labels mean nothing."""

    below: float
    equal: float

    @property
    def mid_p(self) -> float:
        return self.below + 0.5 * self.equal


class _Chances(NamedTuple):
    """A distribution over whole numbers: ``start`` is the first of them."""

    start: int
    chances: Floats


def exact_tails(pairs: Pairs) -> Tails | None:
    """Both tails of the mean difference, by convolution of the clusters' exact distributions.

    With one fixture a cluster this is the conditional distribution of the Cochran-Mantel-Haenszel test, and with one
    trial an arm that of McNemar's (Fagerland, Lydersen and Laake 2013 for the mid-p). None: scores (times the weights
    that they may have been given) are no whole numbers, or trial numbers are so uneven that the grid would be too fine.
    """
    if not all(bool(((block.values == np.floor(block.values)) & (block.values >= 0)).all()) for block in pairs.blocks):
        return None
    # Each head pass adds 1 / base + 1 / head trials to its cluster's difference: whole numbers of 1 / unit.
    unit = lcm(*(block.base_trials * block.head_trials for block in pairs.blocks))
    steps = [unit // block.base_trials + unit // block.head_trials for block in pairs.blocks]
    steps = [step // gcd(*steps) for step in steps]
    cells = sum(step * int(block.values.sum()) for step, block in zip(steps, pairs.blocks, strict=True))
    if cells * len(steps) > MOST_CELLS:
        return None
    total, observed = _Chances(0, np.ones(1)), 0
    for step, block in zip(steps, pairs.blocks, strict=True):
        observed += step * round(float(block.values[:, block.base_trials :].sum()))
        total = _add(total, _stretch(_block_chances(block), step))
    place = observed - total.start
    if not 0 <= place < len(total.chances):
        return Tails(below=float(place >= 0), equal=0.0)
    return Tails(below=float(total.chances[:place].sum()), equal=float(total.chances[place]))


def _block_chances(block: Block) -> _Chances:
    """Of head's passes in all clusters of the block; equal clusters are convolved by repeated squaring."""
    sums = block.cluster_sums().astype(np.int64)
    kinds = Counter(map(tuple, np.sort(sums, axis=1).tolist()))
    total = _Chances(0, np.ones(1))
    for values, count in sorted(kinds.items()):
        total = _add(total, _power(_choose(values, block.head_trials), count))
    return total


def _power(chances: _Chances, count: int) -> _Chances:
    total = _Chances(0, np.ones(1))
    while count:
        if count % 2:
            total = _add(total, chances)
        count //= 2
        chances = _add(chances, chances) if count else chances
    return total


def _add(one: _Chances, other: _Chances) -> _Chances:
    """The distribution of the sum of two independent numbers."""
    chances = _convolve(one.chances, other.chances)
    kept = np.flatnonzero(chances > NEGLIGIBLE)
    return _Chances(one.start + other.start + int(kept[0]), chances[kept[0] : kept[-1] + 1])


def _convolve(one: Floats, other: Floats) -> Floats:
    if len(one) * len(other) < FOURIER_FROM:
        return np.convolve(one, other)
    size = len(one) + len(other) - 1
    length = 1 << (size - 1).bit_length()
    sums: Floats = np.fft.irfft(np.fft.rfft(one, length) * np.fft.rfft(other, length), length)[:size]
    return np.where(sums > _NOISE, sums, 0.0)


def _stretch(chances: _Chances, step: int) -> _Chances:
    """The distribution of ``step`` times the number."""
    longer = np.zeros(step * (len(chances.chances) - 1) + 1)
    longer[::step] = chances.chances
    return _Chances(chances.start * step, longer)


def _choose(values: tuple[int, ...], size: int) -> _Chances:
    """Of the sum of ``size`` of the values, drawn without replacement; hypergeometric where they are 0 and 1."""
    ways = np.zeros((size + 1, sum(values) + 1))
    ways[0, 0] = 1.0
    for value in values:
        for taken in range(size, 0, -1):
            ways[taken, value:] += ways[taken - 1, : ways.shape[1] - value]
    return _Chances(0, ways[size] / comb(len(values), size))
