"""A check run of the commit: the report, and remarks beside fixtures' lines. An extra: the gate is the exit code."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from gate_action.clients.github import (
    ANNOTATIONS_A_REQUEST,
    CheckAnnotation,
    CheckRun,
    ForbiddenError,
    GithubClient,
)
from gate_action.model.report import Report
from gate_action.report.annotations import render_annotations
from gate_action.report.markdown import CHECK_SUMMARY, render_markdown
from gate_action.report.view import build_view
from gate_action.sinks.commit_status import CommitStatusSink
from gate_action.sinks.destination import Destination, title
from gate_action.sinks.publishing import UnpublishedError
from gate_action.sinks.shedding import send_shedding

MOST_ANNOTATIONS: Final = 3 * ANNOTATIONS_A_REQUEST
"""The worst ones. Each batch costs a request, and a run should stay below ten."""
_LONGEST_TITLE: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunSink:
    name: ClassVar[str] = "check run"
    client: GithubClient
    destination: Destination

    def publish(self, report: Report) -> None:
        try:
            self._publish(report)
        except ForbiddenError as error:
            # Only an App's token writes check runs; a personal one may still set a status.
            CommitStatusSink(client=self.client, destination=self.destination).publish(report)
            raise UnpublishedError(f"{error}; the commit has a status instead") from error

    def _publish(self, report: Report) -> None:
        view = build_view(report)
        first, *further = _batches(report)
        check = CheckRun(
            name=self.destination.check_name(report),
            head_sha=self.destination.commit(report),
            conclusion=report.decision.conclusion.value,
            details_url=self.destination.run_url,
            external_id=report.run_id,
            title=title(report, _LONGEST_TITLE),
            summary="",
            annotations=first,
        )
        check_id, summary = send_shedding(
            CHECK_SUMMARY,
            lambda budget: render_markdown(view, budget),
            lambda page: (self.client.create_check_run(replace(check, summary=page)), page),
        )
        for batch in further:
            self.client.append_annotations(check_id, replace(check, summary=summary, annotations=batch))


def _batches(report: Report) -> Iterator[tuple[CheckAnnotation, ...]]:
    """At least one batch, which may be empty."""
    shown = tuple(
        CheckAnnotation(path=note.path, line=note.line, level=note.level.value, title=note.title, message=note.message)
        for note in render_annotations(report)[:MOST_ANNOTATIONS]
    )
    yield shown[:ANNOTATIONS_A_REQUEST]
    for start in range(ANNOTATIONS_A_REQUEST, len(shown), ANNOTATIONS_A_REQUEST):
        yield shown[start : start + ANNOTATIONS_A_REQUEST]
