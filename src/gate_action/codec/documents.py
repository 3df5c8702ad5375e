"""The documents of a run: manifest, shard, decision and report. docs/contracts.md, sections 5 and 6."""

from collections.abc import Mapping
from dataclasses import field
from typing import TypeVar

import msgspec

from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.report import Report
from gate_action.model.run import Fingerprint, Revisions

SCHEMA_VERSION = 1
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One of several machines that share round one: ``3/8`` on the command line."""

    index: int
    """From 1 to ``count``."""
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a run folder is a run of."""

    tool_version: str
    run_id: str
    gate_id: str
    revisions: Revisions
    fingerprint: Fingerprint
    config_digest: str
    started_at: str
    """ISO 8601, UTC."""
    judges: Mapping[str, str] = field(default_factory=dict)
    """Judge metric -> digest of its judge: labels of this run's outputs measure that one."""
    shard: Shard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSeal:
    """What a file holds, to the byte."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardManifest:
    """What the run folder beside it has measured of round one, for the merge that decides."""

    run: Manifest
    attempt: int
    """Of the CI job: the newest of an index counts."""
    clusters: str
    """Digest of the clusters that are this shard's."""
    trials: int
    """Finished ones."""
    files: Mapping[str, FileSeal]
    refused: str = ""
    """Why it is not whole, as a sentence. Empty: all that was asked of it is there."""


class _Versioned(msgspec.Struct):
    schema_version: int


def encode_manifest(manifest: Manifest) -> bytes:
    return _encode(manifest)


def decode_manifest(content: bytes, *, path: str) -> Manifest:
    """Raises ConfigError, naming ``path``."""
    return _decode(content, Manifest, path)


def encode_shard(shard: ShardManifest) -> bytes:
    return _encode(shard)


def decode_shard(content: bytes, *, path: str) -> ShardManifest:
    """Raises ConfigError, naming ``path``."""
    return _decode(content, ShardManifest, path)


def encode_decision(decision: Decision) -> bytes:
    """Equal decisions give equal bytes."""
    return _encode(decision)


def decode_decision(content: bytes, *, path: str) -> Decision:
    """Raises ConfigError, naming ``path``."""
    return _decode(content, Decision, path)


def encode_report(report: Report) -> bytes:
    return _encode(report)


def decode_report(content: bytes, *, path: str) -> Report:
    """Raises ConfigError, naming ``path``."""
    return _decode(content, Report, path)


def _encode(document: object) -> bytes:
    fields = msgspec.json.encode(document).removeprefix(b"{")
    return msgspec.json.format(b'{"schema_version":%d,%b' % (SCHEMA_VERSION, fields), indent=2) + b"\n"


def _decode(content: bytes, document: type[T], path: str) -> T:
    try:
        version = msgspec.json.decode(content, type=_Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise ConfigError(
                f"{path}: schema_version {version} is not known",
                hint=f"this gate-action reads version {SCHEMA_VERSION}: use the version that wrote the file",
            )
        return msgspec.json.decode(content, type=document)
    except (msgspec.DecodeError, ValueError) as error:
        raise ConfigError(f"{path}: not a {document.__name__.lower()} of ours: {error}") from error
