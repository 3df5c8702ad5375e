"""One shard of a run: measures its part of round one, and leaves it for the merge. Decides and publishes nothing."""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from gate_action.clients.folders import make_folder
from gate_action.codec.documents import Shard, ShardManifest, encode_shard
from gate_action.engine.account import sum_usage
from gate_action.engine.journal import Journal
from gate_action.engine.readback import read_manifest
from gate_action.engine.shard_files import MANIFEST, read_measured, seal_files
from gate_action.engine.shard_proof import copy_measured
from gate_action.engine.shards import clusters_of, digest_clusters, ids_of
from gate_action.engine.trials import Watcher
from gate_action.errors import ExitCode, GateError, StoreError
from gate_action.gate import walk_round_one
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.report.escape import plain
from gate_action.wiring.around import ended_orphans, temporary_folder, within
from gate_action.wiring.github.publishing import own_folder
from gate_action.wiring.hands import Hands
from gate_action.wiring.interrupts import stopped_by_signals
from gate_action.wiring.making import UnusableBaseError
from gate_action.wiring.masking import find_secrets, mask_measured, mask_text
from gate_action.wiring.options import RunOptions
from gate_action.wiring.run import Run

_HANDED_OVER = "shard"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    refusal: Decision | None
    """Why the shard is not whole; None: it is."""
    manifest: ShardManifest | None
    """None: nothing was written down."""


def measure_shard(
    options: RunOptions,
    shard: Shard,
    environ: Mapping[str, str],
    open_watcher: Callable[[], AbstractContextManager[Watcher]],
) -> int:
    """0 where the shard is whole; else the exit code of why it is not."""
    run = Run(options=options, environ=environ, clock=lambda: datetime.now(UTC))
    place = None
    with temporary_folder() as builds, ended_orphans():
        try:
            with open_watcher() as watcher:
                measured = asyncio.run(run.begin(builds, watcher, partial(_measure, run, shard)))
            place = _hand_over(run, measured.manifest) if measured.manifest else None
        except GateError as error:
            measured = _Measured(refusal=run.refuse(error), manifest=None)
    _tell(run, shard, measured, place)
    return measured.refusal.exit_code if measured.refusal else ExitCode.PASS


async def _measure(run: Run, shard: Shard, hands: Hands) -> _Measured:
    """Raises UnusableBaseError."""
    refusal = None
    try:
        async with stopped_by_signals(), within(hands.judged.config.limits.run_timeout_s):
            await walk_round_one(hands.walk(), run.walked, lambda loaded: ids_of(loaded.suite.fixtures, shard))
    except UnusableBaseError:
        raise
    except GateError as error:
        refusal = run.refuse(error)
    if hands.journal is None:
        return _Measured(refusal=refusal, manifest=None)
    hands.journal.sync()
    manifest = ShardManifest(
        run=read_manifest(hands.place.folder),
        attempt=_attempt(run.environ),
        clusters=digest_clusters(clusters_of(run.fixtures, shard)),
        trials=len(hands.engine.finished) if hands.engine else 0,
        files=seal_files(hands.place.folder),
        refused=refusal.reasons[0].sentence if refusal else "",
    )
    (hands.place.folder / MANIFEST).write_bytes(encode_shard(manifest))
    return _Measured(refusal=refusal, manifest=manifest)


def _attempt(environ: Mapping[str, str]) -> int:
    """Of the CI job; 1 elsewhere."""
    told = environ.get("GITHUB_RUN_ATTEMPT", "")
    return int(told) if told.isdecimal() else 1


def _hand_over(run: Run, manifest: ShardManifest) -> Path | None:
    """A copy for whoever carries it to the merge: without the secrets that a child printed.

    The run folder itself is closed to others, and in a container it is root's. Raises StoreError.
    """
    assert run.hands is not None  # noqa: S101  # there is a manifest
    out = run.options.out or own_folder(run.options, run.judged)
    secrets = find_secrets(run.hands.judged.config, run.environ)
    whole = () if manifest.refused else read_measured(run.hands.place.folder)
    try:
        make_folder(out)
        if run.options.out is None:
            (out / ".gitignore").write_bytes(b"*\n")
        fresh, place = out / f".{_HANDED_OVER}.new", out / _HANDED_OVER
        _remove(fresh)
        with Journal(fresh, is_gathering=True) as journal:
            copy_measured(map(partial(mask_measured, secrets=secrets), whole), journal)
        (fresh / "lock").unlink()
        refused = mask_text(manifest.refused, secrets)
        sealed = replace(manifest, files=seal_files(fresh), refused=refused)
        (fresh / MANIFEST).write_bytes(encode_shard(sealed))
        _open_to_all(fresh)
        _remove(place)
        fresh.rename(place)
    except OSError as error:
        raise StoreError(f"the shard cannot be handed over in {out}: {error}", hint="--out names the folder") from error
    return place


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _open_to_all(folder: Path) -> None:
    """A step that uploads it runs as another user than a container's."""
    for path in folder.iterdir():
        path.chmod(0o644)
    folder.chmod(0o755)
    owner = folder.parent.stat()
    for path in (folder, *folder.iterdir()):
        if os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _tell(run: Run, shard: Shard, measured: _Measured, place: Path | None) -> None:
    secrets = find_secrets(run.judged.config if run.judged else None, run.environ)

    def say(line: str, *, is_error: bool) -> None:
        click.echo(plain(mask_text(line, secrets)), err=is_error)

    for warning in run.warnings:
        say(f"warning: {warning}", is_error=True)
    if measured.refusal is not None:
        reason = measured.refusal.reasons[0]
        say(f"shard {shard} could not measure: {reason.sentence}", is_error=True)
        if reason.detail:
            say(reason.detail, is_error=True)
    else:
        say(f"shard {shard}: {_count(run, shard)}", is_error=False)
    if run.hands and run.hands.journal:
        say(f"run folder: {run.hands.place.folder}", is_error=True)
    if place is not None:
        say(f"for the merge: {place}", is_error=True)


def _count(run: Run, shard: Shard) -> str:
    ids = ids_of(run.fixtures, shard)
    clusters = clusters_of(run.fixtures, shard)
    usage = sum_usage(run.hands.engine.finished.trials()) if run.hands and run.hands.engine else {}
    told = ", ".join(f"{arm} {one.trials} trials, {one.errors} without an output" for arm, one in usage.items())
    return (
        f"{len(ids)} of {len(run.fixtures)} fixtures in {len(clusters)} clusters: {told or 'nothing was asked of it'}"
    )
