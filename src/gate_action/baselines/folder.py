"""Earlier runs in a folder: one file a run, named by its content. Knows nothing of how they are compared."""

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gate_action.codec.baselines import RecordError, decode_baseline, encode_baseline, name_record
from gate_action.errors import StoreError
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline, Revision

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RECORD = re.compile(r"[0-9a-f]{64}\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """``path/<sha>/<digest>.json``.

    Who can write there can choose the baseline: it belongs out of the pull request's reach.
    """

    path: str = field(metadata={"anchored": True})
    """From the repository's top, or absolute."""

    def find(self, commits: Sequence[Revision], fingerprint: Fingerprint) -> Baseline | NoBaseline:
        """Raises StoreError for a record that cannot be read: passing over it would silently weaken the base."""
        others = 0
        for age, commit in enumerate(commits):
            runs = [self._read(record) for record in self._records(commit)]
            admitted = [run for run in runs if fingerprint.admits(run.fingerprint)]
            if admitted:
                return Baseline(runs=tuple(admitted), commits_older=age)
            others += len(runs)
        if not commits:
            return NoBaseline(reason="there is no base commit to look up")
        looked = f"none of the {len(commits)} commits up to {commits[0].short} has a stored run"
        return NoBaseline(reason=f"{looked} of these evaluators and target; {others} of others" if others else looked)

    def save(self, run: EvalRun) -> None:
        """Raises StoreError: a partial run, or a folder that cannot be written."""
        if not run.is_complete or not run.scores:
            raise StoreError(
                f"run {run.run_id} is not complete, and partial runs are never stored", hint="run it again to its end"
            )
        content = encode_baseline(run)
        place = self._folder(run.revision) / name_record(content)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                _write_whole(place, content)
        except OSError as error:
            raise StoreError(f"the baseline store {self.path} cannot be written: {error}") from error

    def _folder(self, commit: Revision) -> Path:
        if not _SHA.fullmatch(commit.sha):
            raise StoreError(f"{commit.sha!r} is no commit's SHA")
        return Path(self.path) / commit.sha

    def _records(self, commit: Revision) -> list[Path]:
        """In the order of their digests. Left-overs of writers that were killed have other names."""
        try:
            entries = list(self._folder(commit).iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"the baseline store {self.path} cannot be read: {error}") from error
        return sorted(entry for entry in entries if _RECORD.fullmatch(entry.name))

    def _read(self, record: Path) -> EvalRun:
        advice = "delete the file: the next push to the default branch stores a run again"
        try:
            run = decode_baseline(record.read_bytes(), record.name)
        except (OSError, RecordError) as error:
            raise StoreError(f"the baseline record {record} cannot be used: {error}", hint=advice) from error
        if run.revision.sha != record.parent.name:
            raise StoreError(f"the baseline record {record} is of commit {run.revision.short}", hint=advice)
        return run


def _write_whole(place: Path, content: bytes) -> None:
    """Under a name of its own first: a reader sees all of it or nothing, whenever the writer dies."""
    descriptor, temporary = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # mkstemp's 0600 would lock out the next job's user
        Path(temporary).replace(place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
