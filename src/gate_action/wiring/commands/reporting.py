"""`gate-action publish`: tells on the pull request what its own unprivileged run reported, neutral and marked so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from gate_action.clients.git.repository import Git
from gate_action.clients.github.api import open_github
from gate_action.clients.github.runs import PyGithubRuns
from gate_action.clients.github.workflow import load_event
from gate_action.config.loading import load_config
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.report.escape import plain
from gate_action.sinks.opening import Publication, open_sinks
from gate_action.sinks.publishing import publish_all
from gate_action.wiring.github.handover import Handover, Reported
from gate_action.wiring.github.publishing import find_scope, tell

SCOPE: Final = "reported"
"""The check and the comment are others than those of runs that we trust: what is required stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedOptions:
    """The command line of `gate-action publish`."""

    repository: Path = Path()
    config: str = "gate.yaml"
    gate: str | None = None
    out: Path | None = None
    dry_run: bool = False


def publish_reported(options: ReportedOptions, environ: Mapping[str, str]) -> int:
    """0: everything that was reported is published, or there was nothing to do.

    Raises ConfigError: not a job that may do this. Raises NotEvaluatedError: no report that can be used.
    """
    client = open_github(environ)
    if client is None:
        raise ConfigError("there is no token", hint="give the input github-token, or set GITHUB_TOKEN")
    git = Git.find(options.repository)
    handover = Handover(
        event=load_event(environ),
        runs=PyGithubRuns(client=client),
        git=git,
        config=options.config,
        gate=options.gate,
    )
    if handover.is_told_already():
        _say("that run was of this repository, and has published by itself: nothing to do")
        return 0
    found = handover.collect()
    for note in handover.notes:
        _say(f"warning: {note}")
    for reported in found:
        config = load_config(git.files(git.resolve("HEAD")), options.config, reported.report.gate_id)
        publication = Publication(
            out=_out(options, git, reported),
            is_hidden=options.out is None,
            is_wanted=True,
            is_reported=True,
            comment=config.comment,
            scope=", ".join(filter(None, (find_scope(options.repository, options.config, environ), SCOPE))),
            payloads=_out(options, git, reported) / "payloads" if options.dry_run else None,
        )
        tell(reported.report)
        for warning in publish_all(open_sinks(environ, reported.event, publication, client), reported.report):
            _say(f"warning: {warning}")
    return 0


def _out(options: ReportedOptions, git: Git, reported: Reported) -> Path:
    gate_id = reported.report.gate_id
    return options.out / gate_id if options.out else git.repository / ".gate" / gate_id


def _say(text: str) -> None:
    click.echo(plain(text), err=True)
