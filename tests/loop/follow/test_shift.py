from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, power_divergence

from gate_action.loop.follow.shift import (
    Periods,
    adjust_by_holm,
    g_statistic,
    js_divergence,
    measure_size,
    psi,
)
from gate_action.loop.follow.shift import (
    test_labels as compare_labels,
)
from gate_action.loop.follow.shift import (
    test_rate as compare_rates,
)
from gate_action.loop.intervals import difference_of, rate_of
from tests.profiles import examples

COUNTS = st.lists(st.integers(1, 60), min_size=3, max_size=3)


def periods(base: list[int], head: list[int], turns: int = 1) -> Periods:
    """Each conversation has ``turns`` turns, all of one label."""
    return Periods(kinds=np.eye(len(base)) * turns, base=np.array(base), head=np.array(head))


def rng() -> Any:
    return np.random.default_rng(7)


@given(COUNTS, COUNTS)
@examples(30)
def test_the_g_statistic_is_scipys(base: list[int], head: list[int]):
    table = np.array([base, head], dtype=float)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    known = power_divergence(table.ravel(), expected.ravel(), lambda_="log-likelihood").statistic
    assert float(g_statistic(table[0], table[1])) == pytest.approx(known, abs=1e-7)


@given(COUNTS, COUNTS)
@examples(30)
def test_swapping_the_periods_changes_neither_statistic_nor_divergence(base: list[int], head: list[int]):
    early, late = np.array(base, dtype=float), np.array(head, dtype=float)
    for measure in (g_statistic, js_divergence, psi):
        assert float(measure(early, late)) == pytest.approx(float(measure(late, early)))


def test_a_clear_shift_is_found_and_its_label_named_and_an_unchanged_week_is_not():
    p_value, each = compare_labels(periods([60, 30, 10], [25, 15, 30]), 999, rng())
    assert p_value == pytest.approx(0.001)
    assert each.argmin() == 2
    assert compare_labels(periods([60, 30, 10], [30, 15, 5]), 999, rng())[0] > 0.9


def test_turns_of_one_conversation_are_no_evidence_of_their_own():
    """A talkative week: each conversation says the same thing ten times over."""
    alone = compare_labels(periods([10, 10], [14, 6]), 1999, rng())[0]
    repeated = compare_labels(periods([10, 10], [14, 6], turns=10), 1999, rng())[0]
    assert repeated == pytest.approx(alone, abs=0.03)
    assert alone > 0.1


def test_the_same_seed_gives_the_same_p():
    shift = periods([20, 15, 9], [9, 9, 9])
    assert compare_labels(shift, 499, rng())[0] == compare_labels(shift, 499, rng())[0]


def test_psi_passes_its_limit_in_most_weeks_without_any_change_and_the_size_says_so():
    size = measure_size(periods([13, 12, 13, 12, 13, 12, 13, 12], [12, 13, 12, 13, 12, 13, 12, 13]), 1.0, 999, rng())
    assert size.psi.false_alarms > 0.5
    assert size.distance < 0.05
    assert size.interval.low == 0.0


def test_the_distance_of_a_large_shift_lies_in_its_interval():
    size = measure_size(periods([400, 300, 300], [200, 300, 500]), 0.001, 999, rng())
    true = float(js_divergence(np.array([0.4, 0.3, 0.3]), np.array([0.2, 0.3, 0.5]))) ** 0.5
    assert size.interval.low < true < size.interval.high
    assert size.distance == pytest.approx(true, abs=0.02)


def test_weeks_that_share_no_label_are_as_far_apart_as_can_be():
    assert float(js_divergence(np.array([10.0, 0.0]), np.array([0.0, 10.0]))) == pytest.approx(1.0)


@given(st.integers(1, 49))
@examples(20)
def test_the_interval_of_lone_turns_is_nearly_that_of_jeffreys(hits: int):
    share = rate_of(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([hits, 50 - hits]))
    known = [float(beta.ppf(tail, hits + 0.5, 50 - hits + 0.5)) for tail in (0.025, 0.975)]
    assert share.value == hits / 50
    assert tuple(share.interval) == pytest.approx(known, abs=0.004)  # one unit of degrees of freedom


def test_ten_turns_of_one_user_are_worth_about_one():
    lone = rate_of(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([10, 40]))
    clustered = rate_of(np.array([[10.0, 10.0], [0.0, 10.0]]), np.array([10, 40]))
    assert tuple(clustered.interval) == pytest.approx(tuple(lone.interval))


def test_a_rate_of_zero_has_an_upper_bound():
    share = rate_of(np.array([[0.0, 1.0]]), np.array([30]))
    assert share.value == 0
    assert 0.05 < share.interval.high < 0.12


def test_more_complaints_are_told_apart_from_chance():
    kinds = np.array([[1.0, 1.0], [0.0, 1.0]])
    changed = compare_rates(Periods(kinds=kinds, base=np.array([20, 380]), head=np.array([25, 75])), 999, rng())
    assert changed.is_change
    assert changed.difference.interval.low > 0
    same = compare_rates(Periods(kinds=kinds, base=np.array([20, 380]), head=np.array([5, 95])), 999, rng())
    assert not same.is_change


def test_the_difference_turns_its_sign_with_its_sides():
    early = rate_of(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([10, 90]))
    late = rate_of(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([30, 70]))
    there, back = difference_of(early, late), difference_of(late, early)
    assert there.value == -back.value
    assert tuple(there.interval) == pytest.approx((-back.interval.high, -back.interval.low))


def test_holms_adjusted_p_values_are_those_of_rs_p_adjust():
    assert adjust_by_holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert adjust_by_holm([0.9, 0.001]) == pytest.approx([0.9, 0.002])
    assert adjust_by_holm([]) == []
