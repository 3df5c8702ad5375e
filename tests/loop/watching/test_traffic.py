from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.watching.traffic import WEEK_H, Traffic, sum_same_hours, sum_since


@st.composite
def traffics(draw, span: int = WEEK_H):
    turns = draw(st.integers(0, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    return Traffic(
        hours=np.sort(rng.random(turns) * span),
        failing=rng.integers(0, 2, turns).astype(float),
        weights=rng.choice([1.0, 2.5, 10.0], turns),
        units=rng.integers(0, 6, turns),
        strata=np.zeros(turns, np.int64),
    )


def by_hand(traffic: Traffic, counts: np.ndarray) -> tuple[float, ...]:
    """``counts``: how often each turn counts."""
    masses: dict[int, float] = defaultdict(float)
    for unit, weight, count in zip(traffic.units, traffic.weights, counts, strict=True):
        masses[int(unit)] += float(weight * count)
    weights = traffic.weights * counts
    squares = float((weights**2).sum())
    return (
        float(counts.sum()),
        float(weights.sum()),
        float((weights * traffic.failing).sum()),
        squares,
        sum(mass**2 for mass in masses.values()),
    )


@given(traffics(span=400), st.integers(0, 300))
def test_sums_are_those_of_the_turns_between_start_and_look(traffic: Traffic, start: int):
    looks = np.array([start + 0.0, start + 1.0, start + 50.0, start + 200.0])
    sums = sum_since(traffic, start, looks)
    for place, look in enumerate(looks):
        counts = ((traffic.hours >= start) & (traffic.hours < look)).astype(float)
        assert [column[place] for column in sums] == pytest.approx(by_hand(traffic, counts), abs=1e-9)


@given(traffics(), st.integers(-400, -168), st.integers(0, 200))
def test_a_turn_of_the_before_window_counts_as_often_as_its_hour_of_the_week_came_by(
    before: Traffic, lag: int, start: int
):
    looks = np.array([start + 1.0, start + 24.0, start + 168.0, start + 400.0])
    sums = sum_same_hours(before, lag, start, looks)
    for place, look in enumerate(looks):
        comes_by = before.hours + lag + np.arange(1, 8)[:, None] * WEEK_H
        counts = ((comes_by >= start) & (comes_by < look)).sum(axis=0).astype(float)
        assert [column[place] for column in sums] == pytest.approx(by_hand(before, counts), abs=1e-9)


def turns(units: list[int]) -> Traffic:
    count = len(units)
    return Traffic(
        hours=np.arange(count, dtype=float),
        failing=np.ones(count),
        weights=np.ones(count),
        units=np.array(units, np.int64),
        strata=np.zeros(count, np.int64),
    )


@pytest.mark.parametrize(
    ("units", "likeness", "spread"),
    [
        ([0, 1, 2, 3, 4, 5], 1.0, 1 / 6),
        ([0, 0, 0, 1, 1, 1], 1.0, 1 / 2),
        ([0, 0, 0, 1, 1, 1], 0.0, 1 / 6),
        ([0, 0, 0, 1, 1, 1], 0.2, (1 + 2 * 0.2) / 6),
    ],
)
def test_the_spread_of_single_turns_is_one_over_their_number_and_of_alike_turns_one_over_the_users(
    units: list[int], likeness: float, spread: float
):
    sums = sum_since(turns(units), 0, np.array([10.0]))
    assert sums.spread(np.array([likeness]))[0] == pytest.approx(spread)


def test_before_anything_came_the_rate_is_unknown_and_not_certain():
    empty = sum_since(turns([]), 0, np.array([5.0]))
    assert empty.mass[0] == 0
    assert empty.spread(np.zeros(1))[0] == np.inf


def test_turns_out_of_order_are_refused():
    backwards = turns([0, 1])
    with pytest.raises(ValueError, match="order"):
        backwards.select(np.array([1, 0]))
