"""A judge against people: a sheet of answers to label, and from its labels the judge's entry in judges.lock.yaml."""

import random
from collections.abc import Mapping
from pathlib import Path

from gate_action.clients.files import FolderFiles
from gate_action.clients.recordings import RunFolder
from gate_action.codec.labels import (
    LabelKey,
    LabelRow,
    Labels,
    decode_labels,
    decode_lock,
    encode_label_rows,
    encode_lock,
)
from gate_action.comparison.statistics.judges import Verdicts, measure_judge
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.engine.account import expected_json
from gate_action.engine.judge_standing import judge_digests
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Suite
from gate_action.model.judge import JudgeRecord
from gate_action.model.metric import Metric
from gate_action.model.score import Score
from gate_action.model.trial import Arm, Output, TrialKey
from gate_action.wiring.judge_records import lock_path
from gate_action.wiring.judging import model_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions:
    """The command line of `gate-action judge calibrate`."""

    labels: Path
    runs: tuple[Path, ...]
    repository: Path = Path()
    config: str = "gate.yaml"
    gate: str | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What was measured, and which labels could not be used."""

    metric: str
    record: JudgeRecord
    lock: Path
    labels: Labels
    unmatched: int
    """Labels of answers that no run holds."""
    unjudged: int
    """Labels of answers that the judge gave no score."""


def calibrate(options: CalibrateOptions) -> Calibrated:
    """Measures one judge and writes its entry. Raises ConfigError: no such judge, no usable label, a run of another."""
    files = FolderFiles(options.repository)
    config = load_config(files, options.config, options.gate)
    metric, digest = _find_judge(config, files, options.metric)
    labels = decode_labels(_read(options.labels), str(options.labels), metric.name)
    if not labels.passes:
        raise ConfigError(f"{options.labels} holds no label for the metric {metric.name}", hint="fill in the sheet")
    scores: dict[LabelKey, float | None] = {}
    for path in options.runs:
        for key, value in _judged(RunFolder(folder=path), metric.name, digest, labels.passes).items():
            scores.setdefault(key, value)
    verdicts = [
        Verdicts(key.fixture_id, labels.passes[key], value >= metric.pass_at)
        for key, value in sorted(scores.items())
        if value is not None
    ]
    if not verdicts:
        raise ConfigError(
            f"none of the {len(labels.passes)} labelled answers was scored by {metric.name} in these runs",
            hint="give the run folders whose answers were labelled",
        )
    quality = measure_judge(verdicts)
    record = JudgeRecord(judge=digest, model=model_of(metric, config), labels=labels.digest, quality=quality)
    return Calibrated(
        metric=metric.name,
        record=record,
        lock=_write_lock(options.repository, config, metric.name, record),
        labels=labels,
        unmatched=len(labels.passes) - len(scores),
        unjudged=len(scores) - len(verdicts),
    )


def make_sheet(run: Path, *, metric: str, count: int, seed: int) -> bytes:
    """Rows to fill in: the answers of both arms on ``count`` fixtures drawn at random, shuffled, without their arm.

    Raises ConfigError for a folder that is no run.
    """
    folder = RunFolder(folder=run)
    fixtures = {fixture.id: fixture for fixture in folder.fixtures()}
    first: dict[str, dict[Arm, Output]] = {}
    for key, output in sorted(folder.outputs().items()):
        first.setdefault(key.fixture_id, {}).setdefault(key.arm, output)
    both = sorted(name for name, answers in first.items() if len(answers) == len(Arm) and name in fixtures)
    if not both:
        raise ConfigError(f"{run} has no fixture that both builds answered: there is nothing to label")
    chooser = random.Random(seed)  # noqa: S311  # a sample that can be drawn again, no secret
    chosen = chooser.sample(both, min(count, len(both)))
    rows = {
        LabelKey(name, output.digest): _row(fixtures[name], output, metric)
        for name in chosen
        for output in first[name].values()
    }
    shuffled = list(rows.values())
    chooser.shuffle(shuffled)
    return encode_label_rows(shuffled)


def _find_judge(config: Config, files: FolderFiles, wanted: str | None) -> tuple[Metric, str]:
    """The metric, and its judge's digest."""
    defaults = JudgeDefaults(model=config.judge.model if config.judge else "", files=files)
    digests = judge_digests(build_scorer(config.metrics, Suite(fixtures=()), defaults, path=config.path))
    if not digests:
        raise ConfigError(f"no metric of {config.gate_id} asks a judge: there is nothing to measure")
    if wanted is None and len(digests) > 1:
        raise ConfigError(f"several metrics ask a judge: {', '.join(digests)}", hint="choose one with --metric")
    name = wanted or next(iter(digests))
    if name not in digests:
        raise ConfigError(f"{name!r} is no metric that asks a judge", hint=f"those are: {', '.join(digests)}")
    return next(metric for metric in config.metrics if metric.name == name), digests[name]


def _judged(run: RunFolder, metric: str, digest: str, wanted: Mapping[LabelKey, bool]) -> dict[LabelKey, float | None]:
    """The judge's first score of each labelled answer; None: it gave none."""
    made_by = run.manifest().judges.get(metric)
    if made_by != digest:
        why = "this run had no such judge" if made_by is None else "its prompt, rubric, model or version was another"
        raise ConfigError(
            f"{run.folder} was not judged by {metric} as gate.yaml has it now: {why}",
            hint="run the gate again, and label those answers",
        )
    answers = {key: LabelKey(key.fixture_id, output.digest) for key, output in run.outputs().items()}
    values = _scores_of(run, metric)
    found: dict[LabelKey, float | None] = {}
    for key in sorted(answers):
        if answers[key] in wanted and found.get(answers[key]) is None:
            found[answers[key]] = values.get(key)
    return found


def _scores_of(run: RunFolder, metric: str) -> dict[TrialKey, float]:
    told = (scored for scored in run.scores() if scored.metric == metric)
    return {scored.key: scored.result.value for scored in told if isinstance(scored.result, Score)}


def _write_lock(repository: Path, config: Config, metric: str, record: JudgeRecord) -> Path:
    path = repository / lock_path(config)
    lock = dict(decode_lock(path.read_bytes(), str(path))) if path.is_file() else {}
    lock[config.gate_id] = {**lock.get(config.gate_id, {}), metric: record}
    path.write_bytes(encode_lock(lock))
    return path


def _row(fixture: Fixture, output: Output, metric: str) -> LabelRow:
    calls = [{"name": call.name, "arguments": call.arguments} for call in output.tool_calls]
    shown = {
        "input": fixture.input,
        "expected": expected_json(fixture.expected),
        "context": list(fixture.context),
        "output": output.content,
        "tool_calls": calls,
    }
    return LabelRow(
        fixture_id=fixture.id,
        output_digest=output.digest,
        label="",
        metric=metric,
        shown={name: value for name, value in shown.items() if value not in (None, [], "")},
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the labels {path} cannot be read: {error}") from error
