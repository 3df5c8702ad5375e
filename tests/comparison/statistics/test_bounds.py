import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.multitest import multipletests

from gate_action.comparison.arrays import Floats
from gate_action.comparison.statistics.blocks import pair_arms
from gate_action.comparison.statistics.bounds import (
    benjamini_hochberg,
    clopper_pearson_upper,
    clustered_t_interval,
    detectable_drop,
    holm_factors,
    inverted_interval,
    upper_mean_bound,
    zero_flip_bound,
)
from gate_action.comparison.statistics.relabel import (
    draw_relabellings,
    null_deviations,
    relabelled_means,
    relabelled_shares,
)
from tests.comparison.rows import panel
from tests.profiles import examples

p_lists = st.lists(st.floats(0.0001, 1.0), min_size=1, max_size=8)


def ones(count: int) -> np.ndarray:
    return np.ones((count, 1), bool)


def test_without_clusters_the_t_interval_is_students() -> None:
    differences = np.random.default_rng(0).normal(-0.02, 0.1, 60)
    oracle = stats.ttest_1samp(differences, 0.0).confidence_interval(0.95)
    assert clustered_t_interval(differences, np.arange(60)) == pytest.approx((oracle.low, oracle.high))


def test_with_clusters_the_standard_error_is_the_sandwich_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    clusters = np.sort(rng.integers(0, 45, 200))
    clusters = np.unique(clusters, return_inverse=True)[1]
    differences = rng.normal(0, 0.1, 200) + rng.normal(0, 0.1, clusters.max() + 1)[clusters]
    fit = OLS(differences, np.ones(200)).fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False})
    count = clusters.max() + 1
    reach = stats.t.ppf(0.975, count - 1) * float(fit.bse[0]) * np.sqrt(count / (count - 1))
    mean = differences.mean()
    assert clustered_t_interval(differences, clusters) == pytest.approx((mean - reach, mean + reach))


def test_no_spread_and_one_cluster_have_no_t_interval() -> None:
    assert clustered_t_interval(np.full(50, 0.2), np.arange(50)) is None
    assert clustered_t_interval(np.array([0.1, 0.3]), np.zeros(2, int)) is None


def rejected_shifts(base: Floats, head: Floats, level: float) -> tuple[float, float]:
    """The bounds by bisection, shifting head's scores and relabelling anew: what the quantiles are to be."""

    def p_lower(shift: float) -> float:
        pairs = pair_arms(panel(base.tolist(), (head - shift).tolist()))
        values = relabelled_means(pairs, ones(len(base)), draw_relabellings(pairs, 100_000, 0))[:, 0]
        return float((values <= (head - shift - base).mean() + 1e-12).mean())

    def p_upper(shift: float) -> float:
        pairs = pair_arms(panel(base.tolist(), (head - shift).tolist()))
        values = relabelled_means(pairs, ones(len(base)), draw_relabellings(pairs, 100_000, 0))[:, 0]
        return float((values >= (head - shift - base).mean() - 1e-12).mean())

    low, high = -1.0, float((head - base).mean())
    for _ in range(40):
        low, high = ((low + high) / 2, high) if p_upper((low + high) / 2) <= level else (low, (low + high) / 2)
    floor = low
    low, high = float((head - base).mean()), 1.0
    for _ in range(40):
        low, high = (low, (low + high) / 2) if p_lower((low + high) / 2) <= level else ((low + high) / 2, high)
    return floor, high


@pytest.mark.parametrize("seed", range(3))
def test_the_inverted_interval_is_where_the_bisection_ends(seed: int) -> None:
    base, head = np.random.default_rng(seed).random((2, 5, 2))
    pairs = pair_arms(panel(base.tolist(), head.tolist()))
    draws = draw_relabellings(pairs, 100_000, 0)
    assert draws.is_complete
    interval = inverted_interval(
        float((head - base).mean()),
        relabelled_means(pairs, ones(5), draws)[:, 0],
        relabelled_shares(pairs, ones(5), draws)[:, 0],
    )
    assert interval == pytest.approx(rejected_shifts(base, head, 0.025), abs=1e-6)


def test_too_few_relabellings_give_no_interval() -> None:
    pairs = pair_arms(panel([[0.1], [0.2], [0.3]], [[0.2], [0.5], [0.1]]))
    draws = draw_relabellings(pairs, 1000, 0)
    shares = relabelled_shares(pairs, ones(3), draws)[:, 0]
    assert inverted_interval(0.0, relabelled_means(pairs, ones(3), draws)[:, 0], shares) is None


def test_the_inverted_interval_covers_what_it_says() -> None:
    rng, covered = np.random.default_rng(11), 0
    for _ in range(200):
        rates = rng.beta(2, 2, (20, 1))
        base, head = rng.random((20, 3)) < rates, rng.random((20, 3)) < np.clip(rates - 0.1, 0, 1)
        truth = float((np.clip(rates - 0.1, 0, 1) - rates).mean())
        pairs = pair_arms(panel(base.astype(float).tolist(), head.astype(float).tolist()))
        draws = draw_relabellings(pairs, 800, 0)
        interval = inverted_interval(
            float(pairs.differences.mean()),
            relabelled_means(pairs, ones(20), draws)[:, 0],
            relabelled_shares(pairs, ones(20), draws)[:, 0],
        )
        assert interval is not None
        covered += interval.low - 1e-9 <= truth <= interval.high + 1e-9
    assert covered >= 182  # 95 % of 200 less two and a half standard errors


@given(clusters=st.integers(1, 2000))
def test_the_zero_flip_bound_leaves_five_percent(clusters: int) -> None:
    assert (1.0 - zero_flip_bound(clusters)) ** clusters == pytest.approx(0.05)


def test_it_takes_59_clusters_to_rule_out_five_points_where_nothing_flips() -> None:
    assert zero_flip_bound(58) > 0.05 > zero_flip_bound(59)
    assert zero_flip_bound(0) == 1.0


@given(trials=st.integers(1, 200), share=st.floats(0, 1))
def test_clopper_pearson_is_scipys(trials: int, share: float) -> None:
    passes = int(share * trials)
    oracle = stats.binomtest(passes, trials, alternative="less").proportion_ci(0.95, "exact").high
    assert clopper_pearson_upper(passes, trials) == pytest.approx(oracle)


def test_the_mean_of_passes_in_few_clusters_has_clopper_pearsons_bound() -> None:
    means = np.array([1.0] * 20 + [0.0] * 10)
    assert upper_mean_bound(means, np.arange(30)) == pytest.approx(clopper_pearson_upper(20, 30))


def test_the_mean_of_many_clusters_has_students_bound() -> None:
    means = np.random.default_rng(0).random(80)
    oracle = means.mean() + stats.t.ppf(0.95, 79) * means.std(ddof=1) / np.sqrt(80)
    assert upper_mean_bound(means, np.arange(80)) == pytest.approx(oracle)


def test_a_mean_without_spread_still_has_a_bound_above_it() -> None:
    assert upper_mean_bound(np.zeros(100), np.arange(100)) == pytest.approx(zero_flip_bound(100))


def test_fixtures_of_one_cluster_count_once_for_the_bound() -> None:
    apart = upper_mean_bound(np.zeros(30), np.arange(30))
    together = upper_mean_bound(np.zeros(30), np.repeat(np.arange(10), 3))
    assert together == pytest.approx(zero_flip_bound(10))
    assert together > apart


@pytest.mark.parametrize(
    ("variance", "fixtures", "trials", "points"), [(0.03, 30, 1, 12), (0.08, 100, 3, 6.3), (0.15, 1000, 5, 2.1)]
)
def test_the_detectable_drop_is_the_table_of_the_statistics(
    variance: float, fixtures: int, trials: int, points: float
) -> None:
    drop = detectable_drop(float(np.sqrt(2 * variance / (fixtures * trials))))
    assert drop is not None
    assert 100 * drop == pytest.approx(points, rel=0.03)


def test_the_deviation_under_relabelling_is_the_tables_standard_error() -> None:
    rng = np.random.default_rng(0)
    base, head = (rng.random((2, 2000, 3)) < 0.9).astype(float)
    deviation = null_deviations(pair_arms(panel(base.tolist(), head.tolist())), ones(2000))
    assert deviation == pytest.approx(np.sqrt(2 * 0.09 / (2000 * 3)), rel=0.05)


def test_where_nothing_varies_no_detectable_drop_is_named() -> None:
    assert detectable_drop(0.0) is None


@examples(4)  # a call of the oracle takes 0.1 s
@given(p_values=p_lists, alpha=st.sampled_from([0.01, 0.05, 0.2]))
def test_holm_rejects_what_statsmodels_rejects(p_values: list[float], alpha: float) -> None:
    ratios = [p / alpha for p in p_values]
    rejected = [ratio <= factor for ratio, factor in zip(ratios, holm_factors(ratios), strict=True)]
    assert rejected == multipletests(p_values, alpha, "holm")[0].tolist()


@given(p_values=p_lists, rate=st.sampled_from([0.05, 0.1, 0.3]))
def test_benjamini_hochberg_rejects_what_statsmodels_rejects(p_values: list[float], rate: float) -> None:
    assert list(benjamini_hochberg(p_values, rate)) == multipletests(p_values, rate, "fdr_bh")[0].tolist()


def test_no_tests_need_no_correction() -> None:
    assert holm_factors([]) == ()
    assert benjamini_hochberg([], 0.1) == ()
