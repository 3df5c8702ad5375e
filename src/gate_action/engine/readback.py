"""What a run folder holds of a run that did not end: read back so that no finished call is made again."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from gate_action.codec import records
from gate_action.codec.documents import Manifest, decode_manifest
from gate_action.codec.records import TornLineError
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.score import Scored
from gate_action.model.trial import Stored, Trial, TrialKey

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    trials: Mapping[TrialKey, Trial]
    scores: Mapping[TrialKey, tuple[Scored, ...]]
    torn: tuple[str, ...]
    """A sentence for each record that was cut off and dropped."""


def read_manifest(folder: Path) -> Manifest:
    """Raises ConfigError: nothing to resume."""
    path = folder / "manifest.json"
    try:
        return decode_manifest(path.read_bytes(), path=str(path))
    except OSError as error:
        raise ConfigError(
            f"{folder} holds no run to resume: {error}", hint="--run-folder names the one to go on"
        ) from error


def check_same_run(found: Manifest, wanted: Manifest) -> None:
    """Raises ConfigError where going on would mix two runs. Run id and clock may differ."""
    what = tell_difference(found, wanted)
    if not what and found.shard != wanted.shard:
        what = f"it is {_say_part(found)}, and this is {_say_part(wanted)}"
    if what:
        raise ConfigError(
            f"the run to resume is another one: {what}",
            hint="resume it with the commits and options that it was started with, or start a new run",
        )


def tell_difference(theirs: Manifest, ours: Manifest) -> str:
    """What makes two runs different ones, whatever part of them was measured; empty: nothing does."""
    if theirs.revisions != ours.revisions:
        return f"it measured {theirs.revisions}, and this run is of {ours.revisions}"
    for part in ("suite", "evaluators", "target"):
        if getattr(theirs.fingerprint, part) != getattr(ours.fingerprint, part):
            return f"the {part} of its gate {'are' if part == 'evaluators' else 'is'} not this run's"
    for part in ("gate_id", "config_digest", "tool_version"):
        if getattr(theirs, part) != getattr(ours, part):
            return f"its {part.replace('_', ' ')} is {getattr(theirs, part)}, and this run's {getattr(ours, part)}"
    return ""


def _say_part(manifest: Manifest) -> str:
    return f"shard {manifest.shard}" if manifest.shard else "a whole run"


def read_back(folder: Path) -> ReadBack:
    """Trials and scores, the last of each key; a torn last line is cut off. Raises ConfigError for an altered file."""
    torn: list[str] = []
    outputs = _read(folder / "outputs.jsonl", records.unseal, torn)
    end_of_outputs = sum(length for _, length in outputs)
    trials = {trial.key: trial for trial, _ in _read(folder / "trials.jsonl", records.decode_trial, torn)}
    kept = {key: trial for key, trial in trials.items() if _is_whole(trial, end_of_outputs)}
    torn += [
        f"the output of {key.fixture_id} ({key.arm}, {key.attempt}) is gone" for key in trials.keys() - kept.keys()
    ]
    scores: dict[TrialKey, dict[str, Scored]] = {}
    for scored, _ in _read(folder / "scores.jsonl", records.decode_score, torn):
        if scored.key in kept:
            scores.setdefault(scored.key, {})[scored.metric] = scored
    return ReadBack(
        trials=kept, scores={key: tuple(by_metric.values()) for key, by_metric in scores.items()}, torn=tuple(torn)
    )


def _is_whole(trial: Trial, end_of_outputs: int) -> bool:
    return not isinstance(trial.outcome, Stored) or trial.outcome.offset + trial.outcome.length <= end_of_outputs


def _read(path: Path, decode: Callable[[bytes], Record], torn: list[str]) -> list[tuple[Record, int]]:
    """Each record with its length in bytes. The last one may be torn: the file is cut before it."""
    found: list[tuple[Record, int]] = []
    place = 0
    if not path.exists():
        return found
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                found.append((decode(line), len(line)))
            except TornLineError as error:
                if file.read(1):
                    raise ConfigError(
                        f"{path}:{number}: {error}", hint="the file was altered: start a new run"
                    ) from error
                torn.append(f"{path.name}:{number} was cut off and is dropped")
                break
            place += len(line)
    os.truncate(path, place)
    return found
