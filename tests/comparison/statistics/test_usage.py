from dataclasses import replace
from math import exp

import numpy as np
import pytest
from scipy import stats

from gate_action.comparison.statistics.usage import compare_usage
from gate_action.model.trial import Arm, Trial, TrialKey, Unmeasured, Usage
from gate_action.model.usage import UsageComparison
from tests.comparison.rows import fixture, suite, trial


def timed(count: int, slower: float, seed: int = 0, attempts: int = 2) -> list[Trial]:
    rng = np.random.default_rng(seed)
    return [
        replace(
            trial(TrialKey(f"f{place:04d}", arm, attempt)),
            usage=Usage(latency_s=float(exp(rng.normal(0, 0.1)) * (slower if arm is Arm.HEAD else 1.0))),
        )
        for place in range(count)
        for arm in Arm
        for attempt in range(attempts)
    ]


def only(trials: list[Trial], count: int) -> UsageComparison:
    (found,) = compare_usage(suite(count), trials)
    return found


def test_a_head_that_takes_a_third_longer_is_over() -> None:
    found = only(timed(40, 1.33), 40)
    assert (found.measure, found.fixtures, found.is_over) == ("latency_s", 40, True)
    assert found.ratio == pytest.approx(1.33, rel=0.05)
    assert "more than 10 % above base" in found.sentence


def test_five_percent_are_tolerated_however_sure_they_are() -> None:
    found = only(timed(300, 1.05), 300)
    assert found.p_value < 0.001
    assert not found.is_over


def test_milliseconds_are_the_machines_own() -> None:
    slow = timed(40, 2.0)
    quick = [replace(t, usage=Usage(latency_s=float(t.usage.latency_s) / 100)) for t in slow]
    assert only(slow, 40).is_over
    assert only(quick, 40).p_value < 0.001
    assert not only(quick, 40).is_over


def test_the_interval_is_students_on_the_paired_logarithms() -> None:
    trials = timed(25, 1.2, attempts=1)
    logs = np.log([t.usage.latency_s for t in trials]).reshape(25, 2)
    expected = np.exp(stats.ttest_rel(logs[:, 1], logs[:, 0]).confidence_interval())
    found = only(trials, 25)
    assert (found.low, found.high) == pytest.approx(tuple(expected))


def test_the_p_value_is_near_that_of_a_paired_t_test() -> None:
    trials = timed(60, 1.03, seed=3, attempts=1)
    logs = np.log([t.usage.latency_s for t in trials]).reshape(60, 2)
    expected = stats.ttest_rel(logs[:, 1], logs[:, 0], alternative="greater").pvalue
    assert only(trials, 60).p_value == pytest.approx(expected, abs=0.01)


def test_replayed_trials_errors_and_silence_are_not_compared() -> None:
    trials = timed(10, 2.0)
    assert compare_usage(suite(10), [replace(t, fresh=False) for t in trials]) == ()
    assert compare_usage(suite(10), [trial(t.key, is_error=True) for t in trials]) == ()
    assert compare_usage(suite(10), [replace(t, usage=Usage()) for t in trials]) == ()
    assert compare_usage(suite(10), [t for t in trials if t.key.arm is Arm.HEAD]) == ()


def test_tokens_count_where_both_directions_are_told() -> None:
    trials = [
        replace(trial(TrialKey(name, arm, 0)), usage=Usage(input_tokens=100, output_tokens=told))
        for name, told in (("f0000", 50), ("f0001", 70), ("f0002", Unmeasured.NOT_REPORTED))
        for arm in Arm
    ]
    found = only(trials, 3)
    assert (found.measure, found.fixtures, found.ratio) == ("tokens", 2, 1.0)


def test_one_cluster_shows_nothing() -> None:
    fixtures = tuple(fixture(f"f{place:04d}", cluster="one") for place in range(10))
    assert compare_usage(fixtures, timed(10, 2.0)) == ()
