from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from gate_action.comparison.arrays import Floats
from gate_action.comparison.statistics.blocks import Pairs, pair_arms
from gate_action.comparison.statistics.convolve import exact_tails
from gate_action.comparison.statistics.moments import drop_scores, lower_tails, reliability_weights
from tests.comparison.rows import clustered, panel


def everyone(pairs: Pairs) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.ones((len(pairs.ids), 1), bool)


def draw(seed: int, count: int, drop: float = 0.0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    rates = rng.beta(0.8, 0.2, (count, 1))
    return (rng.random((count, 10)) < rates).astype(float), (rng.random((count, 1)) < rates - drop).astype(float)


@pytest.mark.parametrize("seed", range(6))
def test_the_tail_is_near_the_exact_one(seed: int) -> None:
    base, head = draw(seed, 120, drop=0.04)
    pairs = pair_arms(panel(base.tolist(), head.tolist()))
    exact = exact_tails(pairs)
    assert exact is not None
    assert float(lower_tails(pairs, everyone(pairs))[0]) == pytest.approx(exact.mid_p, rel=0.15, abs=0.004)


def test_the_moments_are_those_of_all_relabellings() -> None:
    rows = [[1.0, 0.0, 1.0, 0.3], [0.0, 1.0, 1.0, 0.9], [0.2, 1.0, 0.6, 1.0]]
    pairs = pair_arms(clustered([row[:3] for row in rows], [row[3:] for row in rows], ["a", "a", "b"]))
    sums = [np.sum(rows[:2], axis=0), np.array(rows[2])]
    ways = [[column[chosen] - (column.sum() - column[chosen]) / 3 for chosen in range(4)] for column in sums]
    totals = np.array([sum(way) for way in product(*ways)])
    skew = float(((totals - totals.mean()) ** 3).mean() / totals.std() ** 3)
    observed = sum(way[3] for way in ways)
    shape = 4 / skew**2
    oracle = norm.cdf((observed - totals.mean()) / totals.std())  # where the skewness is small, they agree
    assert shape > 20
    assert float(lower_tails(pairs, everyone(pairs))[0]) == pytest.approx(float(oracle), abs=0.05)


@pytest.mark.parametrize("builds", [100, pytest.param(400, marks=pytest.mark.slow)])
def test_unchanged_builds_are_suspected_as_often_as_the_level_says(builds: int) -> None:
    scores = []
    for seed in range(builds):
        base, head = draw(seed, 80)
        pairs = pair_arms(panel(base.tolist(), head.tolist()))
        scores.append(float(drop_scores(pairs, everyone(pairs))[0]))
    for level in (0.20, 0.10, 0.05):
        share = float(np.mean(norm.sf(scores) <= level))
        assert share == pytest.approx(level, abs=3 * (level * (1 - level) / builds) ** 0.5)


def test_where_no_trials_differ_nothing_has_fallen() -> None:
    pairs = pair_arms(panel([[1.0, 1.0]] * 4, [[1.0]] * 4))
    assert drop_scores(pairs, everyone(pairs)).tolist() == [0.0]


def test_a_failure_counts_more_where_nearly_every_trial_passes() -> None:
    pairs = pair_arms(panel([[1.0] * 10, [1.0] * 5 + [0.0] * 5], [[1.0], [0.0]]))
    steady, flaky = reliability_weights(pairs)
    assert (steady, flaky) == (13.0, 3.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=4, max_size=4), min_size=3, max_size=8))
def test_weights_do_not_depend_on_which_arm_a_trial_is_of(rows: list[list[float]]) -> None:
    one = pair_arms(panel([row[:3] for row in rows], [row[3:] for row in rows]))
    other = pair_arms(panel([row[1:] for row in rows], [row[:1] for row in rows]))
    assert reliability_weights(one).tolist() == reliability_weights(other).tolist()
