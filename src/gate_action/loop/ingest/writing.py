"""Batches -> the store: traces come together, feedback finds its turn, all of a batch or nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from gate_action.loop.ingest.assembling import Assembled, assemble
from gate_action.loop.ingest.implicit import TOUCHED
from gate_action.loop.ingest.merging import merge_all
from gate_action.loop.ingest.packing import TEXTS, Packer, give_back, is_known
from gate_action.loop.ingest.seam import Batch, Part
from gate_action.loop.store import Store, arrow_records, arrow_table, quote
from gate_action.model.loop import AuthorKind, Feedback, FeedbackKind, FeedbackScope, Turn

_FAULTS_KEPT = 1_000
"""Of one batch; all are counted."""
_FRUGAL = (
    "SET memory_limit = '96MB'; SET threads = 1; SET preserve_insertion_order = false; "
    "SET checkpoint_threshold = '48MB'"
)
"""DuckDB would keep what it wrote in memory, and a second thread of its own would only wait for the disk. Each
checkpoint writes the places of all rows anew: fewer are better.
"""
_SPANS_KEPT = 20_000
"""Of one trace, the earliest: a trace that never ends must not cost more with every pass."""
_OF_A_TURN = (
    "turn",
    "turn_slice",
    "classification",
    "classification_mode",
    "classification_basis",
    "membership",
)


@dataclass(slots=True)
class Written:
    """What became of what was read."""

    turns: int = 0
    turns_replaced: int = 0
    feedback: int = 0
    feedback_replaced: int = 0
    withdrawn: int = 0
    """Turns that turned out to be steps of others."""
    faults: dict[str, int] = field(default_factory=dict)
    """By kind."""


class Writer:
    """One for one pass over the sources; used by one thread."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now
        self._packer = Packer()
        store.connection.execute(_FRUGAL)
        store.connection.execute(TOUCHED)

    def write(self, source: str, batch: Batch) -> Written:
        """Raises duckdb.Error for a disk that is full; nothing of the batch is written then."""
        written = Written()
        with self._store.transaction():
            self._write_parts(batch.parts, written)
            self._write_turns(batch.turns, written)
            self._write_feedback(batch.feedback, written)
            self._write_faults(source, batch, written)
            cursors = [{"source": source, "name": name, "value": value} for name, value in batch.cursors.items()]
            self._store.upsert("cursor", arrow_table("cursor", cursors))
        return written

    def find_cursors(self, source: str) -> Mapping[str, str]:
        asked = f"SELECT name, value FROM cursor WHERE source = {quote(source)}"  # noqa: S608  # quoted
        return dict(self._store.connection.execute(asked).fetchall())

    def forget_traces(self, hours: float) -> int:
        """Traces that have not grown for so long grow no more. Returns how many."""
        until = self._now - timedelta(hours=hours)
        asked = f"DELETE FROM pending WHERE seen_at < {quote(until)}"  # noqa: S608  # as above
        ((gone,),) = self._store.connection.execute(asked).fetchall()
        return int(gone)

    def _write_parts(self, parts: Sequence[Part], written: Written) -> None:
        if not parts:
            return
        traces: dict[str, dict[str, Part]] = defaultdict(dict)
        for part in parts:
            traces[part.trace_id][part.span_id] = part
        before: set[str] = set()
        for trace_id, packed in self._find_pending(traces):
            known = self._packer.unpack(packed)
            news = {name: part for name, part in traces[trace_id].items() if not is_known(part, known.get(name))}
            if not news:  # read once more
                del traces[trace_id]
                continue
            if any(part.left is not None for part in known.values()) and not self._give_back(trace_id, known):
                del traces[trace_id]  # its turn was erased: what comes late must not bring it back
                continue
            grown = known | news
            if len(grown) > _SPANS_KEPT:
                grown = {part.span_id: part for part in sorted(grown.values(), key=_begin)[:_SPANS_KEPT]}
                written.faults["too_large"] = written.faults.get("too_large", 0) + 1
            before |= {one.turn.turn_id for one in assemble(known.values())}
            traces[trace_id] = grown
        made_of = {trace_id: assemble(trace.values()) for trace_id, trace in traces.items()}
        made = [one for of_trace in made_of.values() for one in of_trace]
        self._withdraw(before - {one.turn.turn_id for one in made}, written)
        self._write_turns([one.turn for one in made], written)
        self._write_steps(made)
        packed_rows = [self._packer.pack(trace, made_of[trace_id]) for trace_id, trace in traces.items()]
        rows: dict[str, Sequence[object]] = {
            "trace_id": list(traces),
            "seen_at": [self._now] * len(traces),
            "spans": packed_rows,
        }
        self._store.upsert("pending", arrow_records("pending", (), **rows))

    def _give_back(self, trace_id: str, known: dict[str, Part]) -> bool:
        """A trace that was whole grows once more: its turn has its texts. Is there such a turn?"""
        asked = f"SELECT span_id, {', '.join(TEXTS)} FROM turn WHERE trace_id = {quote(trace_id)}"  # noqa: S608  # as above
        rows = self._store.connection.execute(asked).fetchall()
        for span_id, *texts in rows:
            give_back(known, span_id, dict(zip(TEXTS, texts, strict=True)))
        return bool(rows)

    def _find_pending(self, traces: Iterable[str]) -> list[tuple[str, bytes]]:
        wanted = _one_column("trace_id", traces)
        with self._store.registered("wanted", wanted):
            found: list[tuple[str, bytes]] = self._store.connection.execute(
                "SELECT trace_id, spans FROM pending WHERE trace_id IN (SELECT trace_id FROM wanted)"
            ).fetchall()
        return found

    def _withdraw(self, turn_ids: set[str], written: Written) -> None:
        if not turn_ids:
            return
        with self._store.registered("wanted", _one_column("turn_id", turn_ids)):
            chosen = "turn_id IN (SELECT turn_id FROM wanted)"
            for name in _OF_A_TURN:
                self._store.connection.execute(f"DELETE FROM {name} WHERE {chosen}")  # noqa: S608  # names of ours
            self._store.connection.execute(f"DELETE FROM feedback WHERE kind = 'implicit' AND {chosen}")  # noqa: S608  # as above
            self._store.connection.execute(f"UPDATE feedback SET turn_id = '' WHERE {chosen}")  # noqa: S608  # as above
        written.withdrawn += len(turn_ids)

    def _write_turns(self, turns: Sequence[Turn], written: Written) -> None:
        if not turns:
            return
        turns = list({turn.turn_id: turn for turn in turns}.values())
        replaced = self._store.upsert("turn", arrow_records("turn", turns))
        with self._store.registered("wanted", _one_column("turn_id", [turn.turn_id for turn in turns])):
            self._store.connection.execute("INSERT INTO touched SELECT turn_id FROM wanted")
        if replaced:
            with self._store.registered("wanted", _one_column("turn_id", [turn.turn_id for turn in turns])):
                self._store.connection.execute("DELETE FROM turn_slice WHERE turn_id IN (SELECT turn_id FROM wanted)")
        slices = [
            {"turn_id": turn.turn_id, "dimension": dimension, "value": value}
            for turn in turns
            for dimension, value in turn.slices
        ]
        self._store.upsert("turn_slice", arrow_table("turn_slice", slices))
        written.turns += len(turns) - replaced
        written.turns_replaced += replaced

    def _write_steps(self, made: Sequence[Assembled]) -> None:
        rows = [
            {"trace_id": one.turn.trace_id, "span_id": span_id, "turn_id": one.turn.turn_id}
            for one in made
            for span_id in one.steps
        ]
        self._store.upsert("step", arrow_table("step", rows))

    def _write_feedback(self, feedback: Sequence[Feedback], written: Written) -> None:
        if not feedback:
            return
        with self._store.registered("wanted", _one_column("feedback_id", {one.feedback_id for one in feedback})):
            names = ", ".join(f'"{one.name}"' for one in fields(Feedback))
            rows = self._store.connection.execute(
                f"SELECT {names} FROM feedback WHERE feedback_id IN (SELECT feedback_id FROM wanted)"  # noqa: S608  # as above
            ).fetchall()
        known = [_read_feedback(row) for row in rows]
        merged = list(merge_all(feedback, known).values())
        self._store.upsert("feedback", arrow_records("feedback", merged, turn_id=[""] * len(merged)))
        written.feedback += len(merged) - len(known)
        written.feedback_replaced += len(known)

    def _write_faults(self, source: str, batch: Batch, written: Written) -> None:
        for place in batch.reread:
            same = f"place = {quote(place)} OR starts_with(place, {quote(place + '@')})"
            self._store.connection.execute(f"DELETE FROM fault WHERE source = {quote(source)} AND ({same})")  # noqa: S608  # as above
        for fault in batch.faults:
            written.faults[fault.kind] = written.faults.get(fault.kind, 0) + 1
        self._store.upsert("fault", arrow_records("fault", batch.faults[:_FAULTS_KEPT]))


def _begin(part: Part) -> tuple[int, str]:
    return part.start_us, part.span_id


def _one_column(name: str, values: Iterable[str]) -> Any:
    import pyarrow as pa

    return pa.table({name: pa.array(list(values), pa.string())})


def _read_feedback(row: tuple[Any, ...]) -> Feedback:
    told: dict[str, Any] = dict(zip((one.name for one in fields(Feedback)), row, strict=True))
    kinds = {"scope": FeedbackScope, "kind": FeedbackKind, "author_kind": AuthorKind}
    return Feedback(**told | {name: kind(told[name]) for name, kind in kinds.items()})
