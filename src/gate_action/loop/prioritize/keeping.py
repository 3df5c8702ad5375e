"""The ledger's lines in the store, where they outlive checkouts of which no commit was merged."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gate_action.codec.loop_ledger import decode_ledger, encode_ledger
from gate_action.loop.store import Store, arrow_table
from gate_action.model.priority import LedgerLine

if TYPE_CHECKING:
    from datetime import datetime


def keep_lines(store: Store, lines: Sequence[LedgerLine]) -> None:
    """Of one cycle, in place of what it had said before."""
    rows: list[dict[str, str | datetime]] = [
        {"cycle_id": line.cycle, "item": line.cluster, "at": line.at, "line": encode_ledger([line]).decode()}
        for line in lines
    ]
    with store.transaction():
        for cycle in {line.cycle for line in lines}:
            store.connection.execute("DELETE FROM ledger WHERE cycle_id = ?", [cycle])
        store.upsert("ledger", arrow_table("ledger", rows))


def load_lines(store: Store) -> tuple[LedgerLine, ...]:
    """By cycle, as they stand in the list. Raises ConfigError: a line is not of this version."""
    rows = store.table("ledger").select("line").to_pyarrow().to_pylist()
    lines = decode_ledger("".join(row["line"] for row in rows).encode(), "the store's ledger")
    return tuple(sorted(lines, key=lambda line: (line.at, line.cycle, line.rank == 0, line.rank, line.cluster)))
