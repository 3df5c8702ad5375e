from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.contingency_tables import StratifiedTable, mcnemar

from gate_action.comparison.statistics.blocks import pair_arms
from gate_action.comparison.statistics.convolve import FOURIER_FROM, Tails, _convolve, exact_tails
from tests.comparison.rows import Scores, clustered, panel
from tests.profiles import examples

passes = st.sampled_from([0.0, 1.0])


def tails(base: Scores, head: Scores, clusters: list[str] | None = None) -> Tails:
    found = exact_tails(pair_arms(clustered(base, head, clusters) if clusters else panel(base, head)))
    assert found is not None
    return found


def enumerate_tails(base: list[list[float]], head: list[list[float]]) -> tuple[float, float]:
    """All relabellings of single-fixture clusters, one by one."""
    outcomes = []
    for before, after in zip(base, head, strict=True):
        scores = np.array([*before, *after], float)
        rows = [np.isin(np.arange(len(scores)), chosen) for chosen in combinations(range(len(scores)), len(after))]
        outcomes.append([scores[row].mean() - scores[~row].mean() for row in rows])
    totals = np.array([sum(ways) for ways in product(*outcomes)])
    observed = sum(float(np.mean(after) - np.mean(before)) for before, after in zip(base, head, strict=True))
    below, equal = totals < observed - 1e-9, abs(totals - observed) <= 1e-9
    return float(below.mean()), float(equal.mean())


@pytest.mark.parametrize(("to_fail", "to_pass"), [(9, 1), (5, 5), (1, 8), (14, 3), (6, 0)])
def test_one_trial_an_arm_is_mcnemars_test(to_fail: int, to_pass: int) -> None:
    base = [[1.0]] * to_fail + [[0.0]] * to_pass + [[1.0]] * 7
    head = [[0.0]] * to_fail + [[1.0]] * to_pass + [[1.0]] * 7
    found = tails(base, head)
    discordant = to_fail + to_pass
    point = float(binom.pmf(to_pass, discordant, 0.5))
    assert found.mid_p == pytest.approx(float(binom.cdf(to_pass, discordant, 0.5)) - 0.5 * point)
    if to_fail > to_pass:
        exact = mcnemar([[0, to_fail], [to_pass, 7]], exact=True).pvalue
        assert 2 * (found.below + found.equal) == pytest.approx(exact)


def test_with_many_trials_it_approaches_the_cochran_mantel_haenszel_test() -> None:
    rng = np.random.default_rng(3)
    rates = rng.beta(3, 1, 400)[:, None]
    base, head = (rng.random((400, 3)) < rates), (rng.random((400, 3)) < rates - 0.04)
    tables = [[[h.sum(), 3 - h.sum()], [b.sum(), 3 - b.sum()]] for b, h in zip(base, head, strict=True)]
    informative = [table for table in tables if 0 < table[0][0] + table[1][0] < 6]
    oracle = StratifiedTable([np.array(table, float) for table in informative]).test_null_odds().pvalue / 2
    assert tails(base.astype(float).tolist(), head.astype(float).tolist()).mid_p == pytest.approx(oracle, rel=0.05)


@examples(12)
@given(
    st.lists(
        st.tuples(st.lists(passes, min_size=1, max_size=3), st.lists(passes, min_size=1, max_size=3)),
        min_size=1,
        max_size=4,
    )
)
def test_unequal_trial_numbers_give_what_listing_all_relabellings_gives(
    rows: list[tuple[list[float], list[float]]],
) -> None:
    base, head = [row[0] for row in rows], [row[1] for row in rows]
    found = tails(base, head)
    assert (found.below, found.equal) == pytest.approx(enumerate_tails(base, head))


def test_fixtures_of_one_cluster_move_together() -> None:
    base, head = [[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]
    assert tails(base, head).mid_p == pytest.approx(0.5 / 36)
    assert tails(base, head, ["one", "one"]).mid_p == pytest.approx(0.5 / 6)


def test_thousands_of_fixtures_keep_the_chance_whole() -> None:
    rng = np.random.default_rng(5)
    base, head = rng.integers(0, 2, (2, 3000, 3)).astype(float).tolist()
    worse = tails(base, head)
    better = tails(head, base)
    assert worse.below + worse.equal + better.below == pytest.approx(1.0, abs=1e-9)


def test_a_hopeless_head_has_a_p_value_of_nearly_nothing() -> None:
    found = tails([[1.0] * 3] * 300, [[0.0] * 3] * 300)
    assert 0.0 <= found.mid_p < 1e-15


def test_very_uneven_trial_numbers_are_left_to_relabelling() -> None:
    base = [[1.0] * trials for trials in (7, 13, 19, 29)]
    head = [[1.0] * trials for trials in (11, 17, 23, 31)]
    assert exact_tails(pair_arms(panel(base, head))) is None


def test_scores_between_0_and_1_are_left_to_relabelling() -> None:
    assert exact_tails(pair_arms(panel([[0.5]], [[1.0]]))) is None


def test_a_large_grid_by_fourier_transform_is_the_plain_convolution() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.random(6000), rng.random(5000)
    one, other = one / one.sum(), other / other.sum()
    assert len(one) * len(other) > FOURIER_FROM
    assert _convolve(one, other) == pytest.approx(np.convolve(one, other), abs=1e-15)


def test_uneven_trial_numbers_are_left_to_monte_carlo_before_their_grid_takes_seconds() -> None:
    """Missing scores in long runs: each fixture has its own numbers of trials."""
    rng = np.random.default_rng(0)
    base = [rng.integers(0, 2, 8 + place % 5).tolist() for place in range(20)]
    head = [rng.integers(0, 2, 7 + place % 4).tolist() for place in range(20)]
    assert exact_tails(pair_arms(panel(base, head))) is None
