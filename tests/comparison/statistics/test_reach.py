import numpy as np
import pytest

from gate_action.comparison.statistics.power import assume_spread, find_drop, find_reach
from gate_action.comparison.statistics.reach import FACTORS, LARGE, SMALL, TRIALS, reach_factor, reach_of
from tests.comparison.rows import panel


@pytest.mark.parametrize("fixtures", [SMALL, LARGE])
@pytest.mark.parametrize("place", range(len(TRIALS)))
def test_what_was_measured_is_what_is_told(fixtures: int, place: int):
    assert reach_factor(fixtures, TRIALS[place]) == pytest.approx(FACTORS[fixtures][place])


def test_beyond_what_was_measured_the_nearest_counts():
    assert reach_factor(5, 1) == reach_factor(SMALL, 1)
    assert reach_factor(5000, 9) == reach_factor(LARGE, TRIALS[-1])


def test_between_what_was_measured_the_factor_is_linear():
    between = (reach_factor(SMALL, 3) + reach_factor(LARGE, 3) + reach_factor(SMALL, 5) + reach_factor(LARGE, 5)) / 4
    assert reach_factor((SMALL + LARGE) // 2, 4) == pytest.approx(between)


def reach_of_typical(fixtures: int, trials: int) -> float:
    found = find_reach(assume_spread("answer", fixtures, 0.08), fixtures, trials=trials)
    assert found is not None
    return found


def test_more_fixtures_and_more_trials_find_smaller_drops():
    drops = np.array([[reach_of_typical(n, trials) for trials in range(1, 6)] for n in (30, 60, 300)])
    assert (np.diff(drops, axis=0) < 0).all()
    assert (np.diff(drops, axis=1) < 0).all()


def test_a_suite_that_never_varied_finds_an_unknown_drop():
    assert find_reach(assume_spread("answer", 60, 0.0), 60, trials=3) is None


@pytest.mark.parametrize(("head", "base"), [(1, 10), (3, 3), (2, 6)])
def test_whatever_rows_were_made_the_drop_is_that_of_the_whole_procedure(head: int, base: int):
    """One test of ``head`` and ``base`` trials finds 2.72 sqrt(s2 (1/head + 1/base) / N)."""
    made = panel([[1.0] * base] * 100, [[1.0] * head] * 100)
    s2 = 0.08
    single = 2.72 * (s2 * (1 / head + 1 / base) / 100) ** 0.5
    side_by_side = find_drop(assume_spread("answer", 100, s2), trials=3)
    assert side_by_side is not None
    assert reach_of(made, single, 3) == pytest.approx(side_by_side * reach_factor(100, 3), rel=0.01)
