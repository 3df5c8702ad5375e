"""The run folder: what was measured is written here before it counts. docs/contracts.md, section 5."""

import fcntl
import os
import threading
from collections.abc import Iterable
from contextlib import ExitStack
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
"""What the kernel has outlives us; to the disk it goes in groups, which outlive the kernel."""
_GATHERED_BYTES = 1 << 16
_GROWING = ("outputs.jsonl", "trials.jsonl", "scores.jsonl")


class _File:
    """One growing file of the run folder."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        self._file = FileIO(os.open(path, flags, 0o600), "a")
        self._gathered = bytearray()
        self.end = os.fstat(self._file.fileno()).st_size

    def add(self, line: bytes) -> None:
        self._gathered += line
        self.end += len(line)

    @property
    def waiting(self) -> int:
        """Bytes that the kernel does not have yet."""
        return len(self._gathered)

    def hand_over(self) -> None:
        """To the kernel. Raises OSError; what it took then does not wait any more."""
        while self._gathered:  # a signal may cut a write short
            written = self._file.write(self._gathered)
            del self._gathered[:written]

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class Journal:
    """Appends trials, outputs and scores. One writer a folder: a second run in it is refused."""

    def __init__(self, folder: Path, *, is_resumed: bool = False, is_gathering: bool = False) -> None:
        """``folder`` is made, for this user alone; ``is_resumed``: it holds a run that goes on (see readback).

        Each record is handed to the kernel at once; where the journal ``is_gathering``, some 64 kB at a time, which is
        for trials that cost nothing to make again. Raises ConfigError if a run lies in the folder, if another process
        writes there, or if it cannot be made.
        """
        self.folder = folder
        _make_private(folder)
        self._lock = _lock(folder)  # before the look: what another run is about to write there does not show yet
        with ExitStack() as refusing:
            refusing.callback(self._lock.close)
            if not is_resumed and holds_run(folder):
                raise ConfigError(f"{folder} holds a run already", hint="give another --run-folder, or --resume")
            self._outputs, self._trials, self._scores = (_open(folder, name, refusing) for name in _GROWING)
            refusing.pop_all()
        self._most_waiting = _GATHERED_BYTES if is_gathering else 0
        self._unsynced = 0
        self._syncing: threading.Thread | None = None
        self._sync_error: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write_manifest(self, manifest: Manifest) -> None:
        self._write("manifest.json", [encode_manifest(manifest)])

    def write_fixtures(self, fixtures: Iterable[Fixture]) -> None:
        """The suite as run."""
        self._write("fixtures.jsonl", map(records.encode_fixture, fixtures))

    def write_decision(self, decision: Decision) -> None:
        self._write("decision.json", [encode_decision(decision)])

    def add_output(self, key: TrialKey, output: Output) -> Stored:
        """Before its trial. Raises ValueError for an output that JSON cannot hold; StoreError."""
        line = records.encode_output(key, output)
        stored = Stored(self._outputs.end, len(line))
        self._add(self._outputs, line)
        return stored

    def add_trial(self, trial: Trial) -> Trial:
        """The trial with its output stored. Raises as ``add_output`` does."""
        if isinstance(trial.outcome, Output):
            trial = replace(trial, outcome=self.add_output(trial.key, trial.outcome))
        self._add(self._trials, records.encode_trial(trial))
        return trial

    def add_scores(self, scores: Iterable[Scored]) -> None:
        """Those of one trial."""
        self._add(self._scores, b"".join(map(records.encode_score, scores)))

    def read_output(self, place: Stored) -> Output:
        self._hand_over()
        file = os.open(self.folder / "outputs.jsonl", os.O_RDONLY)
        try:
            return records.decode_output(os.pread(file, place.length, place.offset))[1]
        finally:
            os.close(file)

    def read_reasons(self, keys: frozenset[TrialKey]) -> dict[TrialKey, dict[str, Scored]]:
        """The scores of ``keys`` as written, by trial and metric."""
        self._hand_over()
        found: dict[TrialKey, dict[str, Scored]] = {}
        with (self.folder / "scores.jsonl").open("rb") as file:
            wanted = {key.fixture_id for key in keys}
            for scored in map(records.decode_score, (line for line in file if records.read_fixture_id(line) in wanted)):
                if scored.key in keys:
                    found.setdefault(scored.key, {})[scored.metric] = scored
        return found

    def sync(self) -> None:
        """What was added is on the disk after this: outputs first, so that no trial points at nothing."""
        self._hand_over()
        if self._syncing is not None:
            self._syncing.join()
        if self._unsynced:
            self._unsynced = 0
            self._sync_files()
        self._tell_sync_error()

    def close(self) -> None:
        """It can still be read."""
        if self._lock.closed:
            return
        try:
            self.sync()
        finally:
            for file in self._files:
                file.close()
            self._lock.close()

    @property
    def _files(self) -> tuple[_File, ...]:
        return self._outputs, self._trials, self._scores

    def _add(self, file: _File, line: bytes) -> None:
        """Raises StoreError, for this record or for one that could not be brought to the disk before."""
        file.add(line)
        self._unsynced += 1
        if file.waiting > self._most_waiting:
            self._hand_over()
        if self._unsynced >= _RECORDS_A_SYNC and not self._most_waiting:
            self._sync_meanwhile()

    def _hand_over(self) -> None:
        try:
            for file in self._files:
                file.hand_over()
        except OSError as error:
            raise self._told(error) from error

    def _sync_meanwhile(self) -> None:
        """In a thread: a disk takes milliseconds, in which trials go on."""
        self._tell_sync_error()
        if self._syncing is None or not self._syncing.is_alive():
            self._unsynced = 0
            self._syncing = threading.Thread(target=self._sync_files, name="journal")
            self._syncing.start()

    def _sync_files(self) -> None:
        try:
            for file in self._files:
                file.sync()
        except OSError as error:
            self._sync_error = error

    def _tell_sync_error(self) -> None:
        """Raises StoreError."""
        if self._sync_error is not None:
            raise self._told(self._sync_error) from self._sync_error

    def _write(self, name: str, parts: Iterable[bytes]) -> None:
        """Whole or not at all."""
        fresh = self.folder / f"{name}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.folder / name)
        except OSError as error:
            raise self._told(error) from error

    def _told(self, error: OSError) -> StoreError:
        """What the disk refused, for a person."""
        return StoreError(
            f"the run folder {self.folder} cannot be written: {error.strerror or error}",
            hint="what was measured before is kept there: make room, and go on with --resume",
        )


def holds_run(folder: Path) -> bool:
    """Was anything measured there, or is it told what is to be? One that was killed before that left nothing."""
    return (folder / "manifest.json").exists() or any(
        (folder / name).exists() and (folder / name).stat().st_size > 0 for name in ("trials.jsonl", "outputs.jsonl")
    )


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        folder.chmod(_PRIVATE)
    except OSError as error:
        raise _refused(f"the run folder {folder} cannot be made", error) from error


def _open(folder: Path, name: str, refusing: ExitStack) -> _File:
    try:
        file = _File(folder / name)
    except OSError as error:
        raise _refused(f"{folder / name} cannot be written", error) from error
    refusing.callback(file.close)
    return file


def _refused(what: str, error: OSError) -> ConfigError:
    return ConfigError(f"{what}: {error.strerror or error}", hint="give another --run-folder")


def _lock(folder: Path) -> FileIO:
    """Held until it is closed or the process ends, however it ends."""
    try:
        file = FileIO(os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w")
    except OSError as error:
        raise _refused(f"{folder / 'lock'} cannot be written", error) from error
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise ConfigError(
            f"another run writes to {folder}", hint="wait for it, or give another --run-folder"
        ) from error
    return file
