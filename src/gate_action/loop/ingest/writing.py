"""Bundles -> the store: traces come together, feedback finds its turn, all of a bundle or nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from gate_action.loop.ingest.assembling import assemble
from gate_action.loop.ingest.bundling import Bundle, Bundler, Traces, divide
from gate_action.loop.ingest.growing import Texts, grow
from gate_action.loop.ingest.implicit import TOUCHED
from gate_action.loop.ingest.merging import merge_all
from gate_action.loop.ingest.packing import Packer
from gate_action.loop.ingest.seen import Seen
from gate_action.loop.store import Store, arrow_columns, arrow_records, arrow_texts, quote
from gate_action.loop.texts import TEXTS, complete_texts, join_texts, pieces_in_store
from gate_action.model.loop import AuthorKind, Feedback, FeedbackKind, FeedbackScope

if TYPE_CHECKING:
    import pyarrow as pa

    from gate_action.loop.ingest.seam import Part

_FAULTS_KEPT = 1_000
"""Of one batch; all are counted."""
_FRUGAL = (
    "SET memory_limit = '64MB'; SET threads = 1; SET preserve_insertion_order = false; "
    "SET checkpoint_threshold = '48MB'"
)
"""DuckDB would keep what it wrote in memory, and a second thread of its own would only wait for the disk. Each
checkpoint writes the places of all rows anew: fewer are better.
"""
_READ = ["turn_id", "trace_id", "span_id", *TEXTS]
_OF_A_TURN = (
    "turn",
    "turn_text",
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
    """One for one pass over the sources; used by one thread at a time."""

    def __init__(self, store: Store, now: datetime) -> None:
        import pyarrow as pa

        self._store = store
        self._bundler = Bundler(now)
        """For traces that were read before, which are made anew."""
        self._now = now
        pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps what it once had
        store.connection.execute(_FRUGAL)
        store.connection.execute(TOUCHED)

    def write(self, source: str, bundle: Bundle) -> Written:
        """All of the bundle or nothing. Raises StoreError: too little memory, or the disk is full."""
        return self._store.do(partial(self._write, source, bundle))

    def _write(self, source: str, bundle: Bundle) -> Written:
        written = Written()
        if bundle.traces:
            self._write_traces(bundle.traces, written)
        if bundle.turns:
            self._find_seen(bundle.turns.turn)
            self._put(bundle.turns, written)
        self._write_feedback(bundle.feedback, written)
        self._write_faults(source, bundle, written)
        names = list(bundle.cursors)
        cursors = arrow_columns("cursor", ([source] * len(names), names, list(bundle.cursors.values())))
        self._store.upsert("cursor", cursors)
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

    def _write_traces(self, read: Traces, written: Written) -> None:
        """Those that are new as they come; those that may be known instead of what is there; and those that may still
        grow together with what is there.
        """
        seen = self._find_seen(read.pending)
        if not seen:
            self._put(read, written, is_new=True)
            return
        packed = self._find_pending(seen)
        again, rest = divide(read, packed)
        self._put(rest, written, is_new=len(packed) == len(seen))
        if packed:
            self._grow(again, packed, written)

    def _find_seen(self, rows: "pa.Table") -> list[str]:
        """Of the column ``trace_id``: the traces that the store may have."""
        ask = self._store.connection.execute
        with self._store.registered("wanted", rows.select(["trace_id"])):
            asked = ask("SELECT trace_id, hash(trace_id) AS hashed FROM wanted").fetch_arrow_table()
        known = self._seen.meet(asked["hashed"].to_numpy())
        return [trace_id for trace_id, is_known in zip(asked["trace_id"].to_pylist(), known, strict=True) if is_known]

    @cached_property
    def _seen(self) -> Seen:
        """Made for the first batch: a pass that reads nothing does not need it."""
        names = ("turn", "step", "pending")
        every = " UNION ALL ".join(f"SELECT hash(trace_id) AS hashed FROM {name}" for name in names)  # noqa: S608  # names of ours
        return Seen(self._store.connection.execute(every).fetch_arrow_table()["hashed"].to_numpy())

    def _find_pending(self, traces: Iterable[str]) -> dict[str, bytes]:
        with self._store.registered("wanted", arrow_texts("trace_id", traces)):
            found = self._store.connection.execute(
                "SELECT trace_id, place, spans FROM pending WHERE trace_id IN (SELECT trace_id FROM wanted)"
            ).fetchall()
        return Packer.join(found)

    def _grow(self, read: Traces, packed: Mapping[str, bytes], written: Written) -> None:
        """Makes anew the turns of traces that were read before and may still grow."""
        unpack = self._bundler.packer.unpack
        texts = _texts_of(read)
        before: set[str] = set()
        traces: dict[str, Mapping[str, Part]] = {}
        columns = (read.pending[name].to_pylist() for name in ("trace_id", "place", "spans"))
        for trace_id, spans in Packer.join(zip(*columns, strict=True)).items():
            known = unpack(packed[trace_id])
            grown = grow(known, unpack(spans), partial(self._find_texts, trace_id), texts[trace_id])
            if grown is not None:
                traces[trace_id] = grown.trace
                before |= {one.turn.turn_id for one in assemble(known.values())}
                if grown.is_cut:
                    written.faults["too_large"] = written.faults.get("too_large", 0) + 1
        if traces:
            made = self._bundler.bundle_traces(traces)
            self._withdraw(before - {*made.turn["turn_id"].to_pylist()}, written)
            self._put(made, written)

    def _find_texts(self, trace_id: str) -> Texts:
        """Of its turns in the store. One trace at a time: for many, DuckDB would unpack the texts of all turns."""
        columns = ", ".join(_READ)
        asked = f"SELECT {columns} FROM turn WHERE trace_id = {quote(trace_id)}"  # noqa: S608  # as above
        rows = self._store.connection.execute(asked).fetch_arrow_table().to_pylist()
        return _texts_by_trace(complete_texts(rows, TEXTS, pieces_in_store(self._store)))[trace_id]

    def _put(self, traces: Traces, written: Written, *, is_new: bool = False) -> None:
        """``is_new``: none of it is in the store, so that there is nothing to be replaced."""
        put = self._store.insert if is_new else self._store.upsert
        replaced = put("turn", traces.turn)
        turn_ids = traces.turn.select(["turn_id"])
        self._execute_with(turn_ids, "INSERT INTO touched SELECT turn_id FROM wanted")
        if replaced:
            for name in ("turn_text", "turn_slice"):
                self._execute_with(turn_ids, f"DELETE FROM {name} WHERE turn_id IN (SELECT turn_id FROM wanted)")  # noqa: S608  # names of ours
        if not is_new:
            traces_read = traces.pending.select(["trace_id"])
            self._execute_with(traces_read, "DELETE FROM pending WHERE trace_id IN (SELECT trace_id FROM wanted)")
        for name in ("turn_text", "turn_slice", "step", "pending"):
            put(name, getattr(traces, name))
        written.turns += traces.turn.num_rows - replaced
        written.turns_replaced += replaced

    def _withdraw(self, turn_ids: set[str], written: Written) -> None:
        if not turn_ids:
            return
        wanted, chosen = arrow_texts("turn_id", turn_ids), "turn_id IN (SELECT turn_id FROM wanted)"
        for name in _OF_A_TURN:
            self._execute_with(wanted, f"DELETE FROM {name} WHERE {chosen}")  # noqa: S608  # names of ours
        self._execute_with(wanted, f"DELETE FROM feedback WHERE kind = 'implicit' AND {chosen}")  # noqa: S608  # as above
        self._execute_with(wanted, f"UPDATE feedback SET turn_id = '' WHERE {chosen}")  # noqa: S608  # as above
        written.withdrawn += len(turn_ids)

    def _execute_with(self, wanted: "pa.Table", statement: str) -> None:
        with self._store.registered("wanted", wanted):
            self._store.connection.execute(statement)

    def _write_feedback(self, feedback: Sequence[Feedback], written: Written) -> None:
        if not feedback:
            return
        with self._store.registered("wanted", arrow_texts("feedback_id", {one.feedback_id for one in feedback})):
            names = ", ".join(f'"{one.name}"' for one in fields(Feedback))
            rows = self._store.connection.execute(
                f"SELECT {names} FROM feedback WHERE feedback_id IN (SELECT feedback_id FROM wanted)"  # noqa: S608  # as above
            ).fetchall()
        known = [_read_feedback(row) for row in rows]
        merged = list(merge_all(feedback, known).values())
        self._store.upsert("feedback", arrow_records("feedback", merged, turn_id=[""] * len(merged)))
        written.feedback += len(merged) - len(known)
        written.feedback_replaced += len(known)

    def _write_faults(self, source: str, bundle: Bundle, written: Written) -> None:
        for place in bundle.reread:
            within = " OR ".join(f"starts_with(place, {quote(place + mark)})" for mark in "@:")
            same = f"place = {quote(place)} OR {within}"
            self._store.connection.execute(f"DELETE FROM fault WHERE source = {quote(source)} AND ({same})")  # noqa: S608  # as above
        for fault in bundle.faults:
            written.faults[fault.kind] = written.faults.get(fault.kind, 0) + 1
        self._store.upsert("fault", arrow_records("fault", bundle.faults[:_FAULTS_KEPT]))


def _texts_of(read: Traces) -> Mapping[str, Texts]:
    rows = read.turn.select(_READ).to_pylist()
    join_texts(rows, zip(*(column.to_pylist() for column in read.turn_text.columns), strict=True))
    return _texts_by_trace(rows)


def _texts_by_trace(turns: Iterable[Mapping[str, str]]) -> Mapping[str, Texts]:
    found: dict[str, list[tuple[str, Mapping[str, str]]]] = defaultdict(list)
    for row in turns:
        found[row["trace_id"]].append((row["span_id"], {name: row[name] for name in TEXTS}))
    return found


def _read_feedback(row: tuple[Any, ...]) -> Feedback:
    told: dict[str, Any] = dict(zip((one.name for one in fields(Feedback)), row, strict=True))
    kinds = {"scope": FeedbackScope, "kind": FeedbackKind, "author_kind": AuthorKind}
    return Feedback(**told | {name: kind(told[name]) for name, kind in kinds.items()})
