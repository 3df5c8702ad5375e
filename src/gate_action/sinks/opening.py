"""Which sinks a run has, by its environment and event."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gate_action.clients.github import GithubClient
from gate_action.clients.github_dry_run import DryRunGithub
from gate_action.codec.github_event import Event
from gate_action.model.protocols import Sink
from gate_action.sinks.check_run import CheckRunSink
from gate_action.sinks.destination import destination
from gate_action.sinks.files import FilesSink
from gate_action.sinks.job_summary import JobSummarySink
from gate_action.sinks.outputs import OutputsSink
from gate_action.sinks.pr_comment import CommentMode, PrCommentSink
from gate_action.sinks.rehearsal import SUMMARY, RehearsalSink


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What the run was asked to publish."""

    out: Path
    """The report files' folder."""
    is_hidden: bool = False
    """Nobody asked for that folder: git is told to pass it over."""
    is_wanted: bool
    """May anything leave the machine?"""
    comment: CommentMode = CommentMode.UPDATE
    """As gate.yaml says; GATE_COMMENT, the action's input, comes before it."""
    payloads: Path | None = None
    """Dry run: every request becomes a file in this folder instead, and so does the job's summary."""


def open_sinks(
    environ: Mapping[str, str], event: Event, publication: Publication, client: GithubClient | None
) -> tuple[Sink, ...]:
    """The sinks in the order in which they publish. ``client``: None without a token."""
    sinks: list[Sink] = [FilesSink(out=publication.out, is_hidden=publication.is_hidden)]
    if path := environ.get("GITHUB_OUTPUT"):
        workspace = Path(environ.get("GITHUB_WORKSPACE") or ".")
        sinks.append(OutputsSink(path=Path(path), out=publication.out, workspace=workspace))
    mode = CommentMode(environ.get("GATE_COMMENT") or publication.comment)  # the action's plan has checked its input
    if publication.payloads is not None:
        sinks.append(_rehearsal(event, mode, publication.payloads))
    elif publication.is_wanted:
        if path := environ.get("GITHUB_STEP_SUMMARY"):
            sinks.append(JobSummarySink(path=Path(path)))
        if client is not None:
            sinks += _on_github(event, mode, client)
    return tuple(sinks)


def _rehearsal(event: Event, mode: CommentMode, folder: Path) -> RehearsalSink:
    client = DryRunGithub(
        folder=folder,
        repository=event.repository or "OWNER/REPOSITORY",
        pull_head=event.pull_request.head_sha if event.pull_request else "",
    )
    return RehearsalSink(folder=folder, sinks=(JobSummarySink(path=folder / SUMMARY), *_on_github(event, mode, client)))


def _on_github(event: Event, mode: CommentMode, client: GithubClient) -> list[Sink]:
    if event.is_fork:  # the token of its run can only read
        return []
    place = destination(event)
    sinks: list[Sink] = [CheckRunSink(client=client, destination=place)]
    # A laptop's dry run shows the comment too, for a pull request that does not exist yet.
    if mode is not CommentMode.OFF and (event.pull_request or event.is_local):
        sinks.append(PrCommentSink(client=client, destination=place))
    return sinks
