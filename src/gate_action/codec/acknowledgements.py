"""acknowledgements.jsonl: who acknowledged which regression, why, and until when. docs/contracts.md, section 15."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from gate_action.codec.json_lines import decode_json_lines
from gate_action.model.fixture import Place, Slice
from gate_action.model.integrity import LedgerEntry
from gate_action.model.metric import Scope

LEDGER_NAME = "acknowledgements.jsonl"
_Line = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]


class AcknowledgementRow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One acknowledged regression. It counts for the pull request that adds it, where ``who`` approves that."""

    who: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9\[\]_-]{0,99}$(?!\n)", description="A GitHub login.")]
    reason: _Line
    until: Annotated[date, Meta(description="The last day on which it counts.")]
    metric: str = ""
    """A metric: whatever is found of it against base. One of ``metric``, ``slice`` and ``fixtures`` is given."""
    slice: str = ""
    """``dimension=value``: its fixtures."""
    fixtures: list[str] = []
    """Fixtures, by id."""
    gate: str = ""
    """The gate that it is meant for; empty: each gate of the file."""


def decode_acknowledgements(content: bytes, path: str) -> tuple[LedgerEntry, ...]:
    """A row a line, in the file's order. Raises ConfigError with every fault, file:line."""
    return decode_json_lines(
        content,
        path,
        "the acknowledgements in",
        lambda value, line: _entry(msgspec.convert(value, AcknowledgementRow), Place(path, line)),
    )


def _entry(row: AcknowledgementRow, place: Place) -> LedgerEntry:
    dimension, sign, value = row.slice.partition("=")
    if row.slice and not (sign and dimension.strip() and value.strip()):
        raise ValueError(f"slice: {row.slice!r} is not of the form dimension=value")
    return LedgerEntry(
        who=row.who,
        reason=row.reason,
        scope=Scope(
            metric=row.metric,
            slice=Slice(dimension.strip(), value.strip()) if row.slice else None,
            fixture_ids=tuple(row.fixtures),
        ),
        until=row.until,
        gate=row.gate,
        place=place,
    )
