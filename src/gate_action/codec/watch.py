"""The files of the register of watches. docs/contracts.md, section 18."""

from typing import Any, TypeVar

import msgspec

from gate_action.codec.baselines import RecordError
from gate_action.model.watch import WatchEntry, WatchEvent, WatchPin

SCHEMA_VERSION = 1
T = TypeVar("T", WatchEntry, WatchPin, WatchEvent)


class _Versioned(msgspec.Struct):
    schema_version: int


def encode_watch(record: WatchEntry | WatchPin | WatchEvent) -> bytes:
    """Equal records give equal bytes."""
    fields: dict[str, Any] = msgspec.to_builtins(record, str_keys=True)
    return msgspec.json.encode({"schema_version": SCHEMA_VERSION, **fields}) + b"\n"


def decode_watch(content: bytes, shape: type[T]) -> T:
    """Raises RecordError."""
    try:
        version = msgspec.json.decode(content, type=_Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise RecordError(f"schema_version {version} is not known: this gate-action reads {SCHEMA_VERSION}")
        return msgspec.json.decode(content, type=shape)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RecordError(str(error)) from error
