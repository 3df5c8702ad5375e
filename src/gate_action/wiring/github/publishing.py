"""Tells the report: in the terminal first, then everywhere it goes. What fails here is a warning."""

import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import click

from gate_action.clients.github.client import GithubClient
from gate_action.clients.github.workflow import load_event
from gate_action.codec.github_event import Event
from gate_action.errors import ConfigError
from gate_action.model.publication import CommentMode
from gate_action.model.report import Report
from gate_action.report.escape import plain
from gate_action.report.terminal import render_terminal
from gate_action.report.view import build_view
from gate_action.sinks.check_progress import OpenCheck
from gate_action.sinks.destination import read_scope
from gate_action.sinks.files import FilesSink
from gate_action.sinks.opening import Publication, open_sinks
from gate_action.sinks.publishing import publish_all
from gate_action.wiring.interrupts import hurried_by_signals
from gate_action.wiring.judged import Judged
from gate_action.wiring.options import RunOptions
from gate_action.wiring.screen import look_at_screen

_STEP_S = 1.0


def tell(report: Report) -> None:
    """The report on stdout, as wide and as colourful as it takes."""
    screen = look_at_screen()
    try:
        click.echo(render_terminal(build_view(report), screen.width, is_colour=screen.is_colour), nl=False)
    except OSError as error:  # nobody reads stdout any more, or its disk is full: the verdict stands
        _warn(f"the report cannot be printed: {error.strerror or error}")
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # or Python would fail once more at its end, with an exit code of its own
        os.close(nowhere)


def publish(
    report: Report,
    options: RunOptions,
    environ: Mapping[str, str],
    judged: Judged | None,
    opened: OpenCheck | None = None,
) -> None:
    """Files, and GitHub's check, comment, summary and outputs as far as the environment and options allow.

    ``opened``: the check run that told of progress. A Ctrl-C or SIGTERM meanwhile ends the waiting, not the telling.
    """
    out = options.out or own_folder(options, judged)
    config = judged.config if judged else None
    publication = Publication(
        out=out,
        is_hidden=options.out is None,
        is_wanted=options.publish,
        scope=find_scope(options.repository, options.config, environ),
        comment=config.comment if config else CommentMode.UPDATE,
        opened=opened or OpenCheck(),
        payloads=out / "payloads" if options.dry_run else None,
    )
    with hurried_by_signals() as hurry:
        client = None
        if options.publish and not options.dry_run:
            client = _open_client(environ, hurry)
        warnings = publish_all(open_sinks(environ, _load_own_event(environ), publication, client), report)
    for warning in warnings:
        _warn(warning)
    if not any(warning.startswith(FilesSink.name) for warning in warnings):
        click.echo(plain(f"report: {_relative(out)}/report.html, report.md, report.json"), err=True)


def _open_client(environ: Mapping[str, str], hurry: threading.Event) -> GithubClient | None:
    """None, and a warning where one is due, if nothing can be published on GitHub."""
    from gate_action.clients.github.api import Patience, open_github  # only for who publishes

    patience = Patience(sleep=lambda pause_s: _wait(hurry, pause_s), is_over=hurry.is_set)
    try:
        return open_github(environ, patience)
    except ConfigError as error:
        _warn(f"nothing is published on GitHub: {error} ({error.hint})")
        return None


def _load_own_event(environ: Mapping[str, str]) -> Event:
    """The event, or that of a laptop where its file cannot be used: the verdict stands, whatever the file holds."""
    try:
        return load_event(environ)
    except ConfigError as error:
        _warn(f"published as a local run: {error}")
        return load_event({})


def _wait(hurry: threading.Event, pause_s: float) -> None:
    """In steps: a signal that another thread of ours took is answered when this one comes to itself."""
    until = time.monotonic() + pause_s
    while (rest_s := until - time.monotonic()) > 0 and not hurry.wait(min(rest_s, _STEP_S)):
        pass


def find_scope(repository: Path, config: str, environ: Mapping[str, str]) -> str:
    """What tells a gate apart. A clone that is not the whole workspace counts by its folder there."""
    workspace = Path(environ.get("GITHUB_WORKSPACE") or repository).resolve()
    clone = repository.resolve()
    folder = str(clone.relative_to(workspace)) if clone.is_relative_to(workspace) else ""
    return read_scope(config=config, folder=folder, label=environ.get("GATE_LABEL", ""))


def own_folder(options: RunOptions, judged: Judged | None) -> Path:
    """Below the clone's top. A gate that was not found gives no folder its name: it is whatever was asked for."""
    if judged is None:
        return options.repository / ".gate" / "gate"
    return judged.git.repository / ".gate" / judged.config.gate_id


def _warn(text: str) -> None:
    click.echo(plain(f"warning: {text}"), err=True)


def _relative(path: Path) -> Path:
    here = Path.cwd()
    return path.resolve().relative_to(here) if path.resolve().is_relative_to(here) else path
