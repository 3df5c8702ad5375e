"""Finds and removes every row of a person in the loop's store. Knows nothing of fixtures' files, caches and git."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gate_action.loop.ingest.packing import Packer
from gate_action.loop.store import ATTACHED
from gate_action.loop.tables import TABLES

if TYPE_CHECKING:
    from gate_action.loop.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """By what a person is known: keys, never an id or a name."""

    user_key: str
    turn_ids: frozenset[str] = frozenset()
    trace_ids: frozenset[str] = frozenset()
    conversation_ids: frozenset[str] = frozenset()
    row_ids: frozenset[str] = frozenset()
    """Fixtures that were made of the person's turns."""

    @property
    def is_known(self) -> bool:
        return bool(self.turn_ids or self.trace_ids or self.row_ids)


def find_person(store: "Store", user_key: str) -> Person:
    """What the store knows of the person, in traces that may still grow too. ``user_key`` is not empty.

    A turn of nobody's in a conversation of the person's is the person's.
    """
    turns, rows = store.table("turn"), store.table("promotion")
    own = turns.filter(turns.user_key == user_key).select("turn_id", "trace_id", "conversation_id")
    found = own.to_pyarrow().to_pylist()
    growing = _find_growing(store, user_key)
    conversations = _column(found, "conversation_id") | growing["conversation_id"]
    if conversations:
        beside = turns.filter(turns.user_key == "", turns.conversation_id.isin(sorted(conversations)))
        found += beside.select("turn_id", "trace_id", "conversation_id").to_pyarrow().to_pylist()
    turn_ids = _column(found, "turn_id")
    made = rows.select("row_id", "user_key", "turn_id").to_pyarrow().to_pylist()
    return Person(
        user_key=user_key,
        turn_ids=turn_ids,
        trace_ids=_column(found, "trace_id") | growing["trace_id"],
        conversation_ids=conversations,
        row_ids=frozenset(row["row_id"] for row in made if row["user_key"] == user_key or row["turn_id"] in turn_ids),
    )


def erase(store: "Store", person: Person) -> Mapping[str, int]:
    """Deletes by every key, all or nothing. Table -> rows deleted or changed, without those of none."""
    known_by = {
        "user_key": {person.user_key} - {""},
        "author_key": {person.user_key} - {""},
        "turn_id": person.turn_ids,
        "trace_id": person.trace_ids,
        "conversation_id": person.conversation_ids,
        "row_id": person.row_ids,
    }
    erased: dict[str, int] = {}
    with store.transaction():
        if count := _clear_sentences(store, sorted(person.turn_ids)):
            erased["cluster"] = count
        for name, table in TABLES.items():
            keys = [
                (column, sorted(values)) for column, values in known_by.items() if column in table.columns and values
            ]
            count = sum(_delete(store, name, column, values) for column, values in keys)
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


def _find_growing(store: "Store", user_key: str) -> dict[str, frozenset[str]]:
    packer = Packer()
    found: dict[str, set[str]] = {"trace_id": set(), "conversation_id": set()}
    rows = store.connection.execute("SELECT trace_id, place, spans FROM pending").fetchall()
    for trace_id, packed in packer.join(rows).items():
        parts = packer.unpack(packed).values()
        if any(part.user_key == user_key for part in parts):
            found["trace_id"].add(trace_id)
            found["conversation_id"] |= {part.conversation_id for part in parts}
    return {name: frozenset(values - {""}) for name, values in found.items()}


def _clear_sentences(store: "Store", turn_ids: list[str]) -> int:
    """A cluster is described by the sentence of one of its turns. The next cycle finds another one's."""
    if not turn_ids:
        return 0
    ((count,),) = store.connection.execute(
        "UPDATE cluster SET sentence = '' WHERE sentence <> '' AND sentence IN "
        "(SELECT sentence FROM classification WHERE turn_id IN (SELECT unnest(?)))",
        [turn_ids],
    ).fetchall()
    return int(count)


def _delete(store: "Store", name: str, column: str, values: list[str]) -> int:
    ((count,),) = store.connection.execute(
        f"DELETE FROM {name} WHERE {column} IN (SELECT unnest(?))",  # noqa: S608  # names of ours
        [values],
    ).fetchall()
    return int(count)


def _column(rows: Collection[Mapping[str, str]], name: str) -> frozenset[str]:
    return frozenset(row[name] for row in rows if row[name])


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
