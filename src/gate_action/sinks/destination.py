"""Where on GitHub a run's report belongs: the commit, the pull request, the run's page, and what it is called there."""

from dataclasses import dataclass
from typing import NamedTuple

from gate_action.codec.github_event import Event
from gate_action.model.report import Report
from gate_action.report.escape import plain
from gate_action.report.view import headline
from gate_action.report.words import shorten
from gate_action.sinks.publishing import UnpublishedError


class Attempt(NamedTuple):
    """One attempt of one workflow run; a later one compares greater."""

    run_id: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    head_sha: str
    """The pull request's or merge group's head: GitHub shows nothing of a test merge. Empty: the judged commit."""
    pull_request: int
    """0: none."""
    attempt: Attempt
    run_url: str

    def commit(self, report: Report) -> str:
        """The commit to speak of. Raises UnpublishedError."""
        told = report.revisions.head.sha if report.revisions else ""
        if not (self.head_sha or told):
            raise UnpublishedError("neither the event nor the report names a commit")
        return self.head_sha or told

    def check_name(self, report: Report) -> str:
        """Apart from the job's own name: GitHub may file this check under any workflow of the commit."""
        return f"gate-action: {report.gate_id}"


def destination(event: Event) -> Destination:
    pull = event.pull_request
    told = pull or event.merge_group
    return Destination(
        head_sha=told.head_sha if told else "",
        pull_request=pull.number if pull else 0,
        attempt=Attempt(event.run_id, event.run_attempt),
        run_url=event.run_url,
    )


def title(report: Report, limit: int) -> str:
    """The verdict in one line of plain text."""
    top = headline(report.decision)
    return shorten(" ".join(plain(f"{top.word}: {top.sentence}").split()), limit)
