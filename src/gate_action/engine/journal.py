"""The run folder: what was measured is written here before it counts. docs/contracts.md, section 5."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from gate_action.codec import records
from gate_action.codec.documents import Manifest, encode_decision, encode_manifest
from gate_action.errors import ConfigError
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture
from gate_action.model.score import Scored
from gate_action.model.trial import Output, Stored, Trial, TrialKey

_PRIVATE = 0o700


class Journal:
    """Appends trials, outputs and scores. One writer a folder: a second run in it is refused."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is made, for this user alone. Raises ConfigError if a run lies in it already."""
        self.folder = folder
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        folder.chmod(_PRIVATE)
        if any((folder / name).exists() for name in ("manifest.json", "trials.jsonl")):
            raise ConfigError(f"{folder} holds a run already", hint="give another --run-folder, or none")
        self._trials = self._open("trials.jsonl")
        self._outputs = self._open("outputs.jsonl")
        self._scores = self._open("scores.jsonl")
        self._end_of_outputs = 0

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
        with self._open("fixtures.jsonl") as file:
            file.writelines(map(records.encode_fixture, fixtures))

    def write_decision(self, decision: Decision) -> None:
        self._write("decision.json", encode_decision(decision))

    def add_trial(self, trial: Trial) -> Trial:
        """The trial with its output stored. Raises ValueError for an output that JSON cannot hold."""
        if isinstance(trial.outcome, Output):
            line = records.encode_output(trial.key, trial.outcome)
            self._outputs.write(line)
            trial = replace(trial, outcome=Stored(self._end_of_outputs, len(line)))
            self._end_of_outputs += len(line)
        self._trials.write(records.encode_trial(trial))
        return trial

    def add_score(self, scored: Scored) -> None:
        self._scores.write(records.encode_score(scored))

    def read_output(self, place: Stored) -> Output:
        self._flush()
        with (self.folder / "outputs.jsonl").open("rb") as file:
            file.seek(place.offset)
            return records.decode_output(file.read(place.length))[1]

    def read_reasons(self, keys: frozenset[TrialKey]) -> dict[TrialKey, dict[str, Scored]]:
        """The scores of ``keys`` as written, by trial and metric."""
        self._flush()
        found: dict[TrialKey, dict[str, Scored]] = {}
        with (self.folder / "scores.jsonl").open("rb") as file:
            for scored in map(records.decode_score, file):
                if scored.key in keys:
                    found.setdefault(scored.key, {})[scored.metric] = scored
        return found

    def close(self) -> None:
        """Everything is on disk after this. It can still be read."""
        self._flush()
        for file in self._open_files():
            os.fsync(file.fileno())
            file.close()

    def _open_files(self) -> tuple[BinaryIO, ...]:
        return tuple(file for file in (self._outputs, self._trials, self._scores) if not file.closed)

    def _flush(self) -> None:
        for file in self._open_files():
            file.flush()

    def _open(self, name: str) -> BinaryIO:
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "wb")

    def _write(self, name: str, content: bytes) -> None:
        """Whole or not at all."""
        fresh = self.folder / f"{name}.new"
        fresh.write_bytes(content)
        fresh.replace(self.folder / name)
