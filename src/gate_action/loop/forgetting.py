"""Finds and removes every row of a person in the loop's store. Knows nothing of fixtures' files and git."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gate_action.loop.store import ATTACHED, Store
from gate_action.loop.tables import TABLES

_BY_KEY = ("user_key", "author_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """By what a person is known: keys, never an id or a name."""

    user_key: str
    turn_ids: frozenset[str]
    trace_ids: frozenset[str]
    row_ids: frozenset[str]
    """Fixtures that were made of the person's turns."""

    @property
    def is_known(self) -> bool:
        return bool(self.turn_ids or self.row_ids)


def find_person(store: Store, user_key: str) -> Person:
    """What the store knows of the person. ``user_key`` is not empty."""
    turns, rows = store.table("turn"), store.table("promotion")
    found = turns.filter(turns.user_key == user_key).select("turn_id", "trace_id").to_pyarrow().to_pylist()
    made = rows.filter(rows.user_key == user_key).select("row_id").to_pyarrow().to_pylist()
    return Person(
        user_key=user_key,
        turn_ids=frozenset(row["turn_id"] for row in found),
        trace_ids=frozenset(row["trace_id"] for row in found if row["trace_id"]),
        row_ids=frozenset(row["row_id"] for row in made),
    )


def erase(store: Store, person: Person) -> Mapping[str, int]:
    """Deletes by key, turn and trace, all or nothing. Table -> rows deleted, without those of none."""
    erased: dict[str, int] = {}
    with store.transaction():
        for name, table in TABLES.items():
            wanted = [
                *((column, {person.user_key}) for column in _BY_KEY if column in table.columns),
                *((("turn_id", person.turn_ids),) if "turn_id" in table.columns else ()),
                *((("trace_id", person.trace_ids),) if "trace_id" in table.columns else ()),
            ]
            count = sum(_delete(store, name, column, sorted(values)) for column, values in wanted if values)
            erased |= {name: count} if count else {}
    return erased


def rewrite_file(path: Path) -> None:
    """Writes the store's file anew from its rows: what DuckDB deletes stays in its pages until they are used again."""
    import duckdb

    fresh = path.with_name(f".{path.name}.fresh")
    fresh.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{_quoted(path)}' AS old (READ_ONLY)")
        connection.execute(f"ATTACH '{_quoted(fresh)}' AS fresh ({ATTACHED})")
        connection.execute("COPY FROM DATABASE old TO fresh")
    fresh.replace(path)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


def _delete(store: Store, name: str, column: str, values: list[str]) -> int:
    ((count,),) = store.connection.execute(
        f"DELETE FROM {name} WHERE {column} IN (SELECT unnest(?))",  # noqa: S608  # names of ours
        [values],
    ).fetchall()
    return int(count)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
