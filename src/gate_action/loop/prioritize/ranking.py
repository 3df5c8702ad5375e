"""Draws of rate, severity and addressability -> the order, and how sure it is. Arrays in, arrays out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gate_action.loop.intervals import Floats, Ints
from gate_action.model.distribution import Share

_Z = 1.959964
CHANCE_WORTH = 8.0
"""A named chance counts as if it had been seen on so many attempts."""
EFFORT_SPREAD = 0.4
"""Estimates of effort are off by half as much again at one standard deviation."""
WORST_RELIEF = 0.2
"""However rarely its conversations are given up, a failure is worth this much of an ordinary one."""


class Order(NamedTuple):
    """Of (items,), by their places in the arrays."""

    ranks: Ints
    """From 1."""
    low: Ints
    high: Ints
    """Between these a rank lies in 9 of 10 draws."""
    p_top: Floats


def draw_rate(rate: Share, draws: int, rng: np.random.Generator) -> Floats:
    """A law with the rate as its median and its interval as its 95%: a normal one whose halves differ (a split normal),
    never below 0.
    """
    z = rng.standard_normal(draws)
    reach = np.where(z > 0, rate.interval.high - rate.value, rate.value - rate.interval.low) / _Z
    return np.asarray((rate.value + z * reach).clip(0.0, 1.0))


def draw_chance(chance: float, draws: int, rng: np.random.Generator) -> Floats:
    return rng.beta(chance * CHANCE_WORTH, (1 - chance) * CHANCE_WORTH, size=draws)


def draw_effort(days: float, draws: int, rng: np.random.Generator) -> Floats:
    return days * np.exp(EFFORT_SPREAD * rng.standard_normal(draws))


def multiply(factors: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Each (items, draws): the product of their powers. With all weights 1, harm that a day of work takes away."""
    score = np.ones_like(factors[0])
    for factor, weight in zip(factors, weights, strict=True):
        score = score * factor**weight
    return score


def add(factors: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Each (items, draws): the weighted mean of each factor's share of the largest item's, draw by draw."""
    total = sum(weights) or 1.0
    score = np.zeros_like(factors[0])
    for factor, weight in zip(factors, weights, strict=True):
        score = score + weight / total * factor / np.maximum(factor.max(axis=0), 1e-300)
    return score


def rank_items(scores: Floats, points: Floats, tiers: Ints, top: int) -> Order:
    """``scores`` (items, draws), ``points`` (items,) the scores of the figures as they are told, ``tiers`` (items,):
    a lower tier comes first whatever its score.
    """
    order = np.lexsort((np.arange(len(points)), -points, tiers))
    ranks = np.empty(len(points), dtype=np.int64)
    ranks[order] = np.arange(1, len(points) + 1)
    drawn = np.empty(scores.shape, dtype=np.int64)
    columns = np.arange(scores.shape[1])
    # Within a tier by score: the sort by tier comes last and is stable.
    by_score = np.argsort(-scores, axis=0, kind="stable")
    by_tier = np.take_along_axis(by_score, np.argsort(tiers[by_score], axis=0, kind="stable"), axis=0)
    drawn[by_tier, columns] = np.arange(1, len(points) + 1)[:, None]
    low, high = (np.quantile(drawn, tail, axis=1, method="nearest").astype(np.int64) for tail in (0.05, 0.95))
    return Order(ranks=ranks, low=low, high=high, p_top=(drawn <= top).mean(axis=1))


def find_ties(scores: Floats, tiers: Ints, sure: float) -> tuple[tuple[int, int], ...]:
    """Runs of ranks, (first, last), of which the first is not ahead of any other in a share ``sure`` of the draws.
    ``scores`` and ``tiers`` are in the order of the ranks.
    """
    runs: list[tuple[int, int]] = []
    first = 0
    for place in range(1, len(tiers) + 1):
        is_together = (
            place < len(tiers) and tiers[place] == tiers[first] and is_ahead(scores[first], scores[place]) < sure
        )
        if not is_together:
            if place - first > 1:
                runs.append((first + 1, place))
            first = place
    return tuple(runs)


def is_ahead(one: Floats, other: Floats) -> float:
    """In which share of the draws; a draw that is even counts half."""
    return float((one > other).mean() + (one == other).mean() / 2)
