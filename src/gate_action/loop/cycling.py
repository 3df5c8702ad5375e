"""The journal of a cycle in the store: which steps are done, and which cycle is to be gone on with."""

from collections.abc import Collection
from datetime import datetime, timedelta

from gate_action.loop.store import Store, arrow_table

STEPS = ("ingest", "classify", "cluster", "prioritize", "promote", "propose")
"""In their order."""
IN_STORE = frozenset({"ingest", "classify", "cluster"})
"""Steps whose work is in the store. The others write files, which a new checkout does not have: they are done again."""
_PROPOSED = frozenset({"proposed", "accepted", "edited"})
_LONGEST = timedelta(hours=20)
"""After this time a cycle that was cut off is not gone on with: production has said more since."""


def begin_cycle(store: Store, now: datetime) -> tuple[str, frozenset[str]]:
    """The cycle's id and its steps that need not be done again. ``now`` is UTC, without a zone. What came later is no
    matter of a cycle that is told of an earlier time.
    """
    rows = [row for row in store.table("cycle_step").to_pyarrow().to_pylist() if row["at"] <= now]
    last = max((row["cycle_id"] for row in rows), default="")
    done = {row["step"]: row["at"] for row in rows if row["cycle_id"] == last}
    is_over = not done or STEPS[-1] in done
    if is_over or now - min(done.values()) > _LONGEST:
        return f"{now:%Y-%m-%dT%H:%M:%SZ}", frozenset()
    return last, frozenset(done) & IN_STORE


def find_waiting(store: Store, there: Collection[str]) -> dict[str, frozenset[str]]:
    """Cluster -> its rows that were proposed and are not ``there`` (row ids of the work tree): the pull request that
    brings them is still open, and is to bring them again.
    """
    promotions = store.table("promotion").to_pyarrow().to_pylist()
    missing = [row for row in promotions if row["outcome"] in _PROPOSED and row["row_id"] not in there]
    known = {row["cluster_id"] for row in store.table("cluster").select("cluster_id").to_pyarrow().to_pylist()}
    return {
        name: frozenset(row["row_id"] for row in missing if row["cluster_id"] == name)
        for name in sorted({row["cluster_id"] for row in missing} & known)
    }


def note_step(store: Store, cycle_id: str, step: str, now: datetime, told: str) -> None:
    rows = arrow_table("cycle_step", [{"cycle_id": cycle_id, "step": step, "at": now, "told": told}])
    store.upsert("cycle_step", rows)
