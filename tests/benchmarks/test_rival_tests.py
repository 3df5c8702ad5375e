import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from power_lib.rival_tests import (
    clustered_p,
    fisher_left_p,
    mcnemar_exact_p,
    mcnemar_mid_p,
    paired_lower_bound,
    paired_p,
    welch_p,
)

RNG = np.random.default_rng(0)
BASE, HEAD = RNG.random((5, 40)), RNG.random((5, 40)) - 0.1


def test_welchs_p_is_scipys() -> None:
    oracle = stats.ttest_ind(HEAD, BASE, axis=1, equal_var=False).pvalue
    assert welch_p(BASE, HEAD) == pytest.approx(oracle)


def test_the_paired_p_and_bound_are_scipys() -> None:
    oracle = stats.ttest_rel(HEAD, BASE, axis=1)
    assert paired_p(HEAD - BASE) == pytest.approx(oracle.pvalue)
    assert paired_lower_bound(HEAD - BASE, 0.05) == pytest.approx(oracle.confidence_interval(0.9).low)


def test_the_clustered_p_is_that_of_statsmodels_clustered_errors() -> None:
    clusters = RNG.integers(0, 12, 40)
    number = len(np.unique(clusters))
    for row in HEAD - BASE:
        fit = sm.OLS(row, np.ones(40)).fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False})
        error = float(fit.bse[0]) * np.sqrt(number / (number - 1))
        oracle = 2 * stats.t.sf(abs(row.mean()) / error, number - 1)
        assert clustered_p(row[None], clusters)[0] == pytest.approx(oracle)


def test_without_spread_only_a_move_is_certain() -> None:
    flat = np.zeros((1, 8))
    assert paired_p(flat).tolist() == [1.0]
    assert paired_p(flat - 0.5).tolist() == [0.0]


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (5, 5), (9, 1), (1, 9), (30, 14)])
def test_mcnemars_p_values_are_those_of_the_binomial(lost: int, won: int) -> None:
    arrays = np.array([lost]), np.array([won])
    exact = float(stats.binom.sf(lost - 1, lost + won, 0.5)) if lost + won else 1.0
    assert mcnemar_exact_p(*arrays)[0] == pytest.approx(exact)
    if lost > won:
        two_sided = mcnemar([[0, lost], [won, 0]], exact=True).pvalue
        assert 2 * exact == pytest.approx(two_sided)
        mid_p = two_sided - stats.binom.pmf(won, lost + won, 0.5)
        assert mcnemar_mid_p(*arrays)[0] == pytest.approx(mid_p)


def test_fishers_table_is_scipys() -> None:
    table = fisher_left_p(3, 10)
    for head in range(4):
        for base in range(11):
            square = np.array([[head, 3 - head], [base, 10 - base]])
            assert table[head, base] == pytest.approx(stats.fisher_exact(square, alternative="less").pvalue)
