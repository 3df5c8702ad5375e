"""The evidence record, sealed by who holds the key: what a re-run of a head goes on from. docs/contracts.md, 12."""

import hashlib
import hmac
from typing import NamedTuple

import msgspec

from gate_action.codec.baselines import RecordError
from gate_action.model.evidence import EvidenceRecord, Subject
from gate_action.model.metric import Acknowledgement
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.spent import Spent
from gate_action.model.trial import Arm, Fault, Stored, Trial, TrialError, TrialKey

SCHEMA_VERSION = 1
_NO_OUTPUT = Stored(0, 0)
_MARK = b',"signature":"'


class _Wire(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class _Trial(_Wire):
    fixture_id: str
    arm: Arm
    attempt: int
    fresh: bool
    fault: Fault | None = None
    scores: dict[str, float | NotScoredCause] = {}
    """By metric: a value, or the cause of there being none."""


class EvidenceDocument(_Wire):
    """What earlier runs of one head against one base found, and what they spent of its error bound."""

    schema_version: int
    subject: Subject
    run_id: str
    runs: list[str]
    trials: list[_Trial]
    spent: Spent
    acknowledged: list[Acknowledgement]
    signature: str = ""
    """HMAC-SHA256 of the bytes before ``,"signature":``, by the key in GATE_EVIDENCE_KEY; empty without one."""


class ReadEvidence(NamedTuple):
    record: EvidenceRecord
    is_signed: bool
    """By the key that it was read with."""


def encode_evidence(record: EvidenceRecord, key: str = "") -> bytes:
    """Equal records give equal bytes. ``key``: empty, it is not signed."""
    scores: dict[TrialKey, dict[str, float | NotScoredCause]] = {}
    for scored in sorted(record.scores, key=lambda one: (one.key, one.metric)):
        result = scored.result
        scores.setdefault(scored.key, {})[scored.metric] = result.value if isinstance(result, Score) else result.cause
    document = EvidenceDocument(
        schema_version=SCHEMA_VERSION,
        subject=record.subject,
        run_id=record.run_id,
        runs=list(record.runs),
        trials=[
            _encode_trial(trial, scores.get(trial.key, {})) for trial in sorted(record.trials, key=lambda t: t.key)
        ],
        spent=record.spent,
        acknowledged=list(record.acknowledged),
    )
    body = msgspec.json.encode(document)[:-1]
    return b'%b%b%b"}\n' % (body, _MARK, _sign(body, key).encode())


def decode_evidence(content: bytes, key: str = "") -> ReadEvidence:
    """Raises RecordError."""
    body, mark, tail = content.rpartition(_MARK)
    try:
        document = msgspec.json.decode(content, type=EvidenceDocument)
        if document.schema_version != SCHEMA_VERSION:
            raise RecordError(f"schema_version {document.schema_version} is not known: this reads {SCHEMA_VERSION}")
        trials = tuple(map(_decode_trial, document.trials))
        scores = tuple(scored for trial in document.trials for scored in _decode_scores(trial))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RecordError(str(error)) from error
    if len({trial.key for trial in trials}) != len(trials) or document.spent.runs < 0:
        raise RecordError("a trial is there twice, or its runs are fewer than none")
    is_signed = bool(key and mark) and hmac.compare_digest(tail, f'{_sign(body, key)}"}}\n'.encode())
    record = EvidenceRecord(
        subject=document.subject,
        run_id=document.run_id,
        trials=trials,
        scores=scores,
        spent=document.spent,
        runs=tuple(document.runs),
        acknowledged=tuple(document.acknowledged),
    )
    return ReadEvidence(record, is_signed)


def _key(trial: Trial) -> TrialKey:
    return trial.key


def _sign(body: bytes, key: str) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest() if key else ""


def _encode_trial(trial: Trial, scores: dict[str, float | NotScoredCause]) -> _Trial:
    fault = trial.outcome.fault if isinstance(trial.outcome, TrialError) else None
    return _Trial(**trial.key._asdict(), fresh=trial.fresh, fault=fault, scores=scores)


def _decode_trial(trial: _Trial) -> Trial:
    if trial.attempt < 0:
        raise RecordError(f"attempts of {trial.fixture_id!r} count from 0")
    outcome = TrialError(fault=trial.fault, detail="in an earlier run") if trial.fault else _NO_OUTPUT
    return Trial(key=TrialKey(trial.fixture_id, trial.arm, trial.attempt), outcome=outcome, fresh=trial.fresh)


def _decode_scores(trial: _Trial) -> list[Scored]:
    key = TrialKey(trial.fixture_id, trial.arm, trial.attempt)
    results = {
        metric: NotScored(cause=value) if isinstance(value, NotScoredCause) else Score(value=value)
        for metric, value in trial.scores.items()
    }
    return [Scored(key=key, metric=metric, result=result) for metric, result in results.items()]
