"""Head's own failures where base was not tried: they wait for base's answer, and for head's own beside it."""

import pytest

from gate_action.comparison.ledger import AGAIN_FROM, Ledger
from gate_action.comparison.plan import Plan
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Metric, Policy
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Fault, Output, Trial, TrialError, TrialKey

HEAD = TrialKey("f", Arm.HEAD, 0)
BASE = TrialKey("f", Arm.BASE, 0)
AGAIN = TrialKey("f", Arm.HEAD, AGAIN_FROM)
FAILED = NotScored(cause=NotScoredCause.TRIAL_ERROR, detail="it crashed")


def tell(ledger: Ledger, key: TrialKey, result: Score | NotScored) -> None:
    error = TrialError(fault=Fault.CRASHED, detail="it crashed")
    outcome = Output(content="x") if isinstance(result, Score) else error
    ledger.tell([Trial(key=key, outcome=outcome)], [Scored(key=key, metric="answer", result=result)])


def open_ledger() -> Ledger:
    metric = Metric(name="answer", evaluator="exact_match")
    ledger = Ledger(Plan(fixtures=(Fixture(id="f", input="?"),), metrics=(metric,), policy=Policy()), ())
    tell(ledger, HEAD, FAILED)
    return ledger


def test_both_builds_are_asked_beside_each_other():
    assert open_ledger().unanswered() == (BASE, AGAIN)


@pytest.mark.parametrize(
    ("base", "again", "charged"),
    [
        (Score(value=1.0), Score(value=1.0), 1.0),
        (Score(value=1.0), Score(value=0.0), 0.0),
        (Score(value=1.0), FAILED, 0.0),
        (FAILED, FAILED, NotScoredCause.TRIAL_ERROR),
    ],
)
def test_what_head_does_beside_base_decides_what_its_failure_scores(
    base: Score | NotScored, again: Score | NotScored, charged: float | NotScoredCause
):
    ledger = open_ledger()
    tell(ledger, AGAIN, again)
    tell(ledger, BASE, base)
    assert ledger.unanswered() == ()
    ledger.charge()
    assert ledger.evidence.result("answer", HEAD) == charged
    assert ledger.evidence.attempts("f", Arm.HEAD) == (0,)
