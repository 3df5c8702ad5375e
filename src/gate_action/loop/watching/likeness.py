"""How much alike a unit's turns are: one correlation for all units, told anew at each look from what came so far."""

from typing import NamedTuple

import numpy as np

from gate_action.loop.watching.traffic import Floats, Traffic, running_within, up_to


class _Parts(NamedTuple):
    """Sums over units, at each look."""

    crossed: Floats
    """Over pairs of turns of one unit: w w' (x - p)(x' - p), each pair twice."""
    pairs: Floats
    """The same of w w' p (1 - p): what ``crossed`` would be if a unit's turns were all alike."""


def measure_likeness(before: Traffic, after: Traffic, looks: Floats) -> Floats:
    """The correlation of two turns of one unit, in [0, 1], from the before-window and the turns before each look.

    The moment estimate of generalised estimating equations with exchangeable correlation (Liang and Zeger 1986), each
    side around its own rate. Units whose turns are seen once say nothing of it; where all are, it is 0.
    """
    one, other = _pair_up(before, np.array([np.inf])), _pair_up(after, looks)
    crossed, pairs = one.crossed + other.crossed, one.pairs + other.pairs
    return np.clip(crossed / np.maximum(pairs, 1e-300), 0.0, 1.0)


def _pair_up(traffic: Traffic, looks: Floats) -> _Parts:
    ends = np.searchsorted(traffic.hours, looks)
    w, x = traffic.weights, traffic.failing
    wx = w * x
    earlier_n, earlier_s = running_within(traffic.units, w), running_within(traffic.units, wx)
    mass, failing = up_to(w, ends), up_to(wx, ends)
    rate = failing / np.maximum(mass, 1e-300)
    # sum over pairs of w w' (x - p)(x' - p) = SS - 2 p SN + p^2 NN, each of them grown turn by turn.
    ss = up_to(2.0 * wx * earlier_s, ends)
    sn = up_to(wx * earlier_n + w * earlier_s, ends)
    nn = up_to(2.0 * w * earlier_n, ends)
    return _Parts(ss - 2.0 * rate * sn + rate**2 * nn, nn * rate * (1.0 - rate))
