"""Verdict and change of the gate -> verdict: unapproved loosening is FAIL, and nothing turns green by it."""

from dataclasses import replace

import pytest

from gate_action.errors import ExitCode
from gate_action.integrity.deciding import weigh_integrity
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict, not_evaluated
from gate_action.model.integrity import Approval, Area, Effect, Integrity, Way
from tests.report.building import gate_change

PASSED = Decision(verdict=Verdict.PASS, reasons=(Reason(kind=ReasonKind.NO_REGRESSION, sentence="fine"),))
FAILED = Decision(verdict=Verdict.FAIL, reasons=(Reason(kind=ReasonKind.REGRESSION, sentence="worse"),))
OPEN = Decision(verdict=Verdict.INCONCLUSIVE, reasons=(Reason(kind=ReasonKind.INCONCLUSIVE, sentence="who knows"),))
NO_START = not_evaluated(ReasonKind.TARGET_CANNOT_START, "head does not start")
STRANGER = replace(not_evaluated(ReasonKind.NO_SECRETS, "a fork"), is_softened=True)
APPROVAL = Approval(who="alice", way=Way.REVIEW, commit="a" * 40)


def integrity(effect: Effect, *approvals: Approval) -> Integrity:
    return Integrity(changes=(gate_change(Area.POLICY, "policy.margin", effect),), approvals=approvals)


@pytest.mark.parametrize("effect", [Effect.LOOSENS, Effect.UNCLEAR])
@pytest.mark.parametrize(
    ("decision", "verdict", "code", "kinds"),
    [
        (PASSED, Verdict.FAIL, ExitCode.FAIL, ["loosened"]),
        (OPEN, Verdict.FAIL, ExitCode.FAIL, ["loosened", "inconclusive"]),
        (FAILED, Verdict.FAIL, ExitCode.FAIL, ["regression", "loosened"]),
        (NO_START, Verdict.NOT_EVALUATED, ExitCode.NOT_EVALUATED, ["target_cannot_start", "loosened"]),
        (STRANGER, Verdict.FAIL, ExitCode.FAIL, ["loosened", "no_secrets"]),
    ],
)
def test_loosening_that_nobody_approved_is_never_green(
    decision: Decision, verdict: Verdict, code: ExitCode, kinds: list[str], effect: Effect
):
    weighed = weigh_integrity(decision, integrity(effect))
    assert (weighed.verdict, weighed.exit_code) == (verdict, code)
    assert [reason.kind.value for reason in weighed.reasons] == kinds


@pytest.mark.parametrize("decision", [PASSED, OPEN, FAILED, NO_START, STRANGER])
def test_what_is_approved_changes_no_verdict_and_is_told(decision: Decision):
    weighed = weigh_integrity(decision, integrity(Effect.LOOSENS, APPROVAL))
    assert weighed.exit_code is decision.exit_code
    assert weighed.reasons[:-1] == decision.reasons
    assert "approved by alice (an approving review, at aaaaaaaaaa)" in weighed.reasons[-1].sentence


@pytest.mark.parametrize("effect", [Effect.NEUTRAL, Effect.TIGHTENS])
def test_what_needs_no_approval_changes_nothing(effect: Effect):
    assert weigh_integrity(PASSED, integrity(effect)) == PASSED
    assert weigh_integrity(PASSED, Integrity()) == PASSED


def test_an_acknowledgement_is_told_beside_the_block():
    known = Reason(kind=ReasonKind.ACKNOWLEDGED, sentence="acknowledged by alice")
    weighed = weigh_integrity(replace(PASSED, reasons=(*PASSED.reasons, known)), integrity(Effect.LOOSENS))
    assert [reason.kind for reason in weighed.reasons] == [ReasonKind.LOOSENED, ReasonKind.ACKNOWLEDGED]


def test_the_sentence_names_three_changes_and_counts_the_rest():
    many = Integrity(changes=tuple(gate_change(Area.FIXTURE, f"f{n}", Effect.UNCLEAR) for n in range(9)))
    sentence = weigh_integrity(PASSED, many).reasons[0].sentence
    assert sentence.endswith("f0 edited, f1 edited, f2 edited and 6 more")
    assert "may loosen" in sentence
