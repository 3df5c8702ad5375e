import pytest

from gate_action.model.decision import Conclusion, Decision, Reason, ReasonKind, Verdict
from gate_action.sinks.commit_status import CommitStatusSink
from gate_action.sinks.destination import destination
from standins.github.state import Github
from tests.sinks.published import EVENT, client, report

_REASON = (Reason(kind=ReasonKind.INCONCLUSIVE, sentence="words " * 100),)
_INTERRUPTED = (Reason(kind=ReasonKind.INTERRUPTED, sentence="stopped"),)


@pytest.mark.parametrize(
    ("decision", "conclusion", "state"),
    [
        (Decision(verdict=Verdict.PASS, reasons=_REASON), Conclusion.SUCCESS, "success"),
        (Decision(verdict=Verdict.FAIL, reasons=_REASON), Conclusion.FAILURE, "failure"),
        (Decision(verdict=Verdict.INCONCLUSIVE, reasons=_REASON), Conclusion.NEUTRAL, "success"),
        (Decision(verdict=Verdict.NOT_EVALUATED, reasons=_REASON), Conclusion.FAILURE, "failure"),
        (Decision(verdict=Verdict.NOT_EVALUATED, reasons=_INTERRUPTED), Conclusion.CANCELLED, "error"),
    ],
)
def test_the_status_agrees_with_the_conclusion(
    github: Github, url: str, decision: Decision, conclusion: Conclusion, state: str
):
    CommitStatusSink(client=client(url), destination=destination(EVENT)).publish(report(decision))
    [status] = github.statuses
    assert decision.conclusion is conclusion
    assert status["state"] == state
    assert len(status["description"]) <= 140
    assert status["target_url"] == "https://github.com/octo/app/actions/runs/500"
