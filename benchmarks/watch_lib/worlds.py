"""Production traffic with a daily and a weekly rhythm, in volume and in failures, and one deployment at hour 0."""

from dataclasses import dataclass, replace

import numpy as np

from gate_action.loop.watching.course import Sides
from gate_action.loop.watching.traffic import WEEK_H, Floats, Ints, Traffic

RETURN_H = 12.0
"""A user's next turn comes after so many hours in the mean, exponentially spread."""
WARM_UP_H = 120


@dataclass(frozen=True, kw_only=True)
class World:
    """One kind of traffic."""

    turns_a_week: float
    before: float
    """Failing share, in the mean of a week."""
    after: float
    turns_a_user: int = 1
    alikeness: float = 0.2
    """Correlation of a user's turns: how far users' own failure rates differ (Beta)."""
    days: int = 14
    is_shifting: bool = False
    """At the deployment the part of the traffic that fails three times as often grows from 30 to 60 %."""
    drawn: float = 1.0
    """Chance with which a turn that did not fail is scored; failing ones always are, as where users complain."""


def draw_sides(world: World, rng: np.random.Generator) -> Sides:
    """The before-window is the seven whole days before the deployment's day; the deployment comes at a random hour."""
    deployed_h = int(rng.integers(0, WEEK_H))
    gap_h = deployed_h % 24
    first = -(WEEK_H + gap_h + WARM_UP_H)
    clock = np.arange(first, world.days * 24) + deployed_h
    arrivals = rng.poisson(world.turns_a_week / WEEK_H / world.turns_a_user * _volume(clock))
    users = int(arrivals.sum())
    came = np.repeat(clock - deployed_h, arrivals) + rng.random(users)
    unit = np.repeat(np.arange(users), world.turns_a_user)
    waits = rng.exponential(RETURN_H, (users, world.turns_a_user))
    waits[:, 0] = 0.0
    at = (came[:, None] + np.cumsum(waits, axis=1)).ravel().astype(np.float64)
    strata = _draw_strata(world, at, rng)
    rates = _rates(world, at, strata) * _own_rates(world, users, rng)[unit] * _risk(at + deployed_h)
    failing = (rng.random(len(at)) < rates).astype(float)
    weights, scored = np.ones(len(at)), np.ones(len(at), bool)
    if world.drawn < 1.0:
        scored = (failing > 0) | (rng.random(len(at)) < world.drawn)
        weights = np.where(failing > 0, 1.0, 1.0 / world.drawn)
    start = float(-(WEEK_H + gap_h))
    every = np.argsort(at, kind="stable")
    turns = Traffic(
        hours=at[every], failing=failing[every], weights=weights[every], units=unit[every], strata=strata[every]
    )
    at, scored = at[every], scored[every]
    before = turns.select(scored & (at >= start) & (at < start + WEEK_H))
    return Sides(
        before=replace(before, hours=before.hours - start),
        after=turns.select(scored & (at >= 0) & (at < world.days * 24)),
        lag_h=start,
    )


def _volume(clock: Floats | Ints) -> Floats:
    return _shape(clock, 0.7, 0.5) / float(_shape(np.arange(WEEK_H), 0.7, 0.5).mean())


def _shape(clock: Floats | Ints, swing: float, weekend: float) -> Floats:
    """A wave a day, and another level on two days of seven."""
    day = np.floor_divide(clock, 24) % 7
    return np.asarray((1.0 + swing * np.sin(2 * np.pi * clock / 24)) * np.where(day >= 5, weekend, 1.0))


def _risk(clock: Floats) -> Floats:
    """Relative failure rate: a third more at night and on weekends; 1 in the mean over a week's turns."""
    hours = np.arange(WEEK_H)
    mean = float((_volume(hours) * _shape(hours + 12, 0.3, 1.3)).sum() / WEEK_H)
    return _shape(clock + 12, 0.3, 1.3) / mean


def _draw_strata(world: World, at: Floats, rng: np.random.Generator) -> Ints:
    if not world.is_shifting:
        return np.zeros(len(at), np.int64)
    return (rng.random(len(at)) < np.where(at < 0, 0.3, 0.6)).astype(np.int64)


def _own_rates(world: World, users: int, rng: np.random.Generator) -> Floats:
    """Each user's failure rate over the mean one."""
    if world.turns_a_user == 1:
        return np.ones(users)
    size = (1.0 - world.alikeness) / world.alikeness
    return rng.beta(world.before * size, (1.0 - world.before) * size, users) / world.before


def _rates(world: World, at: Floats, strata: Ints) -> Floats:
    level = np.where(at < 0, world.before, world.after)
    if world.is_shifting:
        level = level * np.where(strata == 1, 3.0, 1.0) / (0.7 + 0.3 * 3.0)
    return level
