"""Which sinks a run has, by its environment and event."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from gate_action.clients.github.client import GithubClient
from gate_action.codec.github_event import Event
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import Sink
from gate_action.model.publication import CommentMode
from gate_action.sinks.check_progress import OpenCheck
from gate_action.sinks.files import FilesSink
from gate_action.sinks.job_summary import JobSummarySink
from gate_action.sinks.outputs import OutputsSink


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
    scope: str = ""
    """What tells this gate apart from others of its name on the commit."""
    opened: OpenCheck = field(default_factory=OpenCheck)
    """The check run that told of the run's progress, if any did."""
    is_reported: bool = False
    """The report is a run's own word of itself, and this job may write what that run might not."""
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
        sinks.append(_rehearsal(event, mode, publication))
    elif publication.is_wanted:
        if path := environ.get("GITHUB_STEP_SUMMARY"):
            sinks.append(JobSummarySink(path=Path(path)))
        if client is not None:
            sinks += _on_github(event, mode, publication, client)
    return tuple(sinks)


def _rehearsal(event: Event, mode: CommentMode, publication: Publication) -> Sink:
    from gate_action.clients.github.dry_run import DryRunGithub  # only for who publishes, as below
    from gate_action.sinks.rehearsal import SUMMARY, RehearsalSink

    folder = publication.payloads
    assert folder is not None  # noqa: S101  # asked for by who calls this
    client = DryRunGithub(
        folder=folder,
        repository=event.repository or "OWNER/REPOSITORY",
        pull_head=event.pull_request.head_sha if event.pull_request else "",
    )
    shown = (JobSummarySink(path=folder / SUMMARY), *_on_github(event, mode, publication, client))
    return RehearsalSink(folder=folder, sinks=shown)


def _on_github(event: Event, mode: CommentMode, publication: Publication, client: GithubClient) -> list[Sink]:
    if not event.can_write and not publication.is_reported:
        return []
    from gate_action.sinks.check_run import CheckRunSink
    from gate_action.sinks.destination import destination
    from gate_action.sinks.pr_comment import PrCommentSink

    place = destination(event, publication.scope)
    sinks: list[Sink] = [
        CheckRunSink(
            client=client,
            destination=place,
            opened=publication.opened,
            may_set_status=not publication.is_reported,  # a status knows no neutral
        )
    ]
    # A laptop's dry run shows the comment too, for a pull request that does not exist yet.
    if mode is not CommentMode.OFF and (event.pull_request or event.is_local):
        sinks.append(PrCommentSink(client=client, destination=place, mode=mode))
    return sinks
