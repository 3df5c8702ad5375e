"""Where one run lives: its folders, its id, and the journal in it, with what shards on other machines have measured."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path

from gate_action.codec.documents import Manifest, Shard
from gate_action.engine.journal import Journal, holds_run
from gate_action.engine.readback import check_same_run, read_manifest
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Suite
from gate_action.wiring.options import RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlace:
    """The folders of one run: what is written down (ours alone), and where builds live (children enter it)."""

    run_id: str
    folder: Path
    builds: Path
    started_at: datetime
    is_resumed: bool = False
    shard: Shard | None = None
    """Which part of round one this run measures; None: all, and it decides."""
    shards: tuple[Path, ...] = ()
    """What other machines have measured of round one."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Of one run."""

    environ: Mapping[str, str] = field(repr=False)
    run_folder: Path
    started_at: datetime


def find_place(options: RunOptions, environ: Mapping[str, str], builds: Path, started_at: datetime) -> RunPlace:
    """A new run's place, or that of the run to resume. Raises ConfigError.

    A run that was ended before it had measured anything is begun anew: ``is_resumed`` is false then.
    """
    given, is_resumed = options.run_folder, False
    if options.resume:
        if given is None:
            raise ConfigError("--resume needs --run-folder", hint="the interrupted run named its folder at its end")
        is_resumed = holds_run(given)
    run_id = read_manifest(given).run_id if is_resumed and given else _new_run_id(started_at)
    return RunPlace(
        run_id=run_id,
        folder=given or runs_folder(environ) / run_id,
        builds=builds,
        started_at=started_at,
        is_resumed=is_resumed,
        shard=options.shard,
        shards=options.shards,
    )


def _new_run_id(started_at: datetime) -> str:
    """Sortable by time, unique by chance."""
    milliseconds = started_at.microsecond // 1000  # ids are in the order of their runs, within a second too
    return f"{started_at:%Y%m%dT%H%M%SZ}-{milliseconds:03x}{secrets.token_hex(4)}"


def runs_folder(environ: Mapping[str, str]) -> Path:
    """Outside the workspace: on a runner in its temporary folder, else in the user's cache."""
    if place := environ.get("RUNNER_TEMP"):
        return Path(place) / "gate-action"
    cache = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "gate-action" / "runs"


def open_journal(
    place: RunPlace, manifest: Manifest, suite: Suite, *, metrics: Iterable[str], is_gathering: bool
) -> Journal:
    """``is_gathering`` as Journal takes it. Raises ConfigError: a folder with a run in it, or without the one that is
    to be resumed; ShardError.
    """
    if place.is_resumed:
        check_same_run(read_manifest(place.folder), manifest)
        return Journal(place.folder, is_resumed=True, is_gathering=is_gathering)
    take_over = _prove_shards(place, manifest, suite, metrics) if place.shards else None
    journal = Journal(place.folder, is_gathering=is_gathering)
    try:
        journal.write_fixtures(suite.fixtures)
        if take_over:
            take_over(journal)
        journal.write_manifest(manifest)  # last: without it nobody takes a folder that ends half-way for a run
    except BaseException:
        journal.close()
        raise
    return journal


def _prove_shards(
    place: RunPlace, manifest: Manifest, suite: Suite, metrics: Iterable[str]
) -> Callable[[Journal], object]:
    """What takes over the measurements of shards, all of which are there. Raises ShardError."""
    from gate_action.engine.shard_proof import find_shards, prove_complete, take_over  # a merge's affair

    chosen = prove_complete(find_shards(place.shards), manifest, suite.fixtures)
    return lambda journal: take_over(chosen, journal, suite.fixtures, frozenset(metrics))
