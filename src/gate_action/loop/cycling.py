"""The journal of a cycle in the store: which steps are done, and which cycle is to be gone on with."""

from datetime import datetime, timedelta

from gate_action.loop.store import Store, arrow_table

STEPS = ("ingest", "classify", "cluster", "prioritize", "promote", "propose")
"""In their order."""
IN_STORE = frozenset({"ingest", "classify", "cluster"})
"""Steps whose work is in the store. The others write files, which a new checkout does not have: they are done again."""
_LONGEST = timedelta(hours=20)
"""After this time a cycle that was cut off is not gone on with: production has said more since."""


def begin_cycle(store: Store, now: datetime) -> tuple[str, frozenset[str]]:
    """The cycle's id and its steps that need not be done again. ``now`` is UTC, without a zone."""
    rows = store.table("cycle_step").to_pyarrow().to_pylist()
    last = max((row["cycle_id"] for row in rows), default="")
    done = {row["step"]: row["at"] for row in rows if row["cycle_id"] == last}
    is_over = not done or STEPS[-1] in done
    if is_over or now - min(done.values()) > _LONGEST:
        return f"{now:%Y-%m-%dT%H:%M:%SZ}", frozenset()
    return last, frozenset(done) & IN_STORE


def note_step(store: Store, cycle_id: str, step: str, now: datetime, told: str) -> None:
    rows = arrow_table("cycle_step", [{"cycle_id": cycle_id, "step": step, "at": now, "told": told}])
    store.upsert("cycle_step", rows)
