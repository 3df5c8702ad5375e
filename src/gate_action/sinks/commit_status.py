"""A commit status: what a token that cannot write check runs (a personal one) can still show on the commit."""

from typing import ClassVar, Literal

from gate_action.clients.github.client import CommitStatus, GithubClient
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Conclusion
from gate_action.model.report import Report
from gate_action.sinks.destination import Destination, title

_LONGEST = 140
_STATES: dict[Conclusion, Literal["success", "failure", "error"]] = {
    Conclusion.SUCCESS: "success",
    Conclusion.NEUTRAL: "success",  # a status has no neutral; its description says what it was
    Conclusion.FAILURE: "failure",
    Conclusion.CANCELLED: "error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStatusSink:
    name: ClassVar[str] = "commit status"
    client: GithubClient
    destination: Destination

    def publish(self, report: Report) -> None:
        status = CommitStatus(
            sha=self.destination.commit(report),
            state=_STATES[report.decision.conclusion],
            context=self.destination.check_name(report.gate_id),
            description=title(report, _LONGEST),
            target_url=self.destination.run_url,
        )
        self.client.create_status(status)
