"""The files of one shard, as a merge reads them. They may be anybody's: nothing that they say is believed."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

from gate_action.codec import records
from gate_action.codec.documents import FileSeal, ShardManifest, decode_shard
from gate_action.codec.records import TornLineError
from gate_action.engine.shards import ShardError
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.score import Scored
from gate_action.model.trial import Output, Stored, Trial, TrialKey

RECORDS = ("trials.jsonl", "outputs.jsonl", "scores.jsonl")
MANIFEST = "shard.json"
MOST_BYTES = 8 << 30
"""Of one file: more is no evaluation, whatever it is."""
LONGEST_LINE = 64 << 20
_LONGEST_MANIFEST = 1 << 20
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A trial, its output where it has one, and its scores."""

    trial: Trial
    """Its output is not Stored: it is beside it."""
    scores: tuple[Scored, ...]


def seal_files(folder: Path) -> dict[str, FileSeal]:
    """What the records hold now. Raises ShardError."""
    return {name: _seal(folder / name) for name in RECORDS}


def read_shard(folder: Path) -> ShardManifest:
    """Raises ShardError."""
    path = folder / MANIFEST
    with _open(path) as file:
        content = file.read(_LONGEST_MANIFEST + 1)
    if len(content) > _LONGEST_MANIFEST:
        raise ShardError(f"{path} is longer than {_LONGEST_MANIFEST} bytes")
    try:
        return decode_shard(content, path=str(path))
    except ConfigError as error:
        raise ShardError(error.message, hint=error.hint) from error


def check_seals(folder: Path, seals: Mapping[str, FileSeal]) -> None:
    """Raises ShardError where a file is missing, longer, shorter or altered."""
    if set(seals) != set(RECORDS):
        raise ShardError(f"{folder / MANIFEST} seals {sorted(seals)}, not {sorted(RECORDS)}")
    for name, seal in sorted(seals.items()):
        if _seal(folder / name) != seal:
            raise ShardError(f"{folder / name} is not what the shard wrote: cut off or altered")


def read_measured(folder: Path) -> Iterator[Measured]:
    """Every finished trial once, the last of a key; one output at a time is in memory. Raises ShardError."""
    trials = {trial.key: trial for trial in _lines(folder / "trials.jsonl", records.decode_trial)}
    scores: dict[TrialKey, dict[str, Scored]] = {}
    for scored in _lines(folder / "scores.jsonl", records.decode_score):
        if scored.key in trials:
            scores.setdefault(scored.key, {})[scored.metric] = scored
    with _open(folder / "outputs.jsonl") as outputs:
        for key, trial in trials.items():
            told = tuple(scores.get(key, {}).values())
            if isinstance(trial.outcome, Stored):
                output = _read_output(outputs, key, trial.outcome, folder)
                yield Measured(trial=replace(trial, outcome=output), scores=told)
            else:
                yield Measured(trial=trial, scores=told)


def _read_output(file: BufferedReader, key: TrialKey, place: Stored, folder: Path) -> Output:
    if place.offset < 0 or not 0 < place.length <= LONGEST_LINE:
        raise ShardError(f"{folder}: the output of {key.fixture_id} lies nowhere: {tuple(place)}")
    file.seek(place.offset)
    try:
        found, output = records.decode_output(file.read(place.length))
    except (TornLineError, ValueError, RecursionError) as error:
        raise ShardError(f"{folder}: the output of {key.fixture_id} cannot be read: {error}") from error
    if found != key:
        raise ShardError(f"{folder}: the output of {key.fixture_id} is one of {found.fixture_id}")
    return output


def _lines(path: Path, decode: Callable[[bytes], Record]) -> Iterator[Record]:
    with _open(path) as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            try:
                yield decode(line)
            except (TornLineError, ValueError, RecursionError) as error:  # a value out of its range is a ValueError
                raise ShardError(f"{path}:{number}: {error}") from error


def _seal(path: Path) -> FileSeal:
    digest, count = hashlib.sha256(), 0
    with _open(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
            count += len(block)
    return FileSeal(bytes=count, sha256=digest.hexdigest())


@contextmanager
def _open(path: Path) -> Iterator[BufferedReader]:
    """A regular file that is no link, to read. Raises ShardError."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    except OSError as error:
        raise ShardError(f"{path} cannot be read: {error.strerror or error}") from error
    with file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            raise ShardError(f"{path} is no file of at most {MOST_BYTES} bytes")
        yield file
