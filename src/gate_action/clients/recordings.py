"""What a path holds that is a run: our run folder, report or baseline records, or a score table of another harness."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from gate_action.clients.score_tables import SUFFIXES, load_table
from gate_action.codec import records
from gate_action.codec.baselines import RecordError, decode_baseline, name_record
from gate_action.codec.documents import Manifest, decode_decision, decode_manifest, decode_report
from gate_action.codec.recordings import Recording
from gate_action.errors import ConfigError, Problem
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.run import EvalRun
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Output, TrialKey

T = TypeVar("T")

_RECORD = re.compile(r"[0-9a-f]{64}\.json")
_KINDS = f"a run folder, a baseline record, a report.json, or a table ({', '.join(SUFFIXES)})"


def load_recording(path: Path, arm: Arm) -> Recording:
    """``arm``: which of a run folder's two. Raises ConfigError: nothing there, or not usable, with file and line."""
    if path.is_dir():
        return _load_folder(path, arm)
    if not path.is_file():
        raise ConfigError(f"there is no {path}", hint=f"give {_KINDS}")
    if path.suffix.lower() in SUFFIXES:
        return load_table(path)
    if path.suffix.lower() == ".json":
        return _load_document(path, arm)
    raise ConfigError(f"{path} is no run that can be read", hint=f"give {_KINDS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """Reads the files of a finished run. Every line's checksum must hold."""

    folder: Path

    def manifest(self) -> Manifest:
        path = self.folder / "manifest.json"
        return decode_manifest(path.read_bytes(), path=str(path))

    def fixtures(self) -> Iterator[Fixture]:
        return self._lines("fixtures.jsonl", records.decode_fixture)

    def scores(self) -> Iterator[Scored]:
        return self._lines("scores.jsonl", records.decode_score)

    def outputs(self) -> dict[TrialKey, Output]:
        """The last that was written of each trial."""
        return dict(self._lines("outputs.jsonl", records.decode_output))

    def _lines(self, name: str, decode: Callable[[bytes], T]) -> Iterator[T]:
        path = self.folder / name
        if not path.is_file():
            raise ConfigError(f"{self.folder} has no {name}", hint="it is no run folder, or its run never began")
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield decode(line)
                except ValueError as error:
                    problem = Problem(path=str(path), line=number, message=str(error))
                    raise ConfigError(f"{path} is damaged", problems=(problem,)) from error


def _load_folder(path: Path, arm: Arm) -> Recording:
    if (path / "manifest.json").is_file():
        return _load_run_folder(RunFolder(folder=path), arm)
    found = sorted(entry for entry in path.iterdir() if _RECORD.fullmatch(entry.name))
    if not found:
        raise ConfigError(f"{path} is no run folder, and holds no baseline record", hint=f"give {_KINDS}")
    return _from_runs(path, [_read_baseline(entry) for entry in found])


def _load_run_folder(run: RunFolder, arm: Arm) -> Recording:
    manifest = run.manifest()
    recording = Recording(
        label=f"{run.folder} ({arm})",
        fixtures={fixture.id: fixture for fixture in run.fixtures()},
        fingerprint=manifest.fingerprint,
        started_at=manifest.started_at,
    )
    recording.digests = {name: fixture.digest for name, fixture in recording.fixtures.items()}
    decision = run.folder / "decision.json"
    if decision.is_file():
        told = decode_decision(decision.read_bytes(), path=str(decision))
        recording.roles = {metric.metric: metric.role for metric in told.metrics}
    for number, scored in enumerate(run.scores(), start=1):
        if scored.key.arm is arm:
            _add(recording, scored, number)
    recording.keep_last()
    return _full_rounds(_checked(recording, run.folder / "scores.jsonl"))


def _load_document(path: Path, arm: Arm) -> Recording:
    """A baseline record, or a report, whose run folder has the scores."""
    content = path.read_bytes()
    try:
        return _from_runs(path, [decode_baseline(content, name_record(content))])
    except RecordError as no_baseline:
        try:
            report = decode_report(content, path=str(path))
        except ConfigError as no_report:
            message = f"{path} is neither a baseline record ({no_baseline}) nor a report"
            raise ConfigError(message, hint=no_report.message) from no_report
    folder = Path(report.run_folder) if report.run_folder else None
    if folder is None or not folder.is_dir():
        where = f" in {folder}, which is not on this machine" if folder else ""
        hint = "give that run folder, or the baseline record of the same run"
        raise ConfigError(f"{path} is a report: the scores that it rests on are{where or ' not kept'}", hint=hint)
    return _load_folder(folder, arm)


def _read_baseline(path: Path) -> EvalRun:
    try:
        return decode_baseline(path.read_bytes(), path.name)
    except RecordError as error:
        raise ConfigError(f"the baseline record {path} cannot be used: {error}") from error


def _from_runs(path: Path, runs: Sequence[EvalRun]) -> Recording:
    first = runs[0]
    if any(run.fingerprint != first.fingerprint for run in runs):
        raise ConfigError(f"the records in {path} were not made alike", hint="give one of them")
    pooled = _of_run(path, first)
    rounds = 0
    for run in runs:
        one = _of_run(path, run)
        for scored in run.scores:
            _add(one, scored, len(one) + 1)
        one = _full_rounds(_checked(one, path))
        for scored in one.tell(Arm.BASE, frozenset(one.fixtures), frozenset(one.metrics)):
            key = scored.key._replace(attempt=scored.key.attempt + rounds)
            _add(pooled, replace(scored, key=key), len(pooled) + 1)
        rounds += one.rounds
    return pooled


def _of_run(path: Path, run: EvalRun) -> Recording:
    return Recording(
        label=str(path),
        fixtures={name: Fixture(id=name, input="") for name in run.fixtures},
        digests=run.fixtures,
        fingerprint=run.fingerprint,
    )


def _full_rounds(recording: Recording) -> Recording:
    """Raises ConfigError for a run that was cut short in its first round."""
    recording.keep_full_rounds()
    if not recording.rounds:
        raise ConfigError(f"{recording.label}: not one attempt was made of every fixture", hint="run it again")
    return recording


def _add(recording: Recording, scored: Scored, row: int) -> None:
    result = float(scored.result.value) if isinstance(scored.result, Score) else scored.result.cause
    recording.add((scored.key.fixture_id, scored.key.attempt, scored.metric), result, row=row)


def _checked(recording: Recording, path: Path) -> Recording:
    doubles = recording.find_doubles()
    if doubles:
        message = f"the same fixture, attempt and metric as in line {doubles[0].first}"
        problem = Problem(path=str(path), line=doubles[0].second, message=message)
        raise ConfigError(f"{path} is damaged", problems=(problem,))
    unknown = set(recording.items) - recording.fixtures.keys()
    if unknown:
        raise ConfigError(f"{path} scores {min(unknown)!r}, which is no fixture of its run")
    if not len(recording):
        raise ConfigError(f"{recording.label} holds no score", hint="a run without scores would pass anything")
    return recording
