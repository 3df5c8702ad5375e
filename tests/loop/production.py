"""Rows of production for a store: turns, what users said, and labels; seeded, so that figures stay the same."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from gate_action.loop.store import Store, arrow_table
from gate_action.loop.tables import TABLES

MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001  # the tables' times are UTC, without a zone
DIGEST = "sha256:rules-1"
_NO_FIGURE = ("input_tokens", "output_tokens", "cost_usd", "latency_s", "weight")


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def empty(name: str) -> dict[str, Any]:
    """A row in which nothing was told."""
    return {column: None if kind != "string" else "" for column, kind in TABLES[name].columns.items()}


def turn(turn_id: str, at: datetime, **more: Any) -> dict[str, Any]:
    return empty("turn") | {"turn_id": turn_id, "at": at, "app": "shop", "status": "ok"} | more


def feedback(turn_id: str, at: datetime, **more: Any) -> dict[str, Any]:
    told = {"kind": "explicit", "name": "thumb", "polarity": -1, "author_kind": "end_user", "scope": "trace"}
    row = empty("feedback") | told | {"turn_id": turn_id, "at": at} | more
    return row | {"feedback_id": digest(turn_id, row["name"], row["author_key"])}


def label(turn_id: str, name: str, at: datetime, classifier: str = DIGEST) -> dict[str, Any]:
    row = empty("classification") | {"turn_id": turn_id, "classifier_digest": classifier, "classifier": "rules"}
    return row | {"label": name, "at": at}


@dataclass
class Production:
    """Rows by table, ready to be written."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, name: str, *rows: dict[str, Any]) -> None:
        self.rows.setdefault(name, []).extend(rows)

    def write(self, store: Store) -> None:
        for name, rows in self.rows.items():
            store.upsert(name, arrow_table(name, rows))


def spread(count: int, shares: Mapping[str, float], rng: np.random.Generator) -> Sequence[str]:
    names = list(shares)
    chances = np.array(list(shares.values()), dtype=float)
    return [names[one] for one in rng.choice(len(names), size=count, p=chances / chances.sum())]


def moments(start: datetime, count: int) -> Iterator[datetime]:
    for number in range(count):
        yield start + timedelta(days=7) * number / count


def complain(production: Production, start: datetime, labels: Sequence[str], *, silent: int = 0, **more: Any) -> None:
    """A week in which each label is one complaint, and ``silent`` turns had none."""
    week = f"{start:%m%d}{len(production.rows.get('turn', ()))}"
    for number, (name, at) in enumerate(zip(labels, moments(start, len(labels)), strict=True)):
        turn_id = digest(week, number)
        production.add("turn", turn(turn_id, at, conversation_id=f"c{week}-{number}", user_key=f"u{number}", **more))
        production.add("feedback", feedback(turn_id, at))
        production.add("classification", label(turn_id, name, at))
    for number, at in enumerate(moments(start, silent)):
        turn_id = digest(week, "silent", number)
        production.add("turn", turn(turn_id, at, conversation_id=f"s{week}-{number}", **more))
