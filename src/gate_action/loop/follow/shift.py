"""Tests for a shift between two periods of users or conversations. Arrays in, figures out; no clock, no store."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gate_action.loop.intervals import Floats, Ints, difference_of, rate_of
from gate_action.model.comparison import Interval
from gate_action.model.distribution import Psi, ScoreTest, Size

LEVEL = 0.05
PSI_LIMIT = 0.1
_AT_ONCE = 4_000_000
"""Numbers that are drawn at a time: 32 MB."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """Units of both periods, those with equal measures taken together.

    ``kinds`` is (kinds, measures): what one unit of a kind counts, e.g. its turns of each label; ``base`` and
    ``head`` are (kinds,): how many units are of that kind.
    """

    kinds: Floats
    base: Ints
    head: Ints

    @property
    def base_sums(self) -> Floats:
        return self.base @ self.kinds

    @property
    def head_sums(self) -> Floats:
        return self.head @ self.kinds

    def relabelled(self, draws: int, rng: np.random.Generator) -> Iterator[tuple[Floats, Floats]]:
        """Both sums, each (block, measures), after which unit was in which period is drawn anew, ``draws``
        times in all. Under no change every assignment is as likely (Fisher 1935); units move whole, so that
        turns within one need not be independent (Gail et al. 1996, Stat. Med. 15, 1069).
        """
        there = self.base + self.head
        total = there @ self.kinds
        for block in _blocks(draws, len(there)):
            head = rng.multivariate_hypergeometric(there, int(self.head.sum()), size=block, method="marginals")
            sums = head @ self.kinds
            yield total - sums, sums

    def resampled(self, draws: int, rng: np.random.Generator) -> Iterator[tuple[Floats, Floats]]:
        """As `relabelled`, each period's units drawn with replacement from its own (the bootstrap)."""
        for block in _blocks(draws, len(self.base)):
            yield tuple(
                rng.multinomial(int(period.sum()), period / period.sum(), size=block) @ self.kinds
                for period in (self.base, self.head)
            )  # type: ignore[misc]  # two periods, two sums


def _blocks(draws: int, width: int) -> Iterator[int]:
    most = max(1, _AT_ONCE // max(width, 1))
    for start in range(0, draws, most):
        yield min(most, draws - start)


def g_statistic(base: Floats, head: Floats) -> Floats:
    """2 sum O ln(O / E) of the 2 x L tables: (..., L) and (..., L) -> (...). Empty columns add nothing (Sokal and
    Rohlf, Biometry, 17.2).
    """
    both = base + head
    total = both.sum(axis=-1, keepdims=True)
    g = np.zeros(np.broadcast_shapes(base.shape, head.shape)[:-1])
    for observed in (base, head):
        expected = both * observed.sum(axis=-1, keepdims=True) / np.maximum(total, 1)
        is_there = observed > 0
        ratio = np.divide(observed, expected, out=np.ones_like(both, dtype=float), where=is_there & (expected > 0))
        g = g + 2 * np.where(is_there, observed * np.log(ratio), 0.0).sum(axis=-1)
    return np.asarray(g)


def test_labels(periods: Periods, draws: int, rng: np.random.Generator) -> tuple[float, Floats]:
    """P of all labels together, and (L,) of each label against the rest, from the same relabellings.

    Monte-Carlo p values, (1 + at least as extreme) / (1 + draws): exact at any size (Hope 1968, JRSS B 30, 582).
    """
    observed = g_statistic(periods.base_sums, periods.head_sums)
    each = _each_label(periods.base_sums, periods.head_sums)
    above, above_each = 0, np.zeros(len(each))
    for base, head in periods.relabelled(draws, rng):
        above += int((g_statistic(base, head) >= observed - _ROUNDING).sum())
        above_each += (_each_label(base, head) >= each - _ROUNDING).sum(axis=0)
    return (1 + above) / (1 + draws), (1 + above_each) / (1 + draws)


test_labels.__test__ = False  # type: ignore[attr-defined]  # for pytest: a statistical test is no test of ours


def _each_label(base: Floats, head: Floats) -> Floats:
    """(..., L): the G statistic of each label against the rest."""
    tables = [np.stack([side, side.sum(axis=-1, keepdims=True) - side], axis=-1) for side in (base, head)]
    return g_statistic(tables[0], tables[1])


def js_divergence(base: Floats, head: Floats) -> Floats:
    """Of the shares, in bits: (..., L) -> (...). Its root is a distance (Endres and Schindelin 2003)."""
    p, q = _shares(base), _shares(head)
    middle = (p + q) / 2
    halves = [
        np.where(side > 0, side * np.log2(np.divide(side, middle, out=np.ones_like(side), where=side > 0)), 0.0)
        for side in (p, q)
    ]
    return np.asarray((halves[0] + halves[1]).sum(axis=-1) / 2).clip(0.0, 1.0)


def psi(base: Floats, head: Floats) -> Floats:
    """Sum (q - p) ln(q / p), with half a turn added to every count, so that no label is without one."""
    p, q = _shares(base + 0.5), _shares(head + 0.5)
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=-1))


def measure_size(periods: Periods, p_value: float, draws: int, rng: np.random.Generator) -> Size:
    """The distance, from a divergence without what chance adds to it (the bootstrap tells how much: Davison and Hinkley
    1997, 5.2), and its interval by the basic bootstrap on the distance, which is nearer to a normal law. It begins at 0
    just where the test of `test_labels` (``p_value``) does not reject, as near 0 no bootstrap holds its level.
    """
    plain = float(js_divergence(periods.base_sums, periods.head_sums))
    again = np.concatenate([js_divergence(*sums) for sums in periods.resampled(draws, rng)])
    indices = np.concatenate([psi(*sums) for sums in periods.relabelled(draws, rng)])
    distance = max(0.0, 2 * plain - float(again.mean())) ** 0.5
    upper, lower = (float(one) for one in np.quantile(np.sqrt(again), [0.975, 0.025]))
    low = 0.0 if p_value > LEVEL else min(max(0.0, 2 * plain**0.5 - upper), distance)
    high = max(2 * plain**0.5 - lower, max(0.0, 2 * plain - lower**2) ** 0.5, distance)
    value = float(psi(periods.base_sums, periods.head_sums))
    return Size(
        distance=distance,
        interval=Interval(low, min(1.0, high)),
        psi=Psi(value=value, false_alarms=float((indices > PSI_LIMIT).mean())),
    )


def test_rate(periods: Periods, draws: int, rng: np.random.Generator) -> ScoreTest:
    """Of two measures (what counts, out of how much): is the ratio of their sums another in head? By the same
    relabelling of units; the interval of the difference is from linearised variances (see `rate_of`).
    """
    base, head = (rate_of(periods.kinds, times) for times in (periods.base, periods.head))
    observed = abs(head.value - base.value)
    above = sum(
        int((np.abs(_ratio(late) - _ratio(early)) >= observed - _ROUNDING).sum())
        for early, late in periods.relabelled(draws, rng)
    )
    p_value = (1 + above) / (1 + draws)
    return ScoreTest(
        base=base, head=head, difference=difference_of(base, head), p_value=p_value, is_change=p_value <= LEVEL
    )


test_rate.__test__ = False  # type: ignore[attr-defined]  # as above


def _shares(counts: Floats) -> Floats:
    return np.asarray(counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1e-300))


def _ratio(sums: Floats) -> Floats:
    return np.asarray(np.divide(sums[..., 0], sums[..., 1], out=np.zeros(len(sums)), where=sums[..., 1] > 0))


def adjust_by_holm(p_values: list[float]) -> list[float]:
    """Adjusted p values: a family is tested at a level by comparing these with it (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    stepped = np.asarray(p_values)[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return [float(one) for one in adjusted]
