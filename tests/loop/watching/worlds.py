"""Traffic for tests: so many turns an hour, failing at one rate before the deployment and at others after it."""

import numpy as np

from gate_action.loop.watching.course import Sides
from gate_action.loop.watching.traffic import Traffic


def draw(rng: np.random.Generator, hours: int, an_hour: int, rate: float, users: int | None = None) -> Traffic:
    turns = hours * an_hour
    return Traffic(
        hours=np.repeat(np.arange(hours, dtype=np.float64), an_hour) + 0.5,
        failing=(rng.random(turns) < rate).astype(float),
        weights=np.ones(turns),
        units=np.arange(turns) if users is None else rng.integers(0, users, turns),
        strata=np.zeros(turns, np.int64),
    )


def sides(seed: int, before: float, *after: tuple[int, float], an_hour: int = 20) -> Sides:
    """``after``: (hours, rate), one stretch after the other; each turn is another user's."""
    rng = np.random.default_rng(seed)
    rates = np.concatenate([np.full(hours * an_hour, rate) for hours, rate in after])
    turns = len(rates)
    return Sides(
        before=draw(rng, 168, an_hour, before),
        after=Traffic(
            hours=np.arange(turns) / an_hour,
            failing=(rng.random(turns) < rates).astype(float),
            weights=np.ones(turns),
            units=1_000_000 + np.arange(turns),
            strata=np.zeros(turns, np.int64),
        ),
        lag_h=-180.0,
    )
