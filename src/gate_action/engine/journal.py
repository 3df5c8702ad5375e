"""The run folder: what was measured is written here before it counts. docs/contracts.md, section 5."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from gate_action.codec import records
from gate_action.codec.documents import Manifest, encode_decision, encode_manifest
from gate_action.errors import ConfigError, StoreError
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture
from gate_action.model.score import Scored
from gate_action.model.trial import Output, Stored, Trial, TrialKey

_PRIVATE = 0o700
_RECORDS_A_SYNC = 256
"""Each record is handed to the kernel at once, which outlives us; to the disk they go in groups, which outlive it."""


class Journal:
    """Appends trials, outputs and scores. One writer a folder: a second run in it is refused."""

    def __init__(self, folder: Path, *, is_resumed: bool = False) -> None:
        """``folder`` is made, for this user alone; ``is_resumed``: it holds a run that goes on (see readback).

        Raises ConfigError if a run lies in it, if another process writes there, or if it cannot be made.
        """
        self.folder = folder
        _make_private(folder)
        if not is_resumed and any((folder / name).exists() for name in ("manifest.json", "trials.jsonl")):
            raise ConfigError(f"{folder} holds a run already", hint="give another --run-folder, or --resume")
        self._lock = _lock(folder)
        self._trials = self._open("trials.jsonl")
        self._outputs = self._open("outputs.jsonl")
        self._scores = self._open("scores.jsonl")
        self._end_of_outputs = os.fstat(self._outputs.fileno()).st_size
        self._unsynced = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write_manifest(self, manifest: Manifest) -> None:
        self._write("manifest.json", encode_manifest(manifest))

    def write_fixtures(self, fixtures: Iterable[Fixture]) -> None:
        """The suite as run."""
        self._write("fixtures.jsonl", b"".join(map(records.encode_fixture, fixtures)))

    def write_decision(self, decision: Decision) -> None:
        self._write("decision.json", encode_decision(decision))

    def add_trial(self, trial: Trial) -> Trial:
        """The trial with its output stored. Raises ValueError for an output that JSON cannot hold; StoreError."""
        if isinstance(trial.outcome, Output):
            line = records.encode_output(trial.key, trial.outcome)
            self._add(self._outputs, line)
            trial = replace(trial, outcome=Stored(self._end_of_outputs, len(line)))
            self._end_of_outputs += len(line)
        self._add(self._trials, records.encode_trial(trial))
        return trial

    def add_score(self, scored: Scored) -> None:
        self._add(self._scores, records.encode_score(scored))

    def read_output(self, place: Stored) -> Output:
        with (self.folder / "outputs.jsonl").open("rb") as file:
            file.seek(place.offset)
            return records.decode_output(file.read(place.length))[1]

    def read_reasons(self, keys: frozenset[TrialKey]) -> dict[TrialKey, dict[str, Scored]]:
        """The scores of ``keys`` as written, by trial and metric."""
        found: dict[TrialKey, dict[str, Scored]] = {}
        with (self.folder / "scores.jsonl").open("rb") as file:
            for scored in map(records.decode_score, file):
                if scored.key in keys:
                    found.setdefault(scored.key, {})[scored.metric] = scored
        return found

    def sync(self) -> None:
        """What was added is on the disk after this: outputs first, so that no trial points at nothing."""
        with self._telling():
            for file in (self._outputs, self._trials, self._scores):
                if not file.closed:
                    os.fsync(file.fileno())
        self._unsynced = 0

    def close(self) -> None:
        """It can still be read."""
        self.sync()
        for file in (self._outputs, self._trials, self._scores, self._lock):
            file.close()

    def _add(self, file: FileIO, line: bytes) -> None:
        with self._telling():
            written = file.write(line)
            while written < len(line):  # a signal may cut a write short
                written += file.write(line[written:])
        self._unsynced += 1
        if self._unsynced >= _RECORDS_A_SYNC:
            self.sync()

    def _open(self, name: str) -> FileIO:
        return FileIO(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "a")

    def _write(self, name: str, content: bytes) -> None:
        """Whole or not at all."""
        fresh = self.folder / f"{name}.new"
        with (
            self._telling(),
            FileIO(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file,
        ):
            self._add(file, content)
            os.fsync(file.fileno())
            fresh.replace(self.folder / name)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Raises StoreError for what the disk refuses."""
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"the run folder {self.folder} cannot be written: {error.strerror or error}",
                hint="what was measured before is kept there: make room, and go on with --resume",
            ) from error


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        folder.chmod(_PRIVATE)
    except OSError as error:
        raise ConfigError(
            f"the run folder {folder} cannot be made: {error.strerror or error}", hint="give another --run-folder"
        ) from error


def _lock(folder: Path) -> FileIO:
    """Held until it is closed or the process ends, however it ends."""
    file = FileIO(os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w")
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise ConfigError(
            f"another run writes to {folder}", hint="wait for it, or give another --run-folder"
        ) from error
    return file
