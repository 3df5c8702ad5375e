"""A batch -> tables as the store takes them. Made where the batch is read, in whatever process; knows nothing of what
the store has.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from gate_action.loop.ingest.assembling import assemble
from gate_action.loop.ingest.packing import Packer
from gate_action.loop.ingest.seam import Batch, Part
from gate_action.loop.ingest.traits import digest_history, name_tools
from gate_action.loop.store import arrow_columns, arrow_records
from gate_action.loop.tables import TABLES
from gate_action.loop.texts import cut_texts
from gate_action.model.loop import Fault, Feedback, Turn

if TYPE_CHECKING:
    import pyarrow as pa


class Traces(NamedTuple):
    """Tables of these names: what traces, or whole turns, become."""

    turn: "pa.Table"
    turn_text: "pa.Table"
    turn_slice: "pa.Table"
    step: "pa.Table"
    pending: "pa.Table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A batch, ready to be written."""

    traces: Traces | None = None
    """As if nothing of them had been read before. Each trace once."""
    turns: Traces | None = None
    """From sources that have whole turns."""
    feedback: Sequence[Feedback] = ()
    faults: Sequence[Fault] = ()
    cursors: Mapping[str, str] = field(default_factory=dict)
    reread: Sequence[str] = ()
    size: int = 0


class Bundler:
    """One for each thread. ``now``: UTC, without a zone."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.packer = Packer()

    def bundle(self, batch: Batch) -> Bundle:
        traces: dict[str, dict[str, Part]] = defaultdict(dict)
        for part in batch.parts:
            traces[part.trace_id][part.span_id] = part
        whole = {turn.turn_id: turn for turn in batch.turns}
        return Bundle(
            traces=self.bundle_traces(traces) if traces else None,
            turns=_tables(list(whole.values())) if whole else None,
            feedback=batch.feedback,
            faults=batch.faults,
            cursors=batch.cursors,
            reread=batch.reread,
            size=batch.size,
        )

    def bundle_traces(self, traces: Mapping[str, Mapping[str, Part]]) -> Traces:
        """``traces``: by id, the parts by span."""
        made = {trace_id: assemble(trace.values()) for trace_id, trace in traces.items()}
        every = [one for of_trace in made.values() for one in of_trace]
        steps = [(one.turn.trace_id, span_id, one.turn.turn_id) for one in every for span_id in one.steps]
        pieces = [
            (trace_id, place, self._now, piece)
            for trace_id, trace in traces.items()
            for place, piece in enumerate(self.packer.cut(self.packer.pack(trace, made[trace_id])))
        ]
        return _tables([one.turn for one in every])._replace(
            step=_from_rows("step", steps), pending=_from_rows("pending", pieces)
        )


def _tables(turns: Sequence[Turn]) -> Traces:
    slices = [(turn.turn_id, dimension, value) for turn in turns for dimension, value in turn.slices]
    texts = cut_texts(turns)
    history = [digest_history(turn.messages) for turn in turns]
    tools = [name_tools(turn.tool_calls) for turn in turns]
    return Traces(
        arrow_records("turn", turns, history=history, tools=tools, **texts.heads),
        _from_rows("turn_text", texts.pieces),
        _from_rows("turn_slice", slices),
        _from_rows("step", ()),
        _from_rows("pending", ()),
    )


def _from_rows(name: str, rows: Sequence[tuple[object, ...]]) -> "pa.Table":
    return arrow_columns(name, list(zip(*rows, strict=True)) or [()] * len(TABLES[name].columns))


def divide(traces: Traces, trace_ids: Iterable[str]) -> tuple[Traces, Traces]:
    """What is of ``trace_ids``, and the rest."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(list(trace_ids), pa.string())
    of_turn = pc.is_in(traces.turn["trace_id"], value_set=wanted)
    turn_ids = traces.turn["turn_id"].filter(of_turn).combine_chunks()
    masks = Traces(
        of_turn,
        pc.is_in(traces.turn_text["turn_id"], value_set=turn_ids),
        pc.is_in(traces.turn_slice["turn_id"], value_set=turn_ids),
        pc.is_in(traces.step["trace_id"], value_set=wanted),
        pc.is_in(traces.pending["trace_id"], value_set=wanted),
    )
    both = list(zip(traces, masks, strict=True))
    return (
        Traces._make(table.filter(mask) for table, mask in both),
        Traces._make(table.filter(pc.invert(mask)) for table, mask in both),
    )
