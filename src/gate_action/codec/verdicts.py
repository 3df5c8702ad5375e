"""The verdict record: what was decided of a tree. docs/contracts.md, section 7."""

from typing import Any

import msgspec

from gate_action.codec.baselines import RecordError
from gate_action.model.verdict_record import VerdictRecord

SCHEMA_VERSION = 1


class _Versioned(msgspec.Struct):
    schema_version: int


def encode_verdict(record: VerdictRecord) -> bytes:
    fields: dict[str, Any] = msgspec.to_builtins(record, str_keys=True)
    return msgspec.json.encode({"schema_version": SCHEMA_VERSION, **fields}) + b"\n"


def decode_verdict(content: bytes) -> VerdictRecord:
    """Raises RecordError."""
    try:
        version = msgspec.json.decode(content, type=_Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise RecordError(f"schema_version {version} is not known: this gate-action reads {SCHEMA_VERSION}")
        return msgspec.json.decode(content, type=VerdictRecord)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RecordError(str(error)) from error
