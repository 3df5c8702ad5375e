"""A judge's error rates against published formulas, and PPI against simulated truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa as oracle_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from gate_action.comparison.statistics.judges import (
    Labelled,
    Verdicts,
    cohens_kappa,
    correct_difference,
    estimate_by_ppi,
    measure_judge,
    wilson,
)
from gate_action.errors import ConfigError
from gate_action.model.comparison import Difference, Flips, Interval
from gate_action.model.judge import LEAST_J, Estimate, JudgeQuality
from tests.profiles import examples

COUNTS = st.tuples(*[st.integers(0, 200)] * 4)


def verdicts(both: int, human_only: int, judge_only: int, neither: int) -> list[Verdicts]:
    cells = [(True, True)] * both + [(True, False)] * human_only + [(False, True)] * judge_only
    cells += [(False, False)] * neither
    return [Verdicts(f"f{number}", *cell) for number, cell in enumerate(cells)]


@given(st.integers(1, 500), st.data())
def test_wilson_is_statsmodels_wilson(trials: int, data: st.DataObject):
    hits = data.draw(st.integers(0, trials))
    low, high = proportion_confint(hits, trials, method="wilson")
    assert wilson(hits, trials) == pytest.approx((hits / trials, low, high), abs=1e-9)


@given(COUNTS)
def test_kappa_is_statsmodels_kappa(counts: tuple[int, int, int, int]):
    table = np.array(counts, float).reshape(2, 2)
    mine = cohens_kappa(table.ravel())
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if table.sum() and rows @ columns < table.sum() ** 2:
        assert float(mine) == pytest.approx(oracle_kappa(table, return_results=False), abs=1e-9)
    else:
        assert np.isnan(mine)


@examples(10)
@given(st.integers(1, 200), st.integers(0, 200), st.integers(0, 200), st.integers(1, 200))
def test_j_is_newcombes_difference_of_two_rates(both: int, human_only: int, judge_only: int, neither: int):
    measured = measure_judge(verdicts(both, human_only, judge_only, neither)).j
    passes, fails = both + human_only, judge_only + neither
    low, high = confint_proportions_2indep(both, passes, judge_only, fails, compare="diff", method="newcomb")
    assert measured == pytest.approx((both / passes - judge_only / fails, low, high), abs=1e-9)


def test_kappas_interval_agrees_with_its_asymptotic_one_on_many_independent_labels():
    measured = measure_judge(verdicts(400, 60, 40, 300)).kappa
    oracle = oracle_kappa(np.array([[400, 60], [40, 300]]))
    assert measured.low == pytest.approx(oracle.kappa_low, abs=0.01)
    assert measured.high == pytest.approx(oracle.kappa_upp, abs=0.01)


def test_labels_of_one_fixture_widen_kappas_interval():
    alone = measure_judge(verdicts(60, 20, 20, 60)).kappa
    shared = [one._replace(fixture_id=f"f{number // 10}") for number, one in enumerate(verdicts(60, 20, 20, 60))]
    together = measure_judge(shared).kappa
    assert together.value == pytest.approx(alone.value)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


@pytest.mark.parametrize("cells", [(5, 5, 0, 0), (0, 0, 5, 5)])
def test_labels_of_one_class_measure_nothing(cells: tuple[int, int, int, int]):
    with pytest.raises(ConfigError, match="no label of the class"):
        measure_judge(verdicts(*cells))


def test_one_fixture_alone_leaves_kappa_open():
    told = [one._replace(fixture_id="f") for one in verdicts(5, 1, 1, 5)]
    kappa = measure_judge(told).kappa
    assert kappa.low <= kappa.value <= kappa.high


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ((49, 0, 0, 60), "49 labels of pass"),
        ((60, 0, 0, 49), "49 labels of fail"),
        ((40, 20, 20, 40), "its J is 0.33"),
        ((45, 15, 15, 45), ""),
        ((50, 0, 0, 50), ""),
    ],
)
def test_a_judge_may_block_with_half_of_j_on_fifty_labels_a_class(cells: tuple[int, int, int, int], words: str):
    shortfall = measure_judge(verdicts(*cells)).shortfall
    assert words in shortfall
    assert bool(shortfall) is bool(words)
    assert LEAST_J == 0.5


def difference(delta: float, low: float, high: float) -> Difference:
    return Difference(
        base_mean=0.8,
        head_mean=0.8 + delta,
        delta=delta,
        interval=Interval(low, high),
        p_value=0.1,
        fixtures=100,
        clusters=100,
        base_trials=100,
        head_trials=100,
        flips=Flips(0, 0),
    )


def quality(j: Estimate) -> JudgeQuality:
    same = Estimate(0.9, 0.8, 1.0)
    return JudgeQuality(sensitivity=same, specificity=same, j=j, kappa=same, passes=60, fails=60)


def test_a_difference_is_divided_by_j():
    corrected = correct_difference(difference(-0.025, -0.05, 0.0), quality(Estimate(0.5, 0.5, 0.5)))
    assert corrected == pytest.approx((-0.05, -0.1, 0.0))


def test_an_unsure_j_widens_what_is_corrected():
    sure = correct_difference(difference(-0.1, -0.15, -0.05), quality(Estimate(0.5, 0.5, 0.5)))
    unsure = correct_difference(difference(-0.1, -0.15, -0.05), quality(Estimate(0.5, 0.3, 0.7)))
    assert sure is not None
    assert unsure is not None
    assert unsure.high - unsure.low > sure.high - sure.low


def test_nothing_is_corrected_by_a_j_that_may_be_zero():
    assert correct_difference(difference(-0.1, -0.2, 0.0), quality(Estimate(0.1, -0.1, 0.3))) is None


def judged_world(rng: np.random.Generator, fixtures: int, *, drop: float, bias: float) -> tuple[np.ndarray, np.ndarray]:
    """What people and a judge (sensitivity and specificity 0.85) see on each arm; ``bias``: head's fails it passes."""
    skill = rng.uniform(0.5, 1.0, fixtures)
    truth = rng.random((2, fixtures)) < np.array([skill, skill - drop])
    false_pass = np.array([[0.15], [0.15 + bias]])
    judge = np.where(truth, rng.random((2, fixtures)) < 0.85, rng.random((2, fixtures)) < false_pass)
    human, judged = (np.diff(seen.astype(float), axis=0)[0] for seen in (truth, judge))
    return human, judged


def estimates(*, drop: float, bias: float, labels: int = 60, fixtures: int = 300, worlds: int = 300):
    rng = np.random.default_rng(7)
    for _ in range(worlds):
        human, judge = judged_world(rng, fixtures, drop=drop, bias=bias)
        places = np.arange(fixtures)
        told = Labelled(human=human[:labels], judge=judge[:labels], clusters=places[:labels])
        estimate = estimate_by_ppi(told, judge[labels:], places[labels:])
        assert estimate is not None
        yield estimate, float(judge.mean()), human[:labels]


def test_ppi_sees_the_drop_that_a_judge_biased_for_head_does_not():
    found = list(estimates(drop=0.10, bias=0.30))
    assert np.mean([judge for _, judge, _ in found]) > -0.02
    assert np.mean([one.delta.value for one, _, _ in found]) == pytest.approx(-0.10, abs=0.01)


def test_ppis_interval_holds_the_truth_as_often_as_it_says():
    covered = [one.delta.low <= -0.05 <= one.delta.high for one, _, _ in estimates(drop=0.05, bias=0.1)]
    assert 0.91 <= np.mean(covered) <= 0.98


def test_ppi_is_sharper_than_the_labels_alone():
    found = list(estimates(drop=0.05, bias=0.0))
    mine = np.var([one.delta.value for one, _, _ in found])
    alone = np.var([human.mean() for _, _, human in found])
    assert mine < 0.85 * alone


def test_a_judge_that_sees_nothing_leaves_the_labels_alone():
    human = np.array([-1.0, 0.0, 0.0, 1.0, -1.0] * 4)
    told = Labelled(human=human, judge=np.zeros(20), clusters=np.arange(20))
    estimate = estimate_by_ppi(told, np.zeros(50), np.arange(50))
    assert estimate is not None
    assert estimate.weight == 0.0
    assert estimate.delta.value == pytest.approx(human.mean())


def test_too_few_labels_give_no_estimate():
    told = Labelled(human=np.ones(9), judge=np.ones(9), clusters=np.arange(9))
    assert estimate_by_ppi(told, np.ones(50), np.arange(50)) is None


def test_fixtures_of_one_cluster_count_as_one_witness():
    rng = np.random.default_rng(1)
    human = np.repeat(rng.choice([-1.0, 0.0, 1.0], 20), 5)
    alone = estimate_by_ppi(Labelled(human=human, judge=human * 0, clusters=np.arange(100)), human, np.arange(100))
    shared = estimate_by_ppi(
        Labelled(human=human, judge=human * 0, clusters=np.repeat(np.arange(20), 5)), human, np.arange(100)
    )
    assert alone is not None
    assert shared is not None
    assert shared.delta.high - shared.delta.low > 2 * (alone.delta.high - alone.delta.low)
