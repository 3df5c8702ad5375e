"""The run folder's lines: trials, outputs and scores, each sealed by a checksum. docs/contracts.md, section 5."""

import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

from gate_action.codec.rows import FixtureRow, decode_row, encode_row, make_fixture
from gate_action.model.fixture import Fixture, Place, ToolCall
from gate_action.model.replay import ModelCalls
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.spooled import SpooledFixture
from gate_action.model.trial import Arm, Fault, Output, Stored, Trial, TrialError, TrialKey, Usage

_MARK = b',"crc":"'
_FIRST_KEY = b'{"fixture_id":"'
_SEAL_LENGTH = len(_MARK) + 8 + 2


class TornLineError(ValueError):
    """A line of the run folder is cut off or was altered."""


def seal(record: bytes) -> bytes:
    """A JSON object as one line that ends with the CRC-32 of what stands before it."""
    body = record[:-1]
    return b'%b%b%08x"}\n' % (body, _MARK, zlib.crc32(body))


def unseal(line: bytes) -> bytes:
    """The JSON object in a sealed line. Raises TornLineError."""
    line = line.removesuffix(b"\n")
    body, tail = line[:-_SEAL_LENGTH], line[-_SEAL_LENGTH:]
    if tail != b'%b%08x"}' % (_MARK, zlib.crc32(body)):
        raise TornLineError(f"the line's checksum does not hold: {line[:80]!r}")
    return body + b"}"


class _Wire(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    pass


class _ToolCall(_Wire):
    name: str
    arguments: dict[str, Any] = {}


class _Trial(_Wire):
    fixture_id: str
    arm: Arm
    attempt: int
    fresh: bool
    tries: int
    usage: Usage
    output_at: tuple[int, int] | None = None
    fault: Fault | None = None
    detail: str = ""
    tail: str = ""
    calls: ModelCalls | None = None


class _Output(_Wire):
    fixture_id: str
    arm: Arm
    attempt: int
    content: Any
    tool_calls: tuple[_ToolCall, ...] = ()
    context: tuple[str, ...] = ()
    messages: tuple[Any, ...] = ()


class _Score(_Wire):
    fixture_id: str
    arm: Arm
    attempt: int
    metric: str
    value: float | None = None
    reason: str = ""
    cause: NotScoredCause | None = None
    detail: str = ""


class _Place(_Wire):
    path: str
    line: int | None = None


class _FixtureLine(FixtureRow, kw_only=True):
    digest: str
    place: _Place | None
    crc: str


_encoder = msgspec.json.Encoder()
_own_fixture_decoder = msgspec.json.Decoder(_FixtureLine)
_row_decoder = msgspec.json.Decoder(dict[str, Any])
_trial_decoder = msgspec.json.Decoder(_Trial)
_output_decoder = msgspec.json.Decoder(_Output)
_score_decoder = msgspec.json.Decoder(_Score)


def encode_trial(trial: Trial) -> bytes:
    """Raises TypeError for a trial whose output is not stored yet."""
    record = _Trial(*trial.key, fresh=trial.fresh, tries=trial.tries, usage=trial.usage, calls=trial.calls)
    match trial.outcome:
        case Stored():
            record.output_at = (trial.outcome.offset, trial.outcome.length)
        case TrialError(fault=fault, detail=detail, tail=tail):
            record.fault, record.detail, record.tail = fault, detail, tail
        case Output():
            raise TypeError("store the output first, then encode the trial")
    return seal(_encoder.encode(record))


def decode_trial(line: bytes) -> Trial:
    """Raises TornLineError."""
    record = _decode(_trial_decoder, line)
    outcome: Stored | TrialError
    if record.output_at is not None:
        outcome = Stored(*record.output_at)
    elif record.fault is not None:
        outcome = TrialError(fault=record.fault, detail=record.detail, tail=record.tail)
    else:
        raise TornLineError(f"a trial has neither output nor fault: {line[:80]!r}")
    key = TrialKey(record.fixture_id, record.arm, record.attempt)
    return Trial(
        key=key, outcome=outcome, usage=record.usage, fresh=record.fresh, tries=record.tries, calls=record.calls
    )


def encode_output(key: TrialKey, output: Output) -> bytes:
    calls = tuple(_ToolCall(name=call.name, arguments=dict(call.arguments)) for call in output.tool_calls)
    record = _Output(
        *key, content=output.content, tool_calls=calls, context=output.context, messages=tuple(output.messages)
    )
    return seal(_encoder.encode(record))


def decode_output(line: bytes) -> tuple[TrialKey, Output]:
    """Raises TornLineError."""
    record = _decode(_output_decoder, line)
    calls = tuple(ToolCall(name=call.name, arguments=call.arguments) for call in record.tool_calls)
    output = Output(content=record.content, tool_calls=calls, context=record.context, messages=record.messages)
    return TrialKey(record.fixture_id, record.arm, record.attempt), output


def encode_fixture(fixture: Fixture) -> bytes:
    """The fixture's row, with its digest and place."""
    if isinstance(fixture, SpooledFixture):
        return fixture.line
    place = {"path": fixture.place.path, "line": fixture.place.line} if fixture.place else None
    return seal(_encoder.encode({**encode_row(fixture), "digest": fixture.digest, "place": place}))


def decode_fixture(line: bytes) -> Fixture:
    """Raises TornLineError: altered, no fixture, or one with another digest than it was written with."""
    row = _decode(_row_decoder, line)
    digest, place = row.pop("digest", None), row.pop("place", None)
    try:
        fixture = decode_row(row, Place(place["path"], place["line"]) if place else None)
    except (msgspec.ValidationError, KeyError, TypeError) as error:
        raise TornLineError(f"no fixture: {error}: {line[:80]!r}") from error
    if fixture.digest != digest:
        raise TornLineError(f"fixture {fixture.id!r} has not the digest that it was written with")
    return fixture


def decode_own_fixture(line: bytes) -> Fixture:
    """As ``decode_fixture``, of a line that this process wrote and nobody else can: its digest is not made anew."""
    row = _own_fixture_decoder.decode(line)
    fixture = make_fixture(row, Place(row.place.path, row.place.line) if row.place else None)
    fixture.__dict__["digest"] = row.digest  # where the cached property keeps it
    return fixture


def encode_score(scored: Scored) -> bytes:
    result = scored.result
    if isinstance(result, Score):
        record = _Score(*scored.key, scored.metric, result.value, result.reason)
    else:
        record = _Score(*scored.key, scored.metric, cause=result.cause, detail=result.detail)
    return seal(_encoder.encode(record))


def read_fixture_id(line: bytes) -> str:
    """Of a trial's, output's or score's line, which is not checked: whoever wants the line decodes it. An id needs no
    escapes, and stands first.
    """
    return line[len(_FIRST_KEY) :].partition(b'"')[0].decode(errors="replace")


def decode_score(line: bytes) -> Scored:
    """Raises TornLineError."""
    record = _decode(_score_decoder, line)
    result: Score | NotScored
    if record.value is not None:
        result = Score(value=record.value, reason=record.reason)
    elif record.cause is not None:
        result = NotScored(cause=record.cause, detail=record.detail)
    else:
        raise TornLineError(f"a score has neither value nor cause: {line[:80]!r}")
    return Scored(key=TrialKey(record.fixture_id, record.arm, record.attempt), metric=record.metric, result=result)


def _decode(decoder: "msgspec.json.Decoder[Any]", line: bytes) -> Any:
    try:
        return decoder.decode(unseal(line))
    except msgspec.DecodeError as error:
        raise TornLineError(f"{error}: {line[:80]!r}") from error


LINES: Mapping[str, type[msgspec.Struct]] = {"trials": _Trial, "outputs": _Output, "scores": _Score}
"""The shape of each file's lines, for the JSON Schemas. Each line has a ``crc`` besides."""
