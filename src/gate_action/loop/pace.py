"""From a complaint to a merged fixture, and people's time in it: what the store knows of both, noted and summed up."""

import statistics
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gate_action.loop.attention import Stopwatch
from gate_action.loop.promote.keeping import WRITTEN
from gate_action.loop.store import Store, arrow_table
from gate_action.model.pace import Attention, Pace, PullsSpent, SittingKind, Spent, Spread

_DAY_S = 86_400
_Row = Mapping[str, Any]


def note_sitting(store: Store, kind: SittingKind, stopwatch: Stopwatch, items: int, now: datetime) -> None:
    """``items``: rows or turns that were decided. Where nobody did anything there was no sitting."""
    if not stopwatch.acts:
        return
    row: dict[str, str | float | datetime] = {
        "sitting_id": f"{kind} {now.isoformat()}",
        "kind": str(kind),
        "at": now,
        "seconds": stopwatch.seconds,
        "items": items,
    }
    store.upsert("sitting", arrow_table("sitting", [row]))


def note_attention(store: Store, told: Iterable[Attention]) -> None:
    names = ("number", "opened_at", "ended_at", "is_merged", "first_act_at", "seconds")
    store.upsert(
        "pull_request", arrow_table("pull_request", [{name: getattr(one, name) for name in names} for one in told])
    )


def find_noted(store: Store) -> frozenset[int]:
    """Numbers of the pull requests that are noted."""
    return frozenset(row["number"] for row in _rows(store, "pull_request"))


def measure_pace(store: Store, seen: Mapping[str, datetime] | None = None) -> Pace:
    """``seen``: when rows arrived, by whoever looked just now; what was noted first counts."""
    promotions = _rows(store, "promotion")
    arrivals = {**(seen or {}), **{row["row_id"]: row["at"] for row in _rows(store, "arrival")}}
    sittings = _rows(store, "sitting")
    learnt = ((row["complained_at"], arrivals.get(row["row_id"])) for row in promotions)
    return Pace(
        merged=sum(row["row_id"] in arrivals for row in promotions),
        waiting=sum(row["row_id"] not in arrivals for row in promotions if row["outcome"] in WRITTEN),
        learnt=_spread(learnt),
        reviews=_spent(sittings, SittingKind.REVIEW),
        labelling=_spent(sittings, SittingKind.LABELLING),
        pulls=_pulls(_rows(store, "pull_request")),
    )


def _spent(sittings: Iterable[_Row], kind: SittingKind) -> Spent:
    seconds = [row["seconds"] for row in sittings if row["kind"] == kind]
    return Spent(len(seconds), sum(seconds))


def _pulls(rows: Iterable[_Row]) -> PullsSpent:
    ended = list(rows)
    known = [row["seconds"] for row in ended if row["seconds"] is not None]
    return PullsSpent(
        ended=len(ended),
        known=len(known),
        seconds=sum(known),
        until_seen=_spread((row["opened_at"], row["first_act_at"]) for row in ended),
        until_merged=_spread((row["opened_at"], row["ended_at"]) for row in ended if row["is_merged"]),
    )


def _spread(times: Iterable[tuple[datetime | None, datetime | None]]) -> Spread | None:
    days = [
        (until - since).total_seconds() / _DAY_S for since, until in times if since is not None and until is not None
    ]
    return Spread(statistics.median(days), min(days), max(days)) if days else None


def _rows(store: Store, name: str) -> list[_Row]:
    rows: list[_Row] = store.table(name).to_pyarrow().to_pylist()
    return rows
