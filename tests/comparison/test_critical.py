import numpy as np
import pytest

from gate_action.comparison.critical import CriticalResult, CriticalRule, Standing
from gate_action.comparison.evidence import Evidence
from gate_action.comparison.plan import BaseArm, Plan
from gate_action.model.metric import Policy
from gate_action.model.score import NotScoredCause
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import ANSWER, fixture, plan, score

ERROR = NotScoredCause.TRIAL_ERROR
VITAL = fixture("vital", is_critical=True)


def judge(
    base: list[float], head: list[float | NotScoredCause], *, can_rerun: bool = True, **given: object
) -> Standing:
    (result,) = results(plan((VITAL,), policy=Policy(trials=3), **given), base, head, can_rerun=can_rerun)
    return result.standing


def results(
    what: Plan, base: list[float], head: list[float | NotScoredCause], *, can_rerun: bool = True
) -> tuple[CriticalResult, ...]:
    evidence = Evidence(what.judged, (ANSWER,))
    name = what.judged[0].id
    evidence.tell((), [score(TrialKey(name, Arm.BASE, place), value) for place, value in enumerate(base)])
    evidence.tell((), [score(TrialKey(name, Arm.HEAD, place), value) for place, value in enumerate(head)])
    return CriticalRule(plan=what, can_rerun=can_rerun).judge(evidence)


@pytest.mark.parametrize(
    ("head", "standing"),
    [
        ([1, 1, 1], Standing.HOLDS),
        ([1, 0, 1], Standing.OPEN),
        ([1, 0, 1, 1, 1, 1, 1], Standing.RECOVERED),
        ([1, 0, 1, 1, 0, 1, 1], Standing.RECOVERED),
        ([1, 0, 1, 1, 0, 0, 1], Standing.BLOCKED),
        ([0, 0, 0, 1, 1, 1, 1], Standing.RECOVERED),
        ([0, 1, 1, 0, 0], Standing.BLOCKED),
        ([0, 1, 1, 1, ERROR, ERROR, 1], Standing.OPEN),
        ([0, 1, 1, 1, ERROR, 1, 1], Standing.RECOVERED),
        ([ERROR, 1, 1], Standing.HOLDS),
        ([ERROR, ERROR, ERROR], Standing.OPEN),
        ([ERROR, ERROR, ERROR, 1, 1, 1, ERROR], Standing.RECOVERED),
        ([ERROR, ERROR, ERROR, 1, 0, 0, 1], Standing.BLOCKED),
    ],
)
def test_one_failure_is_run_again_and_two_more_block(head: list[float | NotScoredCause], standing: Standing) -> None:
    assert judge([1, 1, 1], head) is standing


def test_a_fixture_that_no_primary_metric_applies_to_holds() -> None:
    assert judge([], [NotScoredCause.NOT_APPLICABLE] * 3) is Standing.HOLDS


def test_flaky_on_base_is_barred() -> None:
    assert judge([1, 0, 1], [0, 0, 0, 0, 0, 0, 0]) is Standing.BARRED


def test_a_recording_settles_it_by_the_trials_after_the_first_failure() -> None:
    assert judge([1, 1, 1], [0, 0, 0], can_rerun=False) is Standing.BLOCKED
    assert judge([1, 1, 1], [1, 0, 0], can_rerun=False) is Standing.OPEN
    assert judge([1, 1, 1], [0, 1, 1, 1, 1], can_rerun=False) is Standing.RECOVERED


def test_a_new_fixture_that_base_passes_is_treated_as_critical() -> None:
    new = plan((fixture("new"),), policy=Policy(trials=3), new_ids=frozenset({"new"}))
    assert [r.standing for r in results(new, [1, 1, 1], [0, 0, 0, 0, 0])] == [Standing.BLOCKED]


def test_a_new_fixture_that_base_fails_too_does_not_block_though_it_is_critical() -> None:
    new = plan((VITAL,), policy=Policy(trials=3), new_ids=frozenset({"vital"}))
    assert results(new, [0, 0, 0], [0, 0, 0]) == ()


def test_without_a_base_critical_fixtures_still_hold() -> None:
    alone = plan((VITAL,), policy=Policy(trials=3), base=BaseArm.NONE)
    assert [r.standing for r in results(alone, [], [0, 1, 1, 0, 0, 1, 1])] == [Standing.BLOCKED]


@pytest.mark.parametrize(("rate", "most"), [(0.98, 0.001), (0.95, 0.003), (0.9, 0.011)])
def test_a_fixture_that_fails_now_and_then_is_hardly_ever_blocked(rate: float, most: float) -> None:
    """STATISTICS, 3: 0.00, 0.07, 0.5 % for one trial in round one."""
    rng, policy = np.random.default_rng(0), Policy(trials=1)
    blocked = 0
    for _ in range(3000):
        head = (rng.random(5) < rate).astype(float).tolist()
        what = plan((VITAL,), policy=policy)
        blocked += results(what, [1.0], head)[0].standing is Standing.BLOCKED
    assert blocked / 3000 <= most
