import pytest

from power_lib.agreement import Agreement, joint_p, measure_agreement, render_agreement
from power_lib.worlds import Setting

SETTING = Setting(fixtures=60, trials=3)


def agreement(found: int, self_blocked: int, blocked: int) -> Agreement:
    return Agreement(setting=SETTING, suites=200, drop=0.06, found=found, self_blocked=self_blocked, blocked=blocked)


def test_what_was_promised_and_came_true_is_not_rejected() -> None:
    kept = agreement(found=158, self_blocked=9, blocked=2)
    assert joint_p((kept, kept)) > 0.2
    assert "not rejected at 1 %" in render_agreement((kept,))


def test_more_power_than_promised_breaks_no_promise() -> None:
    assert joint_p((agreement(found=199, self_blocked=8, blocked=2),)) > 0.2


@pytest.mark.parametrize(
    "broken", [agreement(found=130, self_blocked=8, blocked=2), agreement(found=160, self_blocked=80, blocked=0)]
)
def test_a_broken_promise_is_rejected(broken: Agreement) -> None:
    assert joint_p((broken,)) < 0.01
    assert "REJECTED" in render_agreement((broken,))


@pytest.mark.slow
def test_the_probabilities_that_the_gate_prints_come_true() -> None:
    assert joint_p((measure_agreement(SETTING, 60, seed=0),)) > 0.01
