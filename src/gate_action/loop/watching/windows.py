"""Rolling windows: the last 24 hours and 7 days beside the same hours of the before-window. Shown; not decided by."""

from dataclasses import dataclass

import numpy as np

from gate_action.loop.watching.course import Sides
from gate_action.loop.watching.traffic import WEEK_H, Floats, Ints, Sums, sum_same_hours, sum_since

WINDOWS_H = (24, WEEK_H)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """At each look. A rate counts only where there were turns."""

    hours: int
    rate: Floats
    turns: Floats
    before_rate: Floats
    before_turns: Floats


def roll(sides: Sides, looks: Floats, hours: int) -> Window:
    """``looks``: hours since the deployment, behind which no window reaches back."""
    starts = np.maximum(looks - hours, 0.0)
    times = np.union1d(looks, starts)
    after = sum_since(sides.after, 0.0, times)
    before = sum_same_hours(sides.before, sides.lag_h, 0.0, times)
    ends, begins = np.searchsorted(times, looks), np.searchsorted(times, starts)
    rate, turns = _between(after, begins, ends)
    before_rate, before_turns = _between(before, begins, ends)
    return Window(hours=hours, rate=rate, turns=turns, before_rate=before_rate, before_turns=before_turns)


def _between(sums: Sums, begins: Ints, ends: Ints) -> tuple[Floats, Floats]:
    mass = sums.mass[ends] - sums.mass[begins]
    failing = sums.failing[ends] - sums.failing[begins]
    turns = sums.turns[ends] - sums.turns[begins]
    return np.where(turns > 0, failing / np.where(turns > 0, mass, 1.0), 0.0), turns
