"""Scored turns of one slice as arrays, and their sums hour by hour. Knows no test and no verdict."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
WEEK_H = 168
_NOTHING = np.zeros(0)
_TINY = 1e-100
"""Divides nothing by something: 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Turns that were scored, oldest first: five arrays of one length."""

    hours: Floats
    """Since the deployment; before it, since the before-window's start."""
    failing: Floats
    """In [0, 1]: 1 fails."""
    weights: Floats
    """1 / the chance with which the turn was drawn into the scored ones."""
    units: Ints
    """The user, or where there is none the conversation. Codes are 0, 1, ...: whoever returns keeps the code."""
    strata: Ints
    """Codes of the slice keys that the mix is told in."""

    def __post_init__(self) -> None:
        lengths = {len(self.hours), len(self.failing), len(self.weights), len(self.units), len(self.strata)}
        if len(lengths) > 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")
        if np.any(np.diff(self.hours) < 0):
            raise ValueError("turns are not in the order of their time")

    def __len__(self) -> int:
        return len(self.hours)

    def select(self, chosen: NDArray[np.bool_] | Ints) -> "Traffic":
        """These turns, in this order; hours are not looked at again."""
        return Traffic(
            hours=self.hours[chosen],
            failing=self.failing[chosen],
            weights=self.weights[chosen],
            units=self.units[chosen],
            strata=self.strata[chosen],
        )

    def weigh(self, weights: Floats) -> "Traffic":
        return Traffic(hours=self.hours, failing=self.failing, weights=weights, units=self.units, strata=self.strata)


class Sums(NamedTuple):
    """At each look: what the rate, its variance and the likeness of a unit's turns are made of.

    With w the weights, x the failing shares, N and S a unit's sums of w and w x.
    """

    turns: Floats
    mass: Floats
    """Sum of w."""
    failing: Floats
    """Sum of w x."""
    squares: Floats
    """Sum of w^2."""
    unit_squares: Floats
    """Sum over units of N^2."""

    @property
    def rate(self) -> Floats:
        """Failing share; 0 where nothing has come yet (``mass`` says so)."""
        return self.failing / np.maximum(self.mass, _TINY)

    def spread(self, likeness: Floats) -> Floats:
        """The variance of the rate over p (1 - p): 1 / n for n single turns of weight 1.

        For turns of one unit that correlate by ``likeness``: sum_u Var(S_u - p N_u) = p (1 - p) [(1 - rho) sum w^2 +
        rho sum N_u^2], over (sum w)^2 (Kish 1965 for equal weights: 1 + (m - 1) rho). Infinite where nothing came.
        """
        top = (1.0 - likeness) * self.squares + likeness * self.unit_squares
        return np.where(self.mass > 0, top / np.maximum(self.mass, _TINY) ** 2, np.inf)


def sum_since(traffic: Traffic, start_h: float, looks: Floats) -> Sums:
    """Of the turns in [start, look), for each look; ``looks`` are hours, ascending, none before ``start_h``."""
    first = int(np.searchsorted(traffic.hours, start_h))
    ends = np.searchsorted(traffic.hours, looks) - first
    weights, units = traffic.weights[first:], traffic.units[first:]
    within = running_within(units, weights)
    columns = (
        np.ones_like(weights),
        weights,
        weights * traffic.failing[first:],
        weights**2,
        2.0 * weights * within + weights**2,
    )
    return Sums(*(up_to(column, ends) for column in columns))


def sum_same_hours(before: Traffic, lag_h: float, start_h: float, looks: Floats) -> Sums:
    """Of the before-window's turns, each as often as its hour of the week lies in [start, look).

    ``lag_h``: hours from the deployment to the before-window's start (negative). The window is one whole week, so
    that each hour of the week lies in it once.
    """
    offsets = np.mod(before.hours + lag_h - start_h, WEEK_H)
    order = np.argsort(offsets, kind="stable")
    weights, units, failing = before.weights[order], before.units[order], before.failing[order]
    whole, rest = np.divmod(looks - start_h, WEEK_H)
    ends = np.searchsorted(offsets[order], rest)
    within = running_within(units, weights)
    masses = np.bincount(units, weights) if len(units) else _NOTHING
    part = [up_to(column, ends) for column in (np.ones_like(weights), weights, weights * failing, weights**2)]
    totals = [float(column.sum()) for column in (np.ones_like(weights), weights, weights * failing, weights**2)]
    plain = [whole * total + one for total, one in zip(totals[:3], part[:3], strict=True)]
    squares = whole**2 * totals[3] + (2.0 * whole + 1.0) * part[3]
    # A unit counts `whole` times in full and once in part: (whole N + P)^2.
    crossed = up_to(weights * masses[units] if len(units) else weights, ends)
    parted = up_to(2.0 * weights * within + weights**2, ends)
    unit_squares = whole**2 * float((masses**2).sum()) + 2.0 * whole * crossed + parted
    return Sums(plain[0], plain[1], plain[2], squares, unit_squares)


def running_within(units: Ints, weights: Floats) -> Floats:
    """For each turn the weight of its unit's earlier turns."""
    if not len(units):
        return _NOTHING
    order = np.argsort(units, kind="stable")
    sorted_units, running = units[order], np.cumsum(weights[order])
    is_first = np.concatenate([[True], sorted_units[1:] != sorted_units[:-1]])
    ahead = running - weights[order]
    base = ahead[is_first][np.cumsum(is_first) - 1]
    within = np.empty_like(weights)
    within[order] = ahead - base
    return within


def up_to(column: Floats, ends: Ints) -> Floats:
    return np.concatenate([[0.0], np.cumsum(column)])[ends]
