"""Turns and feedback as ingest would have written them, and a store that holds them."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from gate_action.loop.ingest.bundling import Bundler
from gate_action.loop.ingest.seam import Batch
from gate_action.loop.ingest.writing import Writer
from gate_action.loop.store import Store, arrow_table
from gate_action.model.loop import Feedback, FeedbackScope, Turn

MONDAY = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001  # the tables' times are UTC, without a zone


def turn(number: int, *, user: str | None = None, at: datetime | None = None, **told: Any) -> Turn:
    """The user is the turn's own unless named; one turn a minute."""
    texts = {"input": f"question {number}", "output": f"answer {number}"} | told
    return Turn(
        turn_id=f"t{number:04}",
        user_key=f"u{number:04}" if user is None else user,
        at=at or MONDAY + timedelta(minutes=number),
        **texts,
    )


def complaint(number: int, comment: str = "", *, polarity: int = -1, name: str = "thumb", **told: Any) -> Feedback:
    """Of the turn ``number``."""
    return Feedback(
        feedback_id=told.pop("feedback_id", f"f{number:04}-{name}"),
        scope=FeedbackScope.TRACE,
        name=name,
        polarity=polarity,
        comment=comment,
        at=MONDAY + timedelta(minutes=number, seconds=30),
        identifier=f"t{number:04}",
        **told,
    )


def fill(store: Store, turns: Iterable[Turn], feedback: Iterable[Feedback]) -> None:
    """Feedback joins the turn that its ``identifier`` names."""
    Writer(store, MONDAY).write("files", Bundler(MONDAY).bundle(Batch(turns=list(turns))))
    told = [{**asdict(one), "turn_id": one.identifier} for one in feedback]
    store.upsert("feedback", arrow_table("feedback", told))


def rows_of(store: Store, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = store.table(name).to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])
