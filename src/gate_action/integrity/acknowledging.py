"""Lines that a change adds to acknowledgements.jsonl: what each is to the gate, and which of them count."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from gate_action.model.integrity import Approval, Area, Effect, GateChange, LedgerEntry, Way
from gate_action.model.metric import Acknowledgement

_FOR_ALL = frozenset({Way.LANDED, Way.QUEUED, Way.SUPPOSED})
"""Ways in which nobody in particular approved, and what stands in the file is believed."""


class Counted(NamedTuple):
    acknowledgements: tuple[Acknowledgement, ...]
    refused: tuple[str, ...]
    """Why the others do not count, a sentence each."""


def added_entries(base: Iterable[LedgerEntry], head: Iterable[LedgerEntry], gate_id: str) -> tuple[LedgerEntry, ...]:
    """Head's that base does not have, of this gate: an acknowledgement counts for the change that brings it."""
    known = {replace(entry, place=None) for entry in base}
    return tuple(one for one in head if replace(one, place=None) not in known and one.gate in ("", gate_id))


def tell_entries(base: Sequence[LedgerEntry], head: Sequence[LedgerEntry], today: date) -> tuple[GateChange, ...]:
    """One change for each line that only one of the two has. The ledger is kept: a line that goes is told too."""
    ours, theirs = ({replace(entry, place=None): entry for entry in entries} for entries in (base, head))
    added = [_tell(entry, today) for key, entry in theirs.items() if key not in ours]
    gone = [
        GateChange(
            area=Area.ACKNOWLEDGEMENT,
            subject=spell_scope(entry),
            effect=Effect.UNCLEAR,
            what="removed",
            base=f"until {entry.until.isoformat()}, {entry.who}: {entry.reason}",
            why="the ledger forgets it",
            place=entry.place,
        )
        for key, entry in ours.items()
        if key not in theirs
    ]
    return (*added, *gone)


def count_entries(added: Sequence[LedgerEntry], approvals: Sequence[Approval], today: date) -> Counted:
    """Those whose ``who`` approved the commit that brings them, and that have not expired."""
    names = {approval.who for approval in approvals}
    is_for_all = any(approval.way in _FOR_ALL for approval in approvals)
    counted: list[Acknowledgement] = []
    refused: list[str] = []
    for entry in added:
        where = f"{entry.place.path}:{entry.place.line}" if entry.place else "an acknowledgement"
        if today > entry.until:
            refused.append(f"{where}: it counted until {entry.until.isoformat()}")
        elif approvals and entry.who not in names and not is_for_all:
            who = ", ".join(sorted(names))
            refused.append(f"{where}: it names {entry.who}, and not {who}, who approved this commit")
        elif approvals:
            counted.append(Acknowledgement(who=entry.who, reason=entry.reason, scope=entry.scope, until=entry.until))
    return Counted(tuple(counted), tuple(refused))


def _tell(entry: LedgerEntry, today: date) -> GateChange:
    is_over = today > entry.until
    return GateChange(
        area=Area.ACKNOWLEDGEMENT,
        subject=spell_scope(entry),
        effect=Effect.NEUTRAL if is_over else Effect.LOOSENS,
        what="added",
        head=f"until {entry.until.isoformat()}, {entry.who}: {entry.reason}",
        why="it has expired" if is_over else "it decides nothing against base, for this change",
        place=entry.place,
    )


def spell_scope(entry: LedgerEntry) -> str:
    """What it covers, in a few words."""
    scope = entry.scope
    if scope.metric:
        return f"regression of metric {scope.metric}"
    if scope.slice:
        return f"regression in slice {scope.slice}"
    return f"regression of {', '.join(scope.fixture_ids)}"
