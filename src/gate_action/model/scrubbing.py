"""What became of a row that was to be scrubbed. Holds counts and causes, and never a value that was found."""

from collections.abc import Mapping
from enum import StrEnum

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubReport:
    """What was replaced: kind, e.g. ``email`` -> how many different values of it. Never the values."""

    counts: Mapping[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{kind} {count}" for kind, count in sorted(self.counts.items())) or "nothing found"


class RefusalCause(StrEnum):
    """Why a row is not let through."""

    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    """More different values than pseudonyms tell apart: such a row is a dump, no conversation."""
    AMBIGUOUS = "ambiguous"
    """Two keys of one object would become the same pseudonym."""
    STILL_FOUND = "still_found"
    SCANNER_ERROR = "scanner_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """A row that may go on: every find is a pseudonym such as ``<EMAIL_1>``, the same for equal values."""

    row: Json
    report: ScrubReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that must not be written anywhere. ``detail`` names kinds and sizes, never a value."""

    cause: RefusalCause
    detail: str
