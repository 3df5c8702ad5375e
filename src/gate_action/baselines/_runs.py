"""Runs on a shelf, ``<sha>/<digest>.json``: what every store does alike. Knows nothing of where the shelf stands."""

import re
from collections.abc import Sequence

from gate_action.codec.baselines import RecordError, decode_baseline, encode_baseline, name_record
from gate_action.errors import StoreError
from gate_action.model.protocols import Shelf
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline, Revision

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RECORD = re.compile(r"[0-9a-f]{40,64}/[0-9a-f]{64}\.json")
_ADVICE = "delete the file: the next push to the default branch stores a run again"


def find_runs(shelf: Shelf, commits: Sequence[Revision], fingerprint: Fingerprint) -> Baseline | NoBaseline:
    """Runs of the nearest commit that has any. Raises StoreError for a record that cannot be read: passing over it
    would silently weaken the base.
    """
    others = 0
    for age, commit in enumerate(commits):
        names = [name for name in shelf.names(_folder(commit)) if _RECORD.fullmatch(name)]
        runs = [_decode(shelf, *named) for named in zip(names, shelf.read(names), strict=True)]
        admitted = [run for run in runs if fingerprint.admits(run.fingerprint)]
        if admitted:
            return Baseline(runs=tuple(admitted), commits_older=age)
        others += len(runs)
    if not commits:
        return NoBaseline(reason="there is no base commit to look up")
    looked = f"none of the {len(commits)} commits up to {commits[0].short} has a stored run"
    return NoBaseline(reason=f"{looked} of these evaluators and target; {others} of others" if others else looked)


def save_run(shelf: Shelf, run: EvalRun) -> None:
    """Raises StoreError: a partial run, or a shelf that cannot be written."""
    if not run.is_complete or not run.scores:
        raise StoreError(
            f"run {run.run_id} is not complete, and partial runs are never stored", hint="run it again to its end"
        )
    content = encode_baseline(run)
    shelf.add({f"{_folder(run.revision)}/{name_record(content)}": content})


def _folder(commit: Revision) -> str:
    if not _SHA.fullmatch(commit.sha):
        raise StoreError(f"{commit.sha!r} is no commit's SHA")
    return commit.sha


def _decode(shelf: Shelf, name: str, content: bytes) -> EvalRun:
    folder, _, file = name.partition("/")
    try:
        run = decode_baseline(content, file)
    except RecordError as error:
        raise StoreError(f"the baseline record {shelf.place(name)} cannot be used: {error}", hint=_ADVICE) from error
    if run.revision.sha != folder:
        raise StoreError(f"the baseline record {shelf.place(name)} is of commit {run.revision.short}", hint=_ADVICE)
    return run
