"""One pass over the sources: each is read on from its cursors and written; feedback is joined at the end."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from gate_action.config.loop.ingest import IngestShape
from gate_action.errors import GateError
from gate_action.loop.ingest.bundling import Bundle, Bundler
from gate_action.loop.ingest.implicit import derive_implicit
from gate_action.loop.ingest.joining import join_feedback
from gate_action.loop.ingest.seam import Reader
from gate_action.loop.ingest.writing import Writer, Written
from gate_action.loop.keeping_out import KeptOut
from gate_action.loop.store import Store
from gate_action.model.loop import Fault

_SHOWN = 5


@dataclass(slots=True, kw_only=True)
class SourceTally:
    """What one source brought."""

    source: str
    size: int = 0
    """Bytes read."""
    turns: int = 0
    turns_replaced: int = 0
    feedback: int = 0
    feedback_replaced: int = 0
    withdrawn: int = 0
    traces: int = 0
    """That it held, wholly or in part."""
    faults: Counter[str] = field(default_factory=Counter)
    """By kind."""
    failure: GateError | None = None
    """Why it could not be read, or not to its end."""
    first_faults: list[Fault] = field(default_factory=list)
    """A few, to be shown."""

    def add(self, bundle: Bundle, written: Written) -> None:
        self.size += bundle.size
        self.first_faults += bundle.faults[: max(0, _SHOWN - len(self.first_faults))]
        self.turns += written.turns
        self.turns_replaced += written.turns_replaced
        self.feedback += written.feedback
        self.feedback_replaced += written.feedback_replaced
        self.withdrawn += written.withdrawn
        self.traces += bundle.traces.pending["place"].to_pylist().count(0) if bundle.traces else 0
        self.faults.update(written.faults)

    @property
    def is_silent(self) -> bool:
        """Was there much, and nobody was answered in it?"""
        return bool(self.traces) and not (self.turns or self.turns_replaced or self.feedback or self.feedback_replaced)

    def add_tally(self, other: "SourceTally") -> None:
        for name in ("size", "turns", "turns_replaced", "feedback", "feedback_replaced", "withdrawn"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.faults.update(other.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What a pass over all sources brought."""

    sources: Sequence[SourceTally]
    orphans: int
    """Statements in the store whose turn has not been seen."""
    implicit: int = 0
    """Signals that were derived from what users did, for what changed."""
    kept_out: int = 0
    """Spans, turns and statements of people who were forgotten, which were not taken in."""
    wordless: int = 0
    """Turns in the store that say neither what was asked nor what was answered; 0 where no new turn came."""


def _write_meanwhile(writer: Writer, source: str, bundles: Iterable[Bundle]) -> Iterator[tuple[Bundle, Written]]:
    """While one bundle is written, the next one is read: the store and its compression leave Python to the reader. What
    was read before a source failed is written.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="store") as pool:
        writing: tuple[Bundle, Future[Written]] | None = None
        failure: GateError | None = None
        try:
            for bundle in bundles:
                if writing is not None:
                    yield writing[0], writing[1].result()
                writing = bundle, pool.submit(writer.write, source, bundle)
        except GateError as error:
            failure = error
        finally:
            if writing is not None:
                writing[1].exception()  # waits: the store has one user at a time
        if writing is not None:
            yield writing[0], writing[1].result()
        if failure is not None:
            raise failure


def ingest(
    store: Store,
    readers: Iterable[Reader],
    *,
    now: datetime,
    shape: IngestShape,
    kept_out: KeptOut | None = None,
    watch: Callable[[SourceTally], None] = lambda _: None,
) -> Ingested:
    """``now``: UTC, without a zone. ``watch`` is told after every batch. A source that fails does not stop the
    next one: its failure stands in its tally.
    """
    bundler, writer = Bundler(now), Writer(store, now)
    tallies: list[SourceTally] = []
    for reader in readers:
        tally = SourceTally(source=reader.source)
        tallies.append(tally)
        try:
            batches = reader.read(writer.find_cursors(reader.source))
            if kept_out is not None:
                batches = map(kept_out.clear, batches)
            for bundle, written in _write_meanwhile(writer, reader.source, map(bundler.bundle, batches)):
                tally.add(bundle, written)
                watch(tally)
        except GateError as failure:
            tally.failure = failure
    if kept_out is not None:
        kept_out.settle(store, now)
    writer.forget_traces(shape.late_hours)
    orphans = join_feedback(store)
    implicit = derive_implicit(store, shape.implicit, now)
    wordless = _count_wordless(store) if any(tally.turns for tally in tallies) else 0
    left_out = kept_out.count if kept_out is not None else 0
    return Ingested(sources=tallies, orphans=orphans, implicit=implicit, wordless=wordless, kept_out=left_out)


def _count_wordless(store: Store) -> int:
    silent = "input = '' AND output = '' AND tool_calls = ''"
    (row,) = store.connection.execute(f"SELECT count(*) FROM turn WHERE {silent}").fetchall()  # noqa: S608  # our own words
    return int(row[0])
