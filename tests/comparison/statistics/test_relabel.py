from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.comparison.arrays import Bools, Floats
from gate_action.comparison.evidence import Panel
from gate_action.comparison.statistics.blocks import pair_arms
from gate_action.comparison.statistics.convolve import exact_tails
from gate_action.comparison.statistics.relabel import (
    MOST_CELLS,
    draw_relabellings,
    find_reach,
    list_ways,
    null_deviations,
    relabelled_means,
    relabelled_shares,
)
from tests.comparison.rows import clustered, panel
from tests.profiles import examples


def relabel(scores: Panel, relabellings: int = 10_000, groups: Bools | None = None) -> Floats:
    pairs = pair_arms(scores)
    members = np.ones((len(pairs.ids), 1), bool) if groups is None else groups
    return relabelled_means(pairs, members, draw_relabellings(pairs, relabellings, seed=1))


def noisy(fixtures: int, trials: int, seed: int = 0) -> Panel:
    base, head = np.random.default_rng(seed).random((2, fixtures, trials))
    return panel(base.tolist(), head.tolist())


@pytest.mark.parametrize(("base_trials", "head_trials"), [(1, 1), (3, 3), (2, 4), (5, 1), (9, 9), (10, 7)])
def test_each_trial_goes_to_head_equally_often(base_trials: int, head_trials: int) -> None:
    ways = list_ways(base_trials, head_trials, seed=0)
    assert (ways.weights > 0).mean(axis=0) == pytest.approx(head_trials / (base_trials + head_trials))
    assert ((ways.weights > 0).sum(axis=1) == head_trials).all()
    assert len(np.unique(ways.weights, axis=0)) == ways.count


def test_few_relabellings_are_all_listed_once() -> None:
    values = relabel(panel([[0.1, 0.3], [0.2, 0.7]], [[0.5, 0.9], [0.4, 0.8]]))
    assert len(values) == 36
    assert values.mean() == pytest.approx(0.0)


def test_random_relabellings_find_the_exact_distribution() -> None:
    base, head = (np.random.default_rng(2).random((2, 80, 3)) < 0.7).astype(float)
    pairs = pair_arms(panel(base.tolist(), head.tolist()))
    exact = exact_tails(pairs)
    assert exact is not None
    values = relabel(panel(base.tolist(), head.tolist()))[:, 0]
    observed = float((head - base).mean())
    mid_p = (values < observed - 1e-9).mean() + 0.5 * (abs(values - observed) <= 1e-9).mean()
    assert mid_p == pytest.approx(exact.mid_p, abs=0.015)


def test_the_deviation_by_formula_is_that_of_all_relabellings() -> None:
    scores = clustered(
        [[0.1, 0.6], [0.3, 0.2], [0.9, 0.4]], [[0.5, 0.2, 0.3], [0.8, 0.1, 0.2], [0.7, 0.0, 0.6]], ["a", "a", "b"]
    )
    members = np.array([[True, True], [True, False], [True, True]])
    values = relabel(scores, groups=members)
    assert null_deviations(pair_arms(scores), members) == pytest.approx(values.std(axis=0))


def test_more_ways_than_can_be_listed_keep_mean_and_deviation() -> None:
    scores = noisy(40, 9)
    values = relabel(scores)
    deviation = null_deviations(pair_arms(scores), np.ones((40, 1), bool))
    assert values.mean() == pytest.approx(0.0, abs=4 * float(deviation[0]) / 100)
    assert values.std(axis=0) == pytest.approx(deviation, rel=0.03)


@examples(10)
@given(seed=st.integers(0, 1000), base_trials=st.integers(1, 4), head_trials=st.integers(1, 4))
def test_swapping_the_arms_mirrors_every_draw(seed: int, base_trials: int, head_trials: int) -> None:
    rng = np.random.default_rng(seed)
    base, head = rng.random((12, base_trials)).tolist(), rng.random((12, head_trials)).tolist()
    there, back = relabel(panel(base, head), 400), relabel(panel(head, base), 400)
    assert np.sort(there[:, 0]) == pytest.approx(-np.sort(back[:, 0])[::-1])


def test_equal_seeds_draw_equally_and_others_differ() -> None:
    pairs = pair_arms(noisy(30, 3))
    members = np.ones((30, 1), bool)
    first, again, other = (relabelled_means(pairs, members, draw_relabellings(pairs, 200, seed)) for seed in (4, 4, 5))
    assert (first == again).all()
    assert not np.allclose(first, other)


def test_portions_do_not_change_what_is_drawn() -> None:
    draws = draw_relabellings(pair_arms(noisy(30, 3)), 1000, seed=7)
    whole = [part for _, part in draws.parts(1)]
    portions = list(draws.parts(40_000))
    assert len(whole) == 1
    assert len(portions) > 2
    assert all(start < later for (start, _), (later, _) in pairwise(portions))
    assert (np.concatenate([part for _, part in portions]) == whole[0]).all()


def test_a_suite_too_large_for_one_table_is_relabelled_in_batches_alike() -> None:
    pairs = pair_arms(noisy(5000, 7))
    halves = np.stack([np.arange(5000) < 2500, np.arange(5000) >= 2500], axis=1)
    draws = draw_relabellings(pairs, 20, seed=1)
    assert 5000 * draws.ways[7, 7].count > MOST_CELLS > 2500 * draws.ways[7, 7].count
    together = relabelled_means(pairs, halves, draws)
    apart = [relabelled_means(pairs, halves[:, [column]], draws) for column in (0, 1)]
    assert together == pytest.approx(np.concatenate(apart, axis=1))


def test_a_shift_of_heads_scores_adds_the_shares() -> None:
    base, head = np.random.default_rng(3).random((2, 20, 3)) / 2
    pairs, shifted = (pair_arms(panel(base.tolist(), (head + by).tolist())) for by in (0.0, 0.25))
    members, draws = np.ones((20, 1), bool), draw_relabellings(pairs, 500, seed=2)
    shares = relabelled_shares(pairs, members, draws)
    moved = relabelled_means(shifted, members, draws) - relabelled_means(pairs, members, draws)
    assert moved == pytest.approx(0.25 * shares)


def test_six_clusters_of_one_trial_reach_one_percent_and_five_do_not() -> None:
    five, six = (pair_arms(panel([[1.0]] * count, [[0.0]] * count)) for count in (5, 6))
    assert find_reach(six, np.ones(6, bool), 0.01) is None
    reach = find_reach(five, np.ones(5, bool), 0.01)
    assert reach is not None
    assert reach.informative == 5
    assert reach.smallest_p == pytest.approx(0.5 / 32)


def test_clusters_whose_trials_agree_lend_nothing() -> None:
    reach = find_reach(pair_arms(panel([[1.0]] * 50 + [[1.0]], [[1.0]] * 50 + [[0.0]])), np.ones(51, bool), 0.04)
    assert reach is not None
    assert (reach.informative, reach.smallest_p) == (1, 0.25)
