"""Rates and their 95% intervals where units (conversations, users) are independent and turns within one are not."""

import numpy as np
from numpy.typing import NDArray

from gate_action.model.comparison import Interval
from gate_action.model.distribution import Share

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def difference_of(base: Share, head: Share) -> Share:
    """Head - base, with the interval that both intervals give (MOVER: Zou and Donner 2008, Stat. Med. 27, 1693)."""
    difference = head.value - base.value
    low = difference - float(np.hypot(head.value - head.interval.low, base.interval.high - base.value))
    high = difference + float(np.hypot(head.interval.high - head.value, base.value - base.interval.low))
    return Share(difference, Interval(low, high))


def rate_of(kinds: Floats, times: Ints) -> Share:
    """The ratio of the sums of two measures over conversations, (kinds, 2) and (kinds,), with its 95% interval.

    The variance is that of the linearised ratio with conversations as units (Taylor; Lohr, Sampling, 9.1); it gives
    the effective number of turns, and that a Jeffreys interval (Brown, Cai and DasGupta 2001; Franco et al. 2019).
    """
    counted, total = times @ kinds
    rate = counted / total
    units = int(times.sum())
    squares = float(times @ (kinds[:, 0] - rate * kinds[:, 1]) ** 2)
    return share_of(rate, variance=units / max(units - 1, 1) * squares / total**2, most=_kish(kinds[:, 1], times))


def share_of(rate: float, *, variance: float, most: float) -> Share:
    """With the 95% interval of Jeffreys at the effective size rate (1 - rate) / variance. Where nothing, or all of it,
    is counted the variance says nothing: then at ``most``, the effective number of units.
    """
    from scipy.special import betaincinv  # scipy loads only where it is needed

    size = effective_size(rate, variance=variance, most=most)
    hits = rate * size
    low = 0.0 if rate <= 0 else float(betaincinv(hits + 0.5, size - hits + 0.5, 0.025))
    high = 1.0 if rate >= 1 else float(betaincinv(hits + 0.5, size - hits + 0.5, 0.975))
    return Share(float(rate), Interval(min(low, float(rate)), max(high, float(rate))))


def effective_size(rate: float, *, variance: float, most: float) -> float:
    """The number of independent turns that would have this variance."""
    return rate * (1 - rate) / variance if variance > 0 and 0 < rate < 1 else most


def _kish(weights: Floats, times: Ints) -> float:
    """The effective number of units of unequal weight (Kish 1965)."""
    return float(times @ weights) ** 2 / max(float(times @ weights**2), 1e-300)
