"""Packs of a cache: rows of one run under one key, sealed by a secret so that only a gate can have written them.

What is in reach of a pull request's jobs may hold anything: a pack is believed if its seal holds for its very folder.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Annotated

import msgspec

from gate_action.model.cached import CachedScore, CachedTrial
from gate_action.model.dataclass import dataclass
from gate_action.model.score import NotScored, NotScoredCause, Score

SCHEMA_VERSION = 1
_SEAL_LENGTH = 64
_Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
_Attempt = Annotated[int, msgspec.Meta(ge=0, lt=1_000_000)]


class PackError(ValueError):
    """Bytes that are no pack of this gate's."""


class _Trial(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, array_like=True):
    fixture: _Digest
    output: _Digest
    attempt: _Attempt


class _Score(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, array_like=True):
    """``value`` null: the metric does not apply."""

    fixture: _Digest
    output: _Digest
    attempt: _Attempt
    value: Annotated[float, msgspec.Meta(ge=0, le=1)] | None
    reason: str


class PackRecord(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The rows of one run. One of the two lists is empty."""

    schema_version: int
    run_id: str
    made_at: str
    """ISO 8601, UTC."""
    trials: list[_Trial] = []
    scores: list[_Score] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    run_id: str
    made_at: datetime
    trials: tuple[CachedTrial, ...] = ()
    scores: tuple[CachedScore, ...] = ()


def encode_pack(pack: Pack, *, folder: str, secret: bytes) -> bytes:
    record = PackRecord(
        schema_version=SCHEMA_VERSION,
        run_id=pack.run_id,
        made_at=pack.made_at.isoformat(),
        trials=[_Trial(fixture=one.fixture, output=one.output, attempt=one.attempt) for one in pack.trials],
        scores=[_encode_score(one) for one in pack.scores],
    )
    body = msgspec.json.encode(record)
    return seal(body, folder, secret) + b"\n" + body


def decode_pack(content: bytes, *, folder: str, secret: bytes) -> Pack:
    """Raises PackError: not sealed by ``secret`` for ``folder``, or of another version."""
    seal_told, _, body = content.partition(b"\n")
    if len(seal_told) != _SEAL_LENGTH or not hmac.compare_digest(seal_told, seal(body, folder, secret)):
        raise PackError("its seal does not hold")
    try:
        record = msgspec.json.decode(body, type=PackRecord)
        if record.schema_version != SCHEMA_VERSION:
            raise PackError(f"schema_version {record.schema_version} is not known")
        made_at = datetime.fromisoformat(record.made_at)
    except (msgspec.DecodeError, ValueError) as error:
        raise PackError(str(error)) from error
    return Pack(
        run_id=record.run_id,
        made_at=made_at,
        trials=tuple(CachedTrial(fixture=one.fixture, output=one.output, attempt=one.attempt) for one in record.trials),
        scores=tuple(_decode_score(one) for one in record.scores),
    )


def seal(body: bytes, folder: str, secret: bytes) -> bytes:
    """64 hex digits: HMAC-SHA256 of the folder and what lies in it."""
    return hmac.new(secret, folder.encode() + b"\n" + body, hashlib.sha256).hexdigest().encode()


def shorten(digest: str) -> str:
    """The first 32 hex digits of a ``sha256:`` digest: names in a cache, sealed by its secret."""
    return digest.removeprefix("sha256:")[:32]


def name_pack(pack: Pack, content: bytes) -> str:
    """The newest come last in the order of names."""
    return f"{pack.made_at:%Y%m%dT%H%M%SZ}-{hashlib.sha256(content).hexdigest()[:32]}.pack"


def is_keepable(result: Score | NotScored) -> bool:
    """A score, or that the metric does not apply: all else may come out otherwise next time."""
    return isinstance(result, Score) or result.cause is NotScoredCause.NOT_APPLICABLE


def _encode_score(one: CachedScore) -> _Score:
    result = one.result
    value, reason = (result.value, result.reason) if isinstance(result, Score) else (None, result.detail)
    of = one.of
    return _Score(fixture=of.fixture, output=of.output, attempt=of.attempt, value=value, reason=reason)


def _decode_score(row: _Score) -> CachedScore:
    result: Score | NotScored
    if row.value is None:
        result = NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail=row.reason)
    else:
        result = Score(value=row.value, reason=row.reason)
    of = CachedTrial(fixture=row.fixture, attempt=row.attempt, output=row.output)
    return CachedScore(of=of, result=result)
