import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from gate_action.comparison.evidence import Panel
from gate_action.comparison.screen_confirm.confirming import find_drop, find_sure_drop
from gate_action.comparison.statistics.steadiness import Steadiness, measure_steadiness
from gate_action.model.metric import Policy
from tests.comparison.rows import Scores, panel

QUICK = Policy(relabellings=4000)


EQUAL = Steadiness(known=None)


def weighted(scores: Panel, weights: list[float]) -> Steadiness:
    return Steadiness(known={f.id: weight for f, weight in zip(scores.fixtures, weights, strict=True)})


def drawn(seed: int, count: int, trials: int, base: float, head: float) -> tuple[list[list[float]], list[list[float]]]:
    rng = np.random.default_rng(seed)
    arms = [(rng.random((count, trials)) < rate).astype(float).tolist() for rate in (base, head)]
    return arms[0], arms[1]


def test_at_one_trial_it_is_mcnemars_mid_p() -> None:
    base, head = [[1.0]] * 9 + [[0.0]] * 3 + [[1.0]] * 20, [[0.0]] * 9 + [[1.0]] * 3 + [[1.0]] * 20
    scores = panel(base, head)
    expected = stats.binom.cdf(3, 12, 0.5) - 0.5 * stats.binom.pmf(3, 12, 0.5)
    assert find_drop(scores, EQUAL, QUICK).p_value == pytest.approx(expected)


def test_at_several_trials_it_is_near_cochran_mantel_haenszel() -> None:
    base, head = drawn(1, 120, 4, 0.8, 0.75)
    scores = panel(base, head)
    tables = [np.array([[sum(h), len(h) - sum(h)], [sum(b), len(b) - sum(b)]]) for b, h in zip(base, head, strict=True)]
    two_sided = StratifiedTable(tables).test_null_odds(correction=False).pvalue
    found = find_drop(scores, EQUAL, QUICK)
    expected = two_sided / 2 if found.delta < 0 else 1 - two_sided / 2
    assert found.p_value == pytest.approx(expected, abs=0.005)


def test_weights_change_the_test_and_not_the_difference_that_is_told() -> None:
    base, head = [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    scores = panel(base, head)
    plain, heavy = find_drop(scores, EQUAL, QUICK), find_drop(scores, weighted(scores, [8, 1, 1, 1]), QUICK)
    assert plain.delta == heavy.delta == 0.0
    assert heavy.p_value < 0.2 < plain.p_value


def test_the_weighted_test_is_the_share_of_all_relabellings() -> None:
    base, head = [[1.0], [1.0], [0.0], [1.0]], [[0.0], [0.0], [1.0], [1.0]]
    weights = np.array([5.0, 2.0, 1.0, 3.0])
    scores = panel(base, head)
    steps = weights * (np.array(head) - np.array(base))[:, 0]
    signs = np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1).T
    sums = signs @ steps
    expected = (sums < steps.sum()).mean() + 0.5 * (sums == steps.sum()).mean()
    assert find_drop(scores, weighted(scores, weights.tolist()), QUICK).p_value == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), place=st.integers(0, 11), trial=st.integers(0, 1))
def test_a_better_score_of_head_never_makes_a_drop_surer(seed: int, place: int, trial: int) -> None:
    base, head = drawn(seed, 12, 2, 0.7, 0.6)
    better = [list(row) for row in head]
    better[place][trial] = 1.0
    weights = np.random.default_rng(seed).integers(1, 9, 12).tolist()
    found = [find_drop(p, weighted(p, weights), QUICK) for p in (panel(base, head), panel(base, better))]
    assert found[1].p_value >= found[0].p_value - 1e-9


def test_what_is_missing_is_read_in_heads_favour() -> None:
    head: Scores = [[0.0, 0.0]] * 4 + [[None, None]] * 3 + [[1.0, 1.0]] * 20
    scores = panel([[1.0, 1.0]] * 27, head)
    assert find_sure_drop(scores, EQUAL, QUICK).delta > find_drop(scores, EQUAL, QUICK).delta


def test_nothing_in_common_is_no_drop() -> None:
    scores = panel([[None]], [[1.0]])
    assert find_drop(scores, EQUAL, QUICK).p_value == 1.0


def test_arms_without_a_difference_are_no_drop() -> None:
    scores = panel([[1.0, 1.0]] * 5, [[1.0, 1.0]] * 5)
    assert find_drop(scores, EQUAL, QUICK).p_value == 1.0


def test_steady_fixtures_weigh_more_than_coin_flips() -> None:
    base = [[1.0] * 10] * 30 + [[1.0, 0.0] * 5] * 30
    scores = panel(base, [[1.0]] * 60)
    weights = measure_steadiness(scores).weights([f.id for f in scores.fixtures])
    assert weights[:30].min() > weights[30:].max() == 1.0
    assert set(weights) <= set(range(1, 9))


def test_two_stored_trials_say_nothing_of_steadiness() -> None:
    scores = panel([[1.0, 1.0]] * 10, [[1.0]] * 10)
    assert measure_steadiness(scores).known is None
