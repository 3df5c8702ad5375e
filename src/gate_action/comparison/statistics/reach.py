"""How much larger a drop screen and confirm needs than as many trials side by side would: it stops early. Pure."""

from bisect import bisect
from collections.abc import Sequence

from gate_action.comparison.arrays import np
from gate_action.comparison.evidence import Panel

TRIALS = (1, 3, 5)
SMALL, LARGE = 30, 60
FACTORS = {SMALL: (1.11, 1.25, 1.52), LARGE: (1.0, 1.2, 1.33)}
"""By fixtures and TRIALS, for 80% power: `python benchmarks/power.py --reach`. Larger suites need no more than LARGE
does."""


def reach_factor(fixtures: int, trials: int) -> float:
    """Times the drop that ``trials`` side by side find with 80% power; linear between what was measured."""
    small, large = (_interpolate(trials, TRIALS, FACTORS[size]) for size in (SMALL, LARGE))
    return _interpolate(fixtures, (SMALL, LARGE), (small, large))


def reach_of(panel: Panel, drop: float, trials: int) -> float:
    """The drop found with 80% power at a ceiling of ``trials``, where one test of the panel's rows finds ``drop``."""
    head, base = (arm.scored.sum(axis=1) for arm in (panel.head, panel.base))
    has_both = (head > 0) & (base > 0)
    if not has_both.any():
        return drop
    seen = float(np.mean(1 / head[has_both] + 1 / base[has_both]))
    return drop * reach_factor(len(panel.fixtures), trials) * float(np.sqrt(2 / trials / seen))


def _interpolate(at: float, points: Sequence[float], values: Sequence[float]) -> float:
    """Linear between ``points``, which rise, and flat beyond them: a forecast is no reason to load numpy."""
    after = bisect(points, at)
    if after in (0, len(points)):
        return values[min(after, len(points) - 1)]
    low, high = points[after - 1], points[after]
    return values[after - 1] + (at - low) / (high - low) * (values[after] - values[after - 1])
