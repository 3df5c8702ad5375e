"""The baseline record: one complete run's scores, without outputs. docs/contracts.md, section 7."""

import hashlib

import msgspec

from gate_action.model.run import EvalRun, Fingerprint, Revision
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, TrialKey, Unmeasured

SCHEMA_VERSION = 1


class RecordError(ValueError):
    """Bytes that are no baseline record, or one of another version."""


class _ScoreRecord(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Either a value or the cause of there being none."""

    fixture_id: str
    attempt: int
    metric: str
    value: float | None = None
    cause: NotScoredCause | None = None


class BaselineRecord(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One complete run of one commit."""

    schema_version: int
    run_id: str
    revision: Revision
    fingerprint: Fingerprint
    fixtures: dict[str, str]
    """Fixture id -> digest."""
    scores: list[_ScoreRecord]
    trial_cost_usd: float | Unmeasured = Unmeasured.NOT_REPORTED
    """Mean US dollars of one trial."""


class _Versioned(msgspec.Struct):
    schema_version: int


def encode_baseline(run: EvalRun) -> bytes:
    """Equal runs give equal bytes, in whatever order their scores came."""
    record = BaselineRecord(
        schema_version=SCHEMA_VERSION,
        run_id=run.run_id,
        revision=run.revision,
        fingerprint=run.fingerprint,
        fixtures=dict(sorted(run.fixtures.items())),
        scores=[_encode_score(scored) for scored in sorted(run.scores, key=lambda one: (one.key, one.metric))],
        trial_cost_usd=run.trial_cost_usd,
    )
    return msgspec.json.encode(record) + b"\n"


def decode_baseline(content: bytes, name: str) -> EvalRun:
    """The run, as the base arm. ``name``: the record's file name. Raises RecordError."""
    if name_record(content) != name:
        raise RecordError("its content is not what its name says")
    try:
        version = msgspec.json.decode(content, type=_Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise RecordError(f"schema_version {version} is not known: this gate-action reads {SCHEMA_VERSION}")
        record = msgspec.json.decode(content, type=BaselineRecord)
        scores = tuple(_decode_score(score) for score in record.scores)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(str(error)) from error
    _check(record, scores)
    return EvalRun(
        run_id=record.run_id,
        revision=record.revision,
        fingerprint=record.fingerprint,
        fixtures=record.fixtures,
        scores=scores,
        trial_cost_usd=record.trial_cost_usd,
    )


def name_record(content: bytes) -> str:
    """The record's file name: it is content-addressed."""
    return hashlib.sha256(content).hexdigest() + ".json"


def _encode_score(scored: Scored) -> _ScoreRecord:
    record = _ScoreRecord(fixture_id=scored.key.fixture_id, attempt=scored.key.attempt, metric=scored.metric)
    match scored.result:
        case Score(value=value):
            record.value = value
        case NotScored(cause=cause):
            record.cause = cause
    return record


def _decode_score(record: _ScoreRecord) -> Scored:
    key = TrialKey(record.fixture_id, Arm.BASE, record.attempt)
    if (record.value is None) == (record.cause is None) or record.attempt < 0:
        raise RecordError(f"a score of {record.fixture_id!r} needs a value or a cause, and an attempt from 0")
    if record.cause is not None:
        return Scored(key=key, metric=record.metric, result=NotScored(cause=record.cause))
    try:
        return Scored(key=key, metric=record.metric, result=Score(value=record.value or 0.0))
    except ValueError as error:
        raise RecordError(f"{record.fixture_id!r}: {error}") from error


def _check(record: BaselineRecord, scores: tuple[Scored, ...]) -> None:
    unknown = {scored.key.fixture_id for scored in scores} - record.fixtures.keys()
    if unknown:
        raise RecordError(f"scores of {min(unknown)!r}, which is not among its fixtures")
    if len({(scored.key, scored.metric) for scored in scores}) != len(scores):
        raise RecordError("one attempt is scored twice by one metric")
