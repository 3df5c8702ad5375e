"""What invalid conversations do to a run."""

import pytest

from gate_action.engine.simulated.weighing import (
    count_conversations,
    say_difference,
    say_share,
    weigh_conversations,
)
from gate_action.model.comparison import Finding, MetricComparison
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.model.metric import Role
from gate_action.model.report import SimulatedArm
from gate_action.model.trial import Arm, Fault, Output, Trial, TrialError, TrialKey

CLEAN = SimulatedArm(conversations=60, invalid={})
SOILED = SimulatedArm(conversations=60, invalid={"left its role": 9, "made up a fact": 3})


def decision(verdict: Verdict, role: Role = Role.PRIMARY) -> Decision:
    metric = MetricComparison(metric="answer", role=role, finding=Finding.PASS, difference=None, head_mean=1.0)
    reason = Reason(kind=ReasonKind.NO_REGRESSION, sentence="fine")
    return Decision(verdict=verdict, reasons=(reason,), metrics=(metric,))


def trial(number: int, outcome: Output | TrialError, arm: Arm = Arm.HEAD) -> Trial:
    return Trial(key=TrialKey(f"f{number}", arm, 0), outcome=outcome)


def test_conversations_are_counted_by_build_and_by_what_was_wrong():
    wrong = TrialError(fault=Fault.SIMULATED_USER, detail="the simulated user left its role, at their message 2: x")
    crash = TrialError(fault=Fault.CRASHED, detail="gone")
    trials = [
        trial(0, wrong),
        trial(1, wrong),
        trial(2, crash),
        trial(3, Output(content="x")),
        trial(4, wrong, Arm.BASE),
    ]
    assert count_conversations(trials, Arm.HEAD) == SimulatedArm(conversations=4, invalid={"left its role": 2})
    assert count_conversations(trials, Arm.BASE).invalid_count == 1


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.INCONCLUSIVE])
def test_a_head_with_noticeably_more_invalid_users_does_not_pass(verdict: Verdict):
    weighed = weigh_conversations(decision(verdict), CLEAN, SOILED)
    assert (weighed.verdict, weighed.reasons[0].kind) == (Verdict.NOT_EVALUATED, ReasonKind.TOO_MUCH_MISSING)
    assert "12 of 60 conversations with head, and in 0 of 60 with base" in weighed.reasons[0].sentence


@pytest.mark.parametrize(
    ("base", "head", "verdict", "role"),
    [
        (SOILED, SOILED, Verdict.PASS, Role.PRIMARY),
        (SOILED, CLEAN, Verdict.PASS, Role.PRIMARY),
        (CLEAN, SOILED, Verdict.FAIL, Role.PRIMARY),
        (CLEAN, SOILED, Verdict.INCONCLUSIVE, Role.SECONDARY),
        (SimulatedArm(conversations=0, invalid={}), SOILED, Verdict.PASS, Role.PRIMARY),
    ],
)
def test_else_the_verdict_stands(base: SimulatedArm, head: SimulatedArm, verdict: Verdict, role: Role):
    given = decision(verdict, role)
    assert weigh_conversations(given, base, head) == given


def test_a_difference_is_told_whichever_build_has_more():
    assert say_difference(CLEAN, CLEAN) == ""
    assert say_difference(SOILED, CLEAN).startswith("simulated users were invalid in 12 of 60 conversations with base")


def test_a_large_share_is_told_and_a_small_one_is_not():
    assert say_share(CLEAN, SOILED, 0.05) == (
        "of the conversations with simulated users 12 of 60 with head are invalid: only the rest counts"
    )
    assert say_share(SOILED, SOILED, 0.2) == ""
