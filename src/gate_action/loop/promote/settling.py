"""What became of rows that were proposed: turned down, or not to be had any more; and clusters left without a row."""

from collections.abc import Collection
from typing import Any

from gate_action.loop.promote.keeping import WRITTEN
from gate_action.loop.store import Store, arrow_table
from gate_action.model.promotion import ReviewOutcome


def settle(store: Store, gone: Collection[str], outcome: ReviewOutcome = ReviewOutcome.REJECTED) -> tuple[str, ...]:
    """Notes ``outcome`` of those proposed rows that are ``gone`` (ids). Clusters of which no proposed row is left have
    taught the gate nothing, and are open again: these are returned.
    """
    promotions = store.table("promotion").to_pyarrow().to_pylist()
    lost = [
        row | {"outcome": str(outcome)} for row in promotions if row["outcome"] in WRITTEN and row["row_id"] in gone
    ]
    ids = {row["row_id"] for row in lost}
    kept = {row["cluster_id"] for row in promotions if row["outcome"] in WRITTEN and row["row_id"] not in ids}
    with store.transaction():
        store.upsert("promotion", arrow_table("promotion", lost))
        return _reopen(store, {row["cluster_id"] for row in lost} - kept)


def _reopen(store: Store, names: Collection[str]) -> tuple[str, ...]:
    clusters: list[dict[str, Any]] = store.table("cluster").to_pyarrow().to_pylist()
    watched = {row["cluster_id"] for row in store.table("watch").select("cluster_id").to_pyarrow().to_pylist()}
    # One that had been fixed before came back, whatever becomes of its rows.
    freed = [
        row | {"status": "reopened" if row["cluster_id"] in watched else "open"}
        for row in clusters
        if row["cluster_id"] in names and row["status"] == "promoted"
    ]
    store.upsert("cluster", arrow_table("cluster", freed))
    return tuple(sorted(row["cluster_id"] for row in freed))
