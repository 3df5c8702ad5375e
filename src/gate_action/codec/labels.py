"""People's labels, a row a line, and judges.lock.yaml. docs/contracts.md, sections 9 and 10."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from gate_action.codec.json_lines import decode_json_lines, read_json_lines
from gate_action.codec.locks import read_lock
from gate_action.errors import ConfigError, Problem
from gate_action.model.classifier import TurnVotes
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json, digest_lines
from gate_action.model.judge import PASS_LABEL, Estimate, JudgeQuality, JudgeRecord

SCHEMA_VERSION = 1
_Digest = Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$(?!\n)", description="sha256: and 64 hex digits")]


class LabelRow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one person says of one output."""

    fixture_id: str = ""
    turn_id: str = ""
    """A turn of production, where the label is of one; else ``fixture_id`` is given."""
    output_digest: _Digest
    label: str
    """``pass``, ``fail``, or the failure mode that it shows; empty: not labelled yet."""
    metric: str = ""
    """The judge metric whose question was answered; empty: the answer as a whole."""
    annotator: str = ""
    at: str = ""
    """ISO 8601."""
    note: str = ""
    shown: dict[str, Any] = {}
    """What the sheet showed the person; not read."""


class LabelKey(NamedTuple):
    fixture_id: str
    output_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """One file's labels for one metric, people's disagreements settled by majority."""

    passes: Mapping[LabelKey, bool]
    digest: str
    """Of the labels that count, whatever the order and formatting of the file."""
    open_rows: int
    """Rows of a sheet that nobody has filled in yet."""
    ties: int
    """Outputs on which as many people said pass as said something else: left out."""


def decode_labels(content: bytes, path: str, metric: str) -> Labels:
    """The labels that answer ``metric``'s question, or no question in particular. Raises ConfigError, file:line."""
    rows = decode_json_lines(content, path, "the labels in", _read_row)
    wanted = [row for row in rows if row.metric in {"", metric} and row.fixture_id]
    votes: dict[LabelKey, dict[str, bool]] = {}
    for place, row in enumerate(wanted):
        if row.label:
            # A person's later label replaces the earlier one; nameless rows are people of their own.
            person = row.annotator or f"row {place}"
            votes.setdefault(LabelKey(row.fixture_id, row.output_digest), {})[person] = row.label == PASS_LABEL
    counted = {key: 2 * sum(cast.values()) - len(cast) for key, cast in votes.items()}
    passes = {key: balance > 0 for key, balance in counted.items() if balance}
    return Labels(
        passes=passes,
        digest=digest_lines(f"{key.fixture_id} {key.output_digest} {is_pass}" for key, is_pass in passes.items()),
        open_rows=sum(not row.label for row in wanted),
        ties=len(counted) - len(passes),
    )


def decode_turn_labels(content: bytes, path: str, known: Collection[str]) -> TurnVotes:
    """People's labels of production's turns, each one of ``known``. Raises ConfigError, file:line."""
    rows, problems = read_json_lines(content, path, _read_row)
    votes: dict[str, dict[str, str]] = {}
    digests: dict[str, str] = {}
    wanted = [(place, row) for place, row in enumerate(rows, start=1) if row.turn_id]
    for place, row in wanted:
        if row.label and row.label not in known:
            message = f"row {place}: {row.label!r} is no label: there are {', '.join(known)}"
            problems.append(Problem(path=path, message=message))
        elif row.label:
            votes.setdefault(row.turn_id, {})[row.annotator or f"row {place}"] = row.label
            digests[row.turn_id] = row.output_digest
    if problems:
        raise ConfigError(f"the labels in {path} cannot be used", problems=tuple(problems))
    counts = {turn: Counter(cast.values()).most_common(2) for turn, cast in votes.items()}
    settled = {turn: top[0][0] for turn, top in counts.items() if len(top) == 1 or top[0][1] > top[1][1]}
    return TurnVotes(
        votes=votes,
        digests=digests,
        digest=digest_lines(
            f"{turn} {person} {label}" for turn, cast in votes.items() for person, label in cast.items()
        ),
        open_rows=sum(not row.label for _, row in wanted),
        settled=settled,
        ties=len(votes) - len(settled),
    )


def encode_label_rows(rows: Iterable[LabelRow]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def _read_row(value: Json, _: int) -> LabelRow:
    row = msgspec.convert(value, LabelRow)
    if bool(row.fixture_id) == bool(row.turn_id):
        raise ValueError("give one of fixture_id and turn_id")
    return row


class EstimateRecord(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A value with its 95% interval."""

    value: Annotated[float, Meta(ge=-1, le=1)]
    low: Annotated[float, Meta(ge=-1, le=1)]
    high: Annotated[float, Meta(ge=-1, le=1)]


class LabelsRecord(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the judge was measured on: labels of either class."""

    digest: _Digest
    passes: Annotated[int, Meta(ge=1)]
    fails: Annotated[int, Meta(ge=1)]


class JudgeEntry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One judge metric. ``judge``: digest of its evaluator, version, prompt, rubric and model."""

    judge: _Digest
    model: str
    labels: LabelsRecord
    sensitivity: EstimateRecord
    specificity: EstimateRecord
    j: EstimateRecord
    kappa: EstimateRecord


class JudgesLock(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """judges.lock.yaml: gate id -> metric -> what its judge is known to be."""

    schema_version: int
    gates: dict[str, dict[str, JudgeEntry]] = {}


Lock = Mapping[str, Mapping[str, JudgeRecord]]


def decode_lock(content: bytes, path: str) -> Lock:
    """Gate id -> metric -> record. Raises ConfigError."""
    advice = "gate-action judge calibrate writes it"
    lock = read_lock(content, path, JudgesLock, version=SCHEMA_VERSION, advice=advice)
    return {
        gate: {metric: _as_record(entry) for metric, entry in entries.items()} for gate, entries in lock.gates.items()
    }


def encode_lock(lock: Lock) -> bytes:
    """Equal locks give equal bytes."""
    import yaml

    gates: dict[str, Json] = {
        gate: {metric: _as_json(entries[metric]) for metric in sorted(entries)}
        for gate, entries in sorted(lock.items())
    }
    head = b"# Written by `gate-action judge calibrate`. A judge that differs from what stands here only warns.\n"
    return head + yaml.safe_dump({"schema_version": SCHEMA_VERSION, "gates": gates}, sort_keys=False).encode()


def _as_record(entry: JudgeEntry) -> JudgeRecord:
    def estimate(told: EstimateRecord) -> Estimate:
        return Estimate(told.value, told.low, told.high)

    quality = JudgeQuality(
        sensitivity=estimate(entry.sensitivity),
        specificity=estimate(entry.specificity),
        j=estimate(entry.j),
        kappa=estimate(entry.kappa),
        passes=entry.labels.passes,
        fails=entry.labels.fails,
    )
    return JudgeRecord(judge=entry.judge, model=entry.model, labels=entry.labels.digest, quality=quality)


def _as_json(record: JudgeRecord) -> Json:
    def estimate(told: Estimate) -> Json:
        return {name: round(value, 4) for name, value in told._asdict().items()}

    quality = record.quality
    return {
        "judge": record.judge,
        "model": record.model,
        "labels": {"digest": record.labels, "passes": quality.passes, "fails": quality.fails},
        "sensitivity": estimate(quality.sensitivity),
        "specificity": estimate(quality.specificity),
        "j": estimate(quality.j),
        "kappa": estimate(quality.kappa),
    }
