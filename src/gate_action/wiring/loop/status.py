"""What the loop's store holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from gate_action.loop.arrivals import find_arrivals
from gate_action.loop.pace import measure_pace
from gate_action.loop.tables import TABLES
from gate_action.model.pace import Pace
from gate_action.wiring.loop.opening import LoopOptions, open_loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    rows: Mapping[str, int]
    """By table."""
    orphans: int
    """Statements whose turn has not been seen."""
    pace: Pace


def find_status(options: LoopOptions) -> Status:
    """Raises ConfigError."""
    with open_loop(options, writes=False) as (settings, store):
        arrivals = find_arrivals(options.repository, settings.loop.promote.folder)
        feedback = store.table("feedback")
        orphans = int(feedback.filter(feedback.turn_id == "").count().to_pyarrow().as_py())
        rows = {name: store.count(name) for name in TABLES}
        return Status(rows=rows, orphans=orphans, pace=measure_pace(store, arrivals))
