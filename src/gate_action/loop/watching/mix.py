"""Did the mix of the traffic shift between before and after, and what if it had not? Knows no verdict."""

from dataclasses import dataclass

import numpy as np

from gate_action.loop.watching.traffic import Floats, Ints, Traffic

_TOLD_FROM = 0.1
"""A shift of so much of the traffic is told, where chance does not explain it."""
_RARELY = 0.001
_FEWEST = 5
"""Turns of a stratum on each side that it takes to stand for the stratum's share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixShift:
    """Where the after-traffic's mix differs from before's."""

    distance: float
    """Total variation: the share of the traffic that would have to move."""
    p_value: float
    before: tuple[float, ...]
    """Shares, by stratum."""
    after: tuple[float, ...]

    @property
    def is_told(self) -> bool:
        return self.distance >= _TOLD_FROM and self.p_value <= _RARELY


def find_shift(before: Traffic, after: Traffic, *, tests: int = 1) -> MixShift:
    """The chi-squared test of one mix on both sides, each unit counted once for all of its turns.

    Counts are scaled down to the number of units (Rao and Scott 1981, first order, with the design effect of units
    whose turns all fall into one stratum). ``tests``: how many dimensions are looked at (Bonferroni).
    """
    count = 1 + int(max(before.strata.max(initial=0), after.strata.max(initial=0)))
    one, other = _masses(before, count), _masses(after, count)
    if count == 1 or not one.sum() or not other.sum():
        return MixShift(distance=0.0, p_value=1.0, before=(1.0,) * count, after=(1.0,) * count)
    shares, others = one / one.sum(), other / other.sum()
    sizes = _effective(before), _effective(after)
    pooled = (shares * sizes[0] + others * sizes[1]) / sum(sizes)
    seen = pooled > 0
    gap = (shares - others)[seen] ** 2 / pooled[seen]
    statistic = float(gap.sum()) / (1.0 / sizes[0] + 1.0 / sizes[1])
    from scipy.special import chdtrc  # scipy loads only where a watch needs it

    return MixShift(
        distance=float(np.abs(shares - others).sum() / 2),
        p_value=min(1.0, tests * float(chdtrc(max(int(seen.sum()) - 1, 1), statistic))),
        before=tuple(map(float, shares)),
        after=tuple(map(float, others)),
    )


def reweigh(before: Traffic, after: Traffic) -> tuple[Traffic, Traffic]:
    """``after`` with the weights at which each stratum has before's share: direct standardisation.

    Strata that one side hardly has cannot be compared: their turns are left out on both sides, and the shares of the
    others are those among what both sides have.
    """
    count = 1 + int(max(before.strata.max(initial=0), after.strata.max(initial=0)))
    enough = np.minimum(_turns(before, count), _turns(after, count)) >= _FEWEST
    one, other = _masses(before, count) * enough, _masses(after, count) * enough
    factor = np.where(enough, one / max(one.sum(), 1e-300) / np.maximum(other, 1e-300) * other.sum(), 0.0)
    kept_before, kept_after = before.select(enough[before.strata]), after.select(enough[after.strata])
    return kept_before, kept_after.weigh(kept_after.weights * factor[kept_after.strata])


def _masses(traffic: Traffic, count: int) -> Floats:
    return np.bincount(traffic.strata, traffic.weights, minlength=count).astype(np.float64)


def _turns(traffic: Traffic, count: int) -> Ints:
    return np.bincount(traffic.strata, minlength=count)


def _effective(traffic: Traffic) -> float:
    """Kish's number of units of equal weight."""
    masses = np.bincount(traffic.units, traffic.weights)
    return float(masses.sum() ** 2 / (masses**2).sum())
