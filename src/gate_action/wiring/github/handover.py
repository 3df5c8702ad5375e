"""Reads what an unprivileged run reported of itself, as data that a stranger may have written.

The pull request, the repository, the commit, the gate and every link come from the event, the API and the checked-out
default branch; from the artifact come figures and texts alone.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any, Final, TypeVar

import msgspec

from gate_action.clients.archives import ArchiveBounds, ArchiveError, read_zip
from gate_action.clients.git.repository import Git
from gate_action.clients.github.client import GithubError
from gate_action.clients.github.runs import GithubRuns, RunArtifact
from gate_action.codec.documents import decode_report
from gate_action.codec.github_event import Event, PullRequest, UpstreamRun, is_sha
from gate_action.config.loading import list_gates
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.model.dataclass import dataclass
from gate_action.model.report import Report
from gate_action.model.run import BaseRule, Revision, Revisions
from gate_action.wiring.github.pull_behind import UNPRIVILEGED, find_pull_behind

ARTIFACT: Final = "gate-report-"
"""Followed by the gate's id: what the unprivileged run uploads, and all that is looked for."""
FILE: Final = "report.json"
BOUNDS: Final = ArchiveBounds(files=5, bytes=30_000_000)
_PACKED: Final = 20_000_000
_DEPENDABOT: Final = "dependabot[bot]"
_LARGEST: Final = 2**53
"""What every reader of JSON keeps exactly."""
T = TypeVar("T")


class NothingReportedError(NotEvaluatedError):
    """There is no report to publish, or none that can be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One gate's report, made safe to show, and the event that it is published under."""

    report: Report
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """From a ``workflow_run`` event to the reports of the run that it tells of."""

    event: Event
    runs: GithubRuns
    git: Git
    """The default branch, as this job checked it out."""
    config: str
    gate: str | None
    """One gate of several; None: all that the file has."""
    notes: list[str] = field(default_factory=list)
    """What a reader of the log should know."""

    def collect(self) -> tuple[Reported, ...]:
        """A report for each gate of the default branch's file that the run reported on.

        Raises ConfigError: this is no such event, or another commit is checked out. Raises NothingReportedError,
        NoPullRequestError.
        """
        upstream = self._upstream()
        pull = self._ask(lambda: find_pull_behind(self.runs, upstream))
        artifacts = self._artifacts(upstream)
        found = []
        for gate_id in self._gates():
            artifact = artifacts.get(f"{ARTIFACT}{gate_id}")
            if artifact is None:
                self.notes.append(f"{gate_id}: the run has no artifact {ARTIFACT}{gate_id}")
                continue
            report = self._read(artifact, gate_id)
            found.append(Reported(report=make_safe(report, gate_id, upstream), event=self._event(upstream, pull)))
        if not found:
            raise NothingReportedError(
                f"run {upstream.run_id} left no report of any gate: {'; '.join(self.notes)}",
                hint=f"its workflow must upload {FILE} as the artifact {ARTIFACT}<gate id>, also when the gate fails",
            )
        return tuple(found)

    def is_told_already(self) -> bool:
        """Did the run publish by itself? It had a token that can, unless it was a fork's or Dependabot's."""
        upstream = self.event.upstream
        is_own = upstream is not None and self.event.is_own(upstream.head_repository)
        return is_own and upstream is not None and upstream.actor != _DEPENDABOT

    def _upstream(self) -> UpstreamRun:
        upstream = self.event.upstream
        if self.event.name != "workflow_run" or upstream is None:
            raise ConfigError(
                f"publish was started by {self.event.name or 'hand'}, and it follows another workflow's run",
                hint="put it into a workflow of its own: `on: {workflow_run: {workflows: [gate], types: [completed]}}`",
            )
        if upstream.event not in UNPRIVILEGED:
            raise NothingReportedError(
                f"run {upstream.run_id} was started by {upstream.event or 'something unknown'}, not by a pull request"
            )
        checked_out = self.git.resolve("HEAD").sha
        if checked_out != self.event.sha:
            raise ConfigError(
                f"{checked_out[:10]} is checked out, and this workflow was started for {self.event.sha[:10]}",
                hint="check out nothing else here: this job's token can write, and gate.yaml is read from its checkout",
            )
        return upstream

    def _artifacts(self, upstream: UpstreamRun) -> Mapping[str, RunArtifact]:
        """The newest of each name: a run that was attempted again uploads anew."""
        newest: dict[str, RunArtifact] = {}
        for artifact in self._ask(lambda: self.runs.fetch_artifacts(upstream.run_id)):
            if not artifact.is_expired:
                newest.setdefault(artifact.name, artifact)
        return newest

    def _gates(self) -> tuple[str, ...]:
        gates = list_gates(self.git.files(self.git.resolve("HEAD")), self.config)
        if self.gate and self.gate not in gates:
            raise ConfigError(f"there is no gate {self.gate!r}", hint=f"there are {', '.join(gates)}")
        return (self.gate,) if self.gate else gates

    def _read(self, artifact: RunArtifact, gate_id: str) -> Report:
        content = self._ask(lambda: self.runs.download(artifact, _PACKED))
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if artifact.digest and artifact.digest != digest:
            raise NothingReportedError(
                f"the artifact {artifact.name} has the digest {digest}, and GitHub keeps one of {artifact.digest}"
            )
        try:
            files = read_zip(content, BOUNDS)
            if FILE not in files:
                raise NothingReportedError(f"the artifact {artifact.name} holds no {FILE}")
            report = decode_report(files[FILE], path=f"{FILE} of {artifact.name}")
            check_report(report)
        except (ArchiveError, ConfigError, RecursionError) as error:
            raise NothingReportedError(f"{artifact.name} cannot be used: {error}") from error
        if report.gate_id != gate_id:
            raise NothingReportedError(f"the artifact {artifact.name} tells of a gate {report.gate_id[:80]!r}")
        return report

    def _event(self, upstream: UpstreamRun, pull: PullRequest) -> Event:
        """As if the pull request's own run published, for the sinks: its number, commit, run and attempt."""
        return replace(self.event, pull_request=pull, run_id=upstream.run_id, run_attempt=upstream.run_attempt)

    @staticmethod
    def _ask(question: Callable[[], T]) -> T:
        try:
            return question()
        except GithubError as error:
            raise NothingReportedError(str(error)) from error


def check_report(report: Report) -> None:
    """What the schema does not say and every report of ours keeps. Raises ConfigError."""
    if not report.decision.reasons:
        raise ConfigError("the report gives no reason for its verdict")
    if _has_absurd_number(msgspec.to_builtins(report, str_keys=True)):
        raise ConfigError(f"the report holds a number beyond {_LARGEST:,}")


def _has_absurd_number(value: Any) -> bool:
    match value:
        case dict():
            return any(map(_has_absurd_number, value.values()))
        case list() | tuple():
            return any(map(_has_absurd_number, value))
        case int() | float():
            return abs(value) > _LARGEST
        case _:
            return False


def make_safe(report: Report, gate_id: str, upstream: UpstreamRun) -> Report:
    """The report without what it could choose: commits are the event's, the command is ours, no line is remarked on."""
    told = report.revisions
    base = told.base if told and told.base and is_sha(told.base.sha) else None
    revisions = Revisions(
        head=Revision(sha=upstream.head_sha),
        base=Revision(sha=base.sha) if base else None,
        rule=told.rule if told and base else BaseRule.NONE,
    )
    compared = f" --base {base.sha}" if base else ""
    return replace(
        report,
        gate_id=gate_id,
        revisions=revisions,
        decision=replace(report.decision, is_reported=True),
        reproduce=f"gate-action run{compared} --head {upstream.head_sha}",
        run_folder="",
        examples=tuple(replace(example, place=None) for example in report.examples),
    )
