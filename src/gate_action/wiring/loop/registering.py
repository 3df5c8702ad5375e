"""``gate-action loop watch register``: a push, or what somebody asks for, becomes entries of the register."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from gate_action.clients.files import FolderFiles
from gate_action.clients.git.repository import Git
from gate_action.clients.github.api import open_github
from gate_action.clients.github.client import GithubError
from gate_action.clients.github.watch import GithubWatch, MergedPull
from gate_action.clients.github.workflow import load_event
from gate_action.config.loading import list_gates, load_config
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.loop.register import name_watch
from gate_action.loop.registering import Fixed, find_said, find_turned, join_fixed
from gate_action.model.comparison import FixtureChange
from gate_action.model.fixture import Fixture
from gate_action.model.watch import WatchEntry, WatchReason
from gate_action.wiring.loop.opening import LoopOptions, read_settings
from gate_action.wiring.loop.watching import open_register
from gate_action.wiring.suites import load_suite, open_sources

_SHA = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What is asked for on the command line."""

    clusters: tuple[str, ...] = ()
    commit: str = ""
    """A SHA, or a name that this clone knows; empty: the pushed one, else the one that is checked out."""
    pull_request: int = 0
    report: Path | None = None
    """The gate's report.json of this push."""
    deployed_at: datetime | None = None
    release: str = ""
    slices: tuple[tuple[str, str], ...] = ()
    target_share: float | None = None
    target_rate: float | None = None
    days: int | None = None


def register(
    options: LoopOptions, folder: Path | None, pinned: Pinned, environ: Mapping[str, str], now: datetime
) -> tuple[WatchEntry, ...]:
    """The entries, those that were there already among them. Raises ConfigError, NotEvaluatedError."""
    if pinned.target_share is not None and pinned.target_rate is not None:
        raise ConfigError("--target-share and --target-rate exclude each other")
    settings = read_settings(options)
    if pinned.commit:
        pinned = replace(pinned, commit=_resolve(pinned.commit, options.repository))
    pulls = _find_pulls(pinned, environ)
    pull = pulls[0].number if pulls else pinned.pull_request
    fixed = join_fixed(
        tuple(Fixed(cluster_id=cluster, reason=WatchReason.ASKED) for cluster in pinned.clusters),
        *(find_said(each.body) for each in pulls),
        _find_turned(options, pinned.report, environ),
    )
    if not fixed:
        return ()
    merged = pulls[0].merge_sha if pulls else ""
    commit = pinned.commit or merged or load_event(environ).sha or _resolve("HEAD", options.repository)
    share = pinned.target_share if pinned.target_rate is None else None
    entries = tuple(
        WatchEntry(
            watch_id=name_watch(one.cluster_id, commit, now),
            cluster_id=one.cluster_id,
            commit=commit,
            pull_request=pull,
            reason=one.reason,
            fixtures=one.fixtures,
            registered_at=now,
            deployed_at=pinned.deployed_at or now,
            release=pinned.release,
            slices=pinned.slices,
            target_share=None if pinned.target_rate is not None else share or settings.loop.watch.target,
            target_rate=pinned.target_rate,
            days=pinned.days or settings.loop.watch.days,
        )
        for one in fixed
    )
    open_register(folder, settings, options.repository, environ).add(entries)
    return entries


def _resolve(name: str, repository: Path) -> str:
    """A whole SHA is taken at its word: a shallow clone may lack it."""
    return name if _SHA.fullmatch(name) else Git.find(repository).resolve(name).sha


def _find_pulls(pinned: Pinned, environ: Mapping[str, str]) -> Sequence[MergedPull]:
    client = open_github(environ)
    if client is None:
        return ()
    try:
        if pinned.pull_request:
            return (GithubWatch(client).fetch_pull(pinned.pull_request),)
        sha = pinned.commit or load_event(environ).sha
        return GithubWatch(client).fetch_merged(sha) if sha else ()
    except GithubError as error:
        raise NotEvaluatedError(error.message, hint=error.hint) from error


class _Decision(msgspec.Struct):
    changes: list[FixtureChange]


class _Report(msgspec.Struct):
    """The part of report.json that counts here."""

    gate_id: str
    decision: _Decision


def _find_turned(options: LoopOptions, path: Path | None, environ: Mapping[str, str]) -> tuple[Fixed, ...]:
    if path is None:
        return ()
    try:
        report = msgspec.json.decode(path.read_bytes(), type=_Report)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(f"{path} is no report of the gate: {error}", hint="it is report.json of --out") from error
    return find_turned(report.decision.changes, _load_fixtures(options, report.gate_id, environ))


def _load_fixtures(options: LoopOptions, gate_id: str, environ: Mapping[str, str]) -> Sequence[Fixture]:
    files = FolderFiles(options.repository)
    chosen = gate_id if gate_id in list_gates(files, options.config) else None
    config = load_config(files, options.config, chosen)
    return load_suite(open_sources(config, environ), files).fixtures
