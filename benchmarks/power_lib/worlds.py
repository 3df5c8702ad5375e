"""Simulated suites and pull requests: how hard fixtures are, what a change does to them, and the luck of each trial."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gate_action.model.fixture import Fixture, Slice

Bools: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

MEAN_RATE = 0.8
"""Base's mean pass rate; STATISTICS' example has 81 %."""
SLICES = 10
SHARED_LUCK = 0.5
"""Chance that a fixture's luck in a trial is its cluster's, where noise is shared."""
IMPROVEMENTS = (0.03, 0.06)
TRADED = 0.4
"""Share of fixtures whose pass rates another system has among them in another order."""


class Change(StrEnum):
    """What a pull request does."""

    NONE = "A/A"
    SHARED_NOISE = "A/A, shared noise"
    DRIFT = "A/A, drift -3"
    UNIFORM_1 = "uniform -1"
    UNIFORM_2 = "uniform -2"
    UNIFORM_3 = "uniform -3"
    UNIFORM_5 = "uniform -5"
    UNIFORM_10 = "uniform -10"
    SLICE = "slice -50 %"
    SCATTERED = "scattered -50 %"
    MIXED = "mixed"
    IMPROVED = "improved 3-6"
    OTHER_WORSE = "other system, 3-6 worse"
    OTHER_MUCH_WORSE = "other system, 6-12 worse"
    OTHER_BETTER = "other system, 3-6 better"

    @property
    def is_harmless(self) -> bool:
        return self in (Change.NONE, Change.SHARED_NOISE, Change.DRIFT, Change.IMPROVED, Change.OTHER_BETTER)


UNIFORM: Mapping[Change, float] = {
    Change.UNIFORM_1: 0.01,
    Change.UNIFORM_2: 0.02,
    Change.UNIFORM_3: 0.03,
    Change.UNIFORM_5: 0.05,
    Change.UNIFORM_10: 0.10,
}
OTHER_SYSTEM: Mapping[Change, tuple[float, float]] = {
    Change.OTHER_WORSE: (-0.06, -0.03),
    Change.OTHER_MUCH_WORSE: (-0.12, -0.06),
    Change.OTHER_BETTER: (0.03, 0.06),
}
"""How far the mean moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What one cell simulates, besides the change."""

    fixtures: int
    trials: int
    """``policy.trials``: the ceiling of trials a fixture."""
    stored: int = 10
    """Stored trials of base, one a run."""
    s2: float = 0.08
    """Call-to-call variance: the mean of p (1 - p) over fixtures. Below 0.16."""
    attempts: int = 24
    """Fresh trials that may be asked for, a fixture and arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pull requests on one suite. Scores are (pull requests, fixtures, attempts)."""

    suite: tuple[Fixture, ...]
    """In the order of ids."""
    base: Floats
    """Fresh trials of base."""
    head: Floats
    stored: Floats
    """Earlier trials of base."""
    rates: Floats
    """(pull requests, fixtures): base's true pass rates when its rows were stored."""

    @property
    def count(self) -> int:
        return len(self.head)


def draw_batch(setting: Setting, change: Change, count: int, rng: np.random.Generator) -> Batch:
    """``count`` pull requests, each with its own fixtures' rates, on one cut of the suite into clusters and slices."""
    suite, clusters = _draw_suite(setting.fixtures, rng)
    rates = draw_rates(setting, count, rng)
    base = np.clip(rates - 0.03, 0.0, 1.0) if change is Change.DRIFT else rates
    head = np.stack([change_rates(row, change, rng) for row in base])
    shared = clusters if change is Change.SHARED_NOISE else None
    return Batch(
        suite=suite,
        base=_draw_trials(base, setting.attempts, shared, rng),
        head=_draw_trials(head, setting.attempts, shared, rng),
        stored=_draw_trials(rates, setting.stored, shared, rng),
        rates=rates,
    )


_HALVINGS = 40


def draw_head(batch: Batch, drops: Floats, setting: Setting, rng: np.random.Generator) -> Floats:
    """Head's trials, where the mean of a pull request's rates fell by its own drop: all by the same, none below 0."""
    low, high = drops.copy(), np.ones_like(drops)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fell = (batch.rates - np.clip(batch.rates - middle[:, None], 0.0, 1.0)).mean(axis=1)
        low, high = np.where(fell < drops, middle, low), np.where(fell < drops, high, middle)
    return _draw_trials(np.clip(batch.rates - high[:, None], 0.0, 1.0), setting.attempts, None, rng)


def draw_rates(setting: Setting, count: int, rng: np.random.Generator) -> Floats:
    """(count, fixtures): pass rates from the Beta distribution of mean 0.8 whose E[p (1 - p)] is s2.

    For Beta(a, b) of mean m, E[p (1 - p)] = m (1 - m) (a + b) / (a + b + 1). At s2 = 0.08 this is Beta(0.8, 0.2): most
    fixtures nearly always pass, some nearly never do, the others are anything between.
    """
    ratio = setting.s2 / (MEAN_RATE * (1.0 - MEAN_RATE))
    if not 0.0 < ratio < 1.0:
        raise ValueError(f"s2 is {setting.s2}: it must lie between 0 and {MEAN_RATE * (1.0 - MEAN_RATE):.2f}")
    size = ratio / (1.0 - ratio)
    return rng.beta(MEAN_RATE * size, (1.0 - MEAN_RATE) * size, (count, setting.fixtures))


def change_rates(rates: Floats, change: Change, rng: np.random.Generator) -> Floats:
    """Head's pass rates."""
    if change in UNIFORM:
        return np.clip(rates - UNIFORM[change], 0.0, 1.0)
    if change in OTHER_SYSTEM:
        return _replace_system(rates, change, rng)
    return _change_some(rates, change, rng)


def _change_some(rates: Floats, change: Change, rng: np.random.Generator) -> Floats:
    """A slice is every tenth fixture."""
    in_slice = np.arange(len(rates)) % SLICES == 0
    match change:
        case Change.SLICE:
            return np.where(in_slice, rates / 2, rates)
        case Change.SCATTERED:
            return np.where(rng.random(len(rates)) < 1 / SLICES, rates / 2, rates)
        case Change.MIXED:
            return np.where(in_slice, rates / 2, improve(rates, 0.06))
        case Change.IMPROVED:
            return improve(rates, rng.uniform(*IMPROVEMENTS))
        case _:
            return rates


def _replace_system(rates: Floats, change: Change, rng: np.random.Generator) -> Floats:
    """Some fixtures trade rates with each other, so that much changes both ways; then the mean moves."""
    chosen = np.flatnonzero(rng.random(len(rates)) < TRADED)
    traded = rates.copy()
    traded[chosen] = rates[rng.permutation(chosen)]
    move = rng.uniform(*OTHER_SYSTEM[change])
    return improve(traded, move) if move > 0.0 else impair(traded, -move, rng)


def improve(rates: Floats, gain: float) -> Floats:
    """The mean rises by ``gain``: every fixture loses the same share of its failures."""
    failing = 1.0 - rates
    improved: Floats = 1.0 - failing * max(0.0, 1.0 - gain / float(failing.mean()))
    return improved


def impair(rates: Floats, loss: float, rng: np.random.Generator) -> Floats:
    """The mean falls by ``loss``: fixtures break for good, in random order, the last of them in part."""
    order = rng.permutation(len(rates))
    lost_before = np.cumsum(rates[order]) - rates[order]
    left = np.clip(loss * len(rates) - lost_before, 0.0, rates[order])
    impaired = rates.copy()
    impaired[order] -= left
    return impaired


def _draw_suite(fixtures: int, rng: np.random.Generator) -> tuple[tuple[Fixture, ...], Ints]:
    """Fixtures thrown at random into a third as many clusters, across the slices; the clusters' numbers."""
    clusters = rng.integers(0, max(1, fixtures // 3), fixtures)
    suite = tuple(
        Fixture(
            id=f"f{place:05d}",
            input="",
            slices=(Slice("topic", f"t{place % SLICES}"),),
            cluster=f"c{cluster:05d}",
        )
        for place, cluster in enumerate(clusters.tolist())
    )
    return suite, clusters


def _draw_trials(rates: Floats, attempts: int, clusters: Ints | None, rng: np.random.Generator) -> Floats:
    luck = rng.random((*rates.shape, attempts), dtype=np.float32)
    if clusters is not None:
        common = rng.random((len(rates), int(clusters.max()) + 1, attempts), dtype=np.float32)[:, clusters]
        luck = np.where(rng.random(luck.shape, dtype=np.float32) < SHARED_LUCK, common, luck)
    return (luck < rates[:, :, None]).astype(np.float64)
