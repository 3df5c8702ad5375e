from gate_action.comparison.due import due_attempts
from gate_action.comparison.evidence import Evidence
from gate_action.comparison.plan import BaseArm, Way
from gate_action.model.metric import Policy
from gate_action.model.trial import Arm
from tests.comparison.rows import ANSWER, keys, plan, score, suite

BASE, HEAD = (("f0000", arm) for arm in Arm)


def told(base_trials: int, head_trials: int) -> Evidence:
    evidence = Evidence(suite(1), (ANSWER,))
    evidence.tell((), [score(key, 1.0) for key in keys(suite(1), base_trials, head_trials)])
    return evidence


def test_side_by_side_owes_round_one_and_no_rerun_counts() -> None:
    due = due_attempts(plan(suite(1), policy=Policy(trials=2)), told(2, 6), Way.SIDE_BY_SIDE)
    assert (due[BASE], due[HEAD]) == ((0, 1), (0, 1))


def test_recordings_count_whatever_they_hold() -> None:
    due = due_attempts(plan(suite(1)), told(5, 2), Way.TWO_RUNS)
    assert (due[BASE], due[HEAD]) == ((0, 1, 2, 3, 4), (0, 1))


def test_a_recording_that_leaves_a_fixture_out_owes_as_many_as_the_other_has() -> None:
    due = due_attempts(plan(suite(1)), told(4, 0), Way.TWO_RUNS)
    assert due[HEAD] == (0, 1, 2, 3)


def test_a_new_fixture_owes_nothing_of_base() -> None:
    new = plan(suite(1), new_ids=frozenset({"f0000"}))
    assert due_attempts(new, told(0, 2), Way.TWO_RUNS)[BASE] == ()


def test_head_alone_owes_nothing_of_base() -> None:
    due = due_attempts(plan(suite(1), base=BaseArm.NONE), told(0, 3), Way.HEAD_ONLY)
    assert (due[BASE], due[HEAD]) == ((), (0, 1, 2))
