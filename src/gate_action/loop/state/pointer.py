"""The pointer of a home: which object is the store, and who may write it. Both change in one swap."""

from datetime import UTC, datetime

import msgspec

from gate_action.errors import StoreError

VERSION = 1


class _Part(msgspec.Struct, kw_only=True, frozen=True):
    """Unknown keys are skipped: a later gate-action of the same version may add some."""


class Stored(_Part, frozen=True):
    """The store as one run left it."""

    object: str
    sha256: str
    """Of the object, compressed and encrypted."""
    bytes: int
    """Of the store itself."""
    at: datetime
    by: str


class Lease(_Part, frozen=True):
    """Who may write, and until when nobody else may take it over."""

    id: str
    by: str
    """For people: a workflow's run, or a machine and process."""
    until: datetime


class Pointer(_Part, frozen=True):
    version: int = VERSION
    stored: Stored | None = None
    """None: no run has left a store yet."""
    lease: Lease | None = None


def encode_pointer(pointer: Pointer) -> bytes:
    return msgspec.json.format(msgspec.json.encode(pointer), indent=1) + b"\n"


def decode_pointer(content: bytes, place: str) -> Pointer:
    """Empty: nobody has written one. Raises StoreError."""
    if not content:
        return Pointer()
    try:
        pointer = msgspec.json.decode(content, type=Pointer)
    except msgspec.DecodeError as error:
        raise StoreError(f"the pointer of {place} cannot be read: {error}") from error
    if pointer.version != VERSION:
        raise StoreError(f"{place} is of version {pointer.version}, and this gate-action reads version {VERSION}")
    return pointer


def spell_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
