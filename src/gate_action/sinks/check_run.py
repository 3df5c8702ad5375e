"""A check run of the commit: the report, and remarks beside fixtures' lines. An extra: the gate is the exit code."""

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from typing import ClassVar, Final

from gate_action.clients.github.client import (
    ANNOTATIONS_A_REQUEST,
    CheckAnnotation,
    CheckRun,
    ForbiddenError,
    GithubClient,
    SeenCheck,
    ServerError,
    UnreachableError,
)
from gate_action.model.dataclass import dataclass
from gate_action.model.report import Report
from gate_action.report.annotations import render_annotations
from gate_action.report.markdown import CHECK_SUMMARY, render_markdown
from gate_action.report.view import build_view
from gate_action.sinks.check_progress import OpenCheck
from gate_action.sinks.commit_status import CommitStatusSink
from gate_action.sinks.destination import Destination, read_external_id, title
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
    may_set_status: bool = True
    """Where the token cannot write check runs."""
    opened: OpenCheck = field(default_factory=OpenCheck)
    """The one that told of progress, if any did: it is finished instead of making another one."""

    def publish(self, report: Report) -> None:
        try:
            self._publish(report)
        except ForbiddenError as error:
            if not self.may_set_status:
                raise
            # Only an App's token writes check runs; a personal one may still set a status.
            CommitStatusSink(client=self.client, destination=self.destination).publish(report)
            raise UnpublishedError(f"{error}; the commit has a status instead") from error

    def _publish(self, report: Report) -> None:
        view = build_view(replace(report, gate_id=self.destination.shown(report.gate_id)))
        first, *further = _batches(report)
        check = CheckRun(
            name=self.destination.check_name(report.gate_id),
            head_sha=self.destination.commit(report),
            conclusion=report.decision.conclusion.value,
            details_url=self.destination.run_url,
            external_id=self.destination.external_id(report.run_id),
            title=title(report, _LONGEST_TITLE),
            summary="",
            annotations=first,
        )
        unfinished = self._unfinished(check)
        seen, summary = send_shedding(
            CHECK_SUMMARY,
            lambda budget: render_markdown(view, budget),
            lambda page: (self._write(replace(check, summary=page), unfinished), page),
        )
        self.opened.is_finished = True
        for batch in further:
            seen = self._append(seen, replace(check, summary=summary, annotations=batch))

    def _unfinished(self, check: CheckRun) -> SeenCheck | None:
        """The check run to finish: that of our progress, or one that an earlier attempt left when it was killed.

        Raises UnpublishedError where a later run has told of this commit already.
        """
        ours = [
            (attempt, seen)
            for seen in self.client.fetch_check_runs(check.head_sha, check.name)
            if (attempt := read_external_id(seen.external_id)) is not None
        ]
        for attempt, _ in ours:
            if attempt > self.destination.attempt:
                raise UnpublishedError(f"it already tells of a later run, {attempt.run_id}, of the same commit")
        if self.opened.check_id:  # whether or not the listing shows it yet
            return self.client.fetch_check_run(self.opened.check_id)
        return next((seen for _, seen in ours if not seen.is_finished), None)

    def _write(self, check: CheckRun, unfinished: SeenCheck | None) -> SeenCheck:
        if unfinished is not None:
            return self._surely(
                unfinished, check, lambda: self.client.update_check_run(unfinished.id, check), is_whole=True
            )
        try:
            return self.client.create_check_run(check)
        except (ServerError, UnreachableError):
            # It may have been made, and only the answer lost: a second one would stand beside it.
            made = self.client.fetch_check_runs(check.head_sha, check.name)
            found = next((seen for seen in made if seen.external_id == check.external_id), None)
            return found or self.client.create_check_run(check)

    def _append(self, seen: SeenCheck, check: CheckRun) -> SeenCheck:
        return self._surely(seen, check, lambda: self.client.append_annotations(seen.id, check), is_whole=False)

    def _surely(
        self, before: SeenCheck, check: CheckRun, send: Callable[[], SeenCheck], *, is_whole: bool
    ) -> SeenCheck:
        """Sends once more where GitHub was in trouble and did not do it: annotations are appended, and none twice."""
        try:
            return send()
        except (ServerError, UnreachableError):
            now = self.client.fetch_check_run(before.id)
            is_done = now.is_finished if is_whole else now.annotations >= before.annotations + len(check.annotations)
            return now if is_done else send()


def _batches(report: Report) -> Iterator[tuple[CheckAnnotation, ...]]:
    """At least one batch, which may be empty."""
    shown = tuple(
        CheckAnnotation(path=note.path, line=note.line, level=note.level.value, title=note.title, message=note.message)
        for note in render_annotations(report)[:MOST_ANNOTATIONS]
    )
    yield shown[:ANNOTATIONS_A_REQUEST]
    for start in range(ANNOTATIONS_A_REQUEST, len(shown), ANNOTATIONS_A_REQUEST):
        yield shown[start : start + ANNOTATIONS_A_REQUEST]
