"""What the scored turns say of all turns of the window, and beside it latency, cost and errors. Each turn stands for
one over the probability of recording it times that of drawing it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gate_action.loop.intervals import Floats, rate_of
from gate_action.loop.store import Store
from gate_action.loop.weighing import Window, weigh_turns
from gate_action.model.distribution import Share

QUANTILES = (0.5, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricMean:
    metric: str
    turns: int
    """Scored ones."""
    missing: int
    """Drawn ones that no evaluator could score: they are no part of the mean."""
    mean: Share
    """Of all turns of the window, estimated (Hajek 1971), with its 95% interval; users are the units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Of all recorded turns of the window. None: nothing was measured."""

    turns: int
    errors: Share | None
    latency_s: tuple[float, ...] | None
    """At QUANTILES."""
    cost_usd: float | None
    """Mean of a turn that told its cost."""
    costed: int
    """Turns that told it."""


def summarise_scores(store: Store, window: Window, digests: Mapping[str, str]) -> tuple[MetricMean, ...]:
    weighed, score = weigh_turns(store.table, window), store.table("score")
    rows = (
        score.inner_join(weighed, "turn_id")
        .select("metric", "evaluator_digest", "value", "probability", "unit", "weight")
        .to_pyarrow()
        .to_pylist()
    )
    means = []
    for metric, digest in digests.items():
        mine = [row for row in rows if row["metric"] == metric and row["evaluator_digest"] == digest]
        valued = [row for row in mine if row["value"] is not None]
        if valued:
            weights = np.array([row["weight"] / row["probability"] for row in valued])
            values = np.array([row["value"] for row in valued], dtype=np.float64)
            mean = _mean(values, weights, [row["unit"] for row in valued])
            means.append(MetricMean(metric=metric, turns=len(valued), missing=len(mine) - len(valued), mean=mean))
    return tuple(means)


def measure_vitals(store: Store, window: Window) -> Vitals:
    turn = store.table("turn").select("turn_id", "latency_s", "cost_usd", "status")
    rows = weigh_turns(store.table, window).inner_join(turn, "turn_id").to_pyarrow()
    weights = rows["weight"].to_numpy().astype(np.float64)
    failed = np.array([status == "error" for status in rows["status"].to_pylist()], dtype=np.float64)
    latency, cost = (_column(rows[name].to_pylist()) for name in ("latency_s", "cost_usd"))
    timed, costed = ~np.isnan(latency), ~np.isnan(cost)
    return Vitals(
        turns=len(weights),
        errors=_mean(failed, weights, rows["unit"].to_pylist()) if len(weights) else None,
        latency_s=_quantiles(latency[timed], weights[timed]) if timed.any() else None,
        cost_usd=float(np.average(cost[costed], weights=weights[costed])) if costed.any() else None,
        costed=int(costed.sum()),
    )


def _mean(values: Floats, weights: Floats, units: list[str]) -> Share:
    _, places = np.unique(np.array(units), return_inverse=True)
    sums = [np.bincount(places, weights * values), np.bincount(places, weights)]
    kinds = np.stack(sums, axis=1).astype(np.float64)
    return rate_of(kinds, np.ones(len(kinds), dtype=np.int64))


def _column(values: list[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _quantiles(values: Floats, weights: Floats) -> tuple[float, ...]:
    """Weighted: the smallest value with at least that share of the weight at or below it."""
    order = np.argsort(values)
    shares = np.cumsum(weights[order]) / weights.sum()
    return tuple(float(values[order][min(int(np.searchsorted(shares, q)), len(values) - 1)]) for q in QUANTILES)
