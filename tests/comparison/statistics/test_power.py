"""What a suite can find: the published table, variance as simulated, power as a simulation of the rule has it."""

from math import sqrt

import numpy as np
import pytest

from gate_action.comparison.statistics.power import assume_spread, find_drop, measure_spread, spreads_of, tabulate
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Metric
from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, TrialKey, Unmeasured
from tests.comparison.rows import ANSWER, fixture, suite


def stored(fixtures: tuple[Fixture, ...], scores: np.ndarray, run_id: str = "r") -> EvalRun:
    """``scores``: fixtures down, trials across; NaN: missing."""
    rows = []
    for place, one in enumerate(fixtures):
        for attempt, value in enumerate(scores[place].tolist()):
            missing = NotScored(cause=NotScoredCause.TRIAL_ERROR)
            result = missing if np.isnan(value) else Score(value=value)
            rows.append(Scored(key=TrialKey(one.id, Arm.BASE, attempt), metric="answer", result=result))
    return EvalRun(
        run_id=run_id,
        revision=Revision(sha="a" * 40),
        fingerprint=Fingerprint(suite="s", evaluators="e", target="t"),
        fixtures={one.id: one.digest for one in fixtures},
        scores=tuple(rows),
    )


def binary(rng: np.random.Generator, fixtures: int, trials: int) -> np.ndarray:
    rates = rng.beta(4, 1.2, fixtures)
    return (rng.random((fixtures, trials)) < rates[:, None]).astype(float)


@pytest.mark.parametrize(
    ("fixtures", "variance", "trials", "points"),
    [(30, 0.03, 1, 12), (100, 0.08, 3, 6.3), (300, 0.08, 5, 2.8), (300, 0.15, 3, 5.0), (1000, 0.03, 1, 2.1)],
)
def test_the_drops_are_those_of_the_published_table(fixtures: int, variance: float, trials: int, points: float):
    drop = find_drop(assume_spread("answer", fixtures, variance), trials=trials)
    assert drop is not None
    assert 100 * drop == pytest.approx(points, rel=0.03)


def test_the_variance_of_fixtures_that_vary_alone_is_found_again():
    rng = np.random.default_rng(3)
    fixtures = suite(400)
    scores = binary(rng, 400, 10)
    spread = measure_spread(fixtures, ANSWER, [stored(fixtures, scores)])
    assert spread is not None
    assert spread.variance == pytest.approx(scores.var(axis=1, ddof=1).mean())
    assert spread.deviation == pytest.approx(sqrt(spread.variance / 400))
    assert spread.runs == 1


def test_fixtures_that_vary_together_make_the_mean_vary_more():
    rng = np.random.default_rng(4)
    scores = np.repeat(binary(rng, 50, 6), 4, axis=0)
    alone = suite(200)
    shared = tuple(fixture(one.id, cluster=f"c{place // 4}") for place, one in enumerate(alone))
    apart = measure_spread(alone, ANSWER, [stored(alone, scores)])
    together = measure_spread(shared, ANSWER, [stored(shared, scores)])
    assert apart is not None
    assert together is not None
    assert together.deviation == pytest.approx(2 * apart.deviation)
    assert together.variance == pytest.approx(apart.variance)


def test_one_trial_a_fixture_tells_nothing_of_variance():
    fixtures = suite(20)
    assert measure_spread(fixtures, ANSWER, [stored(fixtures, np.ones((20, 1)))]) is None


def test_runs_are_pooled_and_missing_scores_left_out():
    fixtures = suite(2)
    one = stored(fixtures, np.array([[1.0, np.nan], [0.0, 1.0]]))
    other = stored(fixtures, np.array([[0.0], [0.5]]), run_id="s")
    spread = measure_spread(fixtures, ANSWER, [one, other])
    assert spread is not None
    assert spread.variance == pytest.approx((np.var([1, 0], ddof=1) + np.var([0, 1, 0.5], ddof=1)) / 2)


def test_a_suite_that_never_varied_finds_an_unknown_drop_and_no_zero():
    fixtures = suite(20)
    spread = measure_spread(fixtures, ANSWER, [stored(fixtures, np.ones((20, 5)))])
    assert spread is not None
    assert find_drop(spread, trials=3) is None


def test_a_judge_shrinks_what_can_be_found_by_its_j():
    (plain,) = spreads_of(suite(100), (ANSWER,), (), {})
    (judged,) = spreads_of(suite(100), (ANSWER,), (), {"answer": 0.5})
    drops = [find_drop(spread, trials=3) for spread in (plain, judged)]
    assert drops[0] is not None
    assert drops[1] == pytest.approx(2 * drops[0])


def test_the_table_has_the_suite_as_it_is_twice_and_four_times_as_large():
    table = tabulate(assume_spread("answer", 50, 0.08), 50, 0.01)
    assert [(row.fixtures, row.trials) for row in table] == [(n, t) for n in (50, 100, 200) for t in (1, 3, 5)]
    assert [row.calls for row in table[:3]] == [100, 300, 500]
    assert table[1].cost_usd == pytest.approx(3.0)
    assert table[6].side_by_side == pytest.approx(table[0].side_by_side and table[0].side_by_side / 2)
    assert tabulate(assume_spread("answer", 50, 0.08), 50, Unmeasured.UNPRICED)[0].cost_usd is Unmeasured.UNPRICED


def test_metrics_without_stored_rows_are_assumed_and_said_to_be():
    fixtures = suite(30)
    rows = [stored(fixtures, binary(np.random.default_rng(1), 30, 4))]
    told = spreads_of(fixtures, (ANSWER, Metric(name="tone", evaluator="llm_judge")), rows, {})
    assert [(spread.metric, spread.runs) for spread in told] == [("answer", 1), ("tone", 0)]


def test_a_drop_of_the_size_told_is_found_about_four_times_in_five():
    """The permutation test at 3%, by its normal limit: what the factor 2.72 stands for."""
    rng = np.random.default_rng(5)
    fixtures, trials, variance = 200, 3, 0.25
    drop = find_drop(assume_spread("answer", fixtures, variance), trials=trials)
    assert drop is not None
    rate = 0.5 + drop / 2
    found = []
    for _ in range(400):
        base = rng.random((fixtures, trials)) < rate
        head = rng.random((fixtures, trials)) < rate - drop
        pooled = np.concatenate([base, head], axis=1)
        error = sqrt(2 / trials * pooled.var(axis=1, ddof=1).sum()) / fixtures
        found.append((head.mean() - base.mean()) / error < -1.881)
    assert 0.72 <= np.mean(found) <= 0.88
