import pytest
from scipy.stats import beta

from gate_action.comparison.history import is_flaky


@pytest.mark.parametrize(("passed", "failed"), [(1, 1), (2, 1), (1, 2), (9, 1), (19, 1), (5, 5), (1, 30)])
def test_flaky_is_what_scipys_beta_says(passed: int, failed: int) -> None:
    posterior = beta(passed + 0.5, failed + 0.5)
    assert is_flaky(passed, failed) == (posterior.cdf(0.95) - posterior.cdf(0.05) > 0.9)


@pytest.mark.parametrize(("passed", "failed"), [(0, 0), (30, 0), (0, 30), (1, 0)])
def test_one_outcome_alone_is_never_flaky(passed: int, failed: int) -> None:
    assert not is_flaky(passed, failed)


def test_one_failure_in_forty_is_a_rare_failure_and_not_flaky() -> None:
    assert is_flaky(2, 1)
    assert not is_flaky(39, 1)
