import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gate_action.errors import ConfigError, StoreError
from gate_action.loop.store import Store, arrow_table, open_store
from gate_action.loop.tables import TABLES

AT = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001  # the tables' times are UTC, without a zone


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "folder" / "store.duckdb") as opened:
        yield opened


def cursors(*rows: tuple[str, str, str]):
    return arrow_table("cursor", [dict(zip(("source", "name", "value"), row, strict=True)) for row in rows])


def read(store: Store, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = store.table(name).order_by(list(TABLES[name].key)).to_pyarrow().to_pylist()
    return rows


def test_a_new_store_has_every_table_with_its_columns_and_types(store: Store):
    for name, table in TABLES.items():
        assert {column: str(kind) for column, kind in store.table(name).schema().items()} == {
            column: kind.replace("timestamp", "timestamp(6)") for column, kind in table.columns.items()
        }, name


def test_what_was_written_is_there_when_the_store_is_opened_again(tmp_path: Path):
    for _ in range(2):
        with open_store(tmp_path / "store.duckdb") as store:
            store.upsert("cursor", cursors(("phoenix", "spans", "2026")))
    with open_store(tmp_path / "store.duckdb") as store:
        assert read(store, "cursor") == [{"source": "phoenix", "name": "spans", "value": "2026"}]


def test_a_row_with_a_known_key_replaces_the_earlier_one_and_the_last_of_two_counts(store: Store):
    store.upsert("cursor", cursors(("a", "x", "1"), ("b", "x", "1")))
    store.upsert("cursor", cursors(("a", "x", "2"), ("a", "x", "3"), ("c", "x", "1")))
    assert [(row["source"], row["value"]) for row in read(store, "cursor")] == [("a", "3"), ("b", "1"), ("c", "1")]


def test_rows_that_nobody_has_are_written_without_a_search(store: Store):
    assert store.insert("cursor", cursors(("a", "x", "1"), ("b", "x", "1"))) == 0
    assert store.upsert("cursor", cursors(("b", "x", "2"))) == 1
    assert [row["value"] for row in read(store, "cursor")] == ["1", "2"]


def test_long_texts_are_packed_and_those_of_an_older_store_from_the_next_writing_on(tmp_path: Path):
    path = tmp_path / "store.duckdb"
    with duckdb.connect(path) as older:
        older.execute("CREATE TABLE store (version VARCHAR); INSERT INTO store VALUES ('2')")
    words = " ".join(f"word {number % 97}" for number in range(2_000))
    rows = [(str(number), "x", f"{number} {words}") for number in range(2_100)]
    with open_store(path) as store:
        store.upsert("cursor", cursors(*rows))
        store.connection.execute("CHECKPOINT")
        kinds = store.connection.execute(
            "SELECT DISTINCT compression FROM pragma_storage_info('cursor') "
            "WHERE column_name = 'value' AND segment_type = 'VARCHAR'"
        ).fetchall()
    assert ("ZSTD",) in kinds
    assert path.stat().st_size < len(words) * len(rows) / 5


def test_a_write_is_all_or_nothing(store: Store):
    store.upsert("cursor", cursors(("a", "x", "1")))
    with pytest.raises(duckdb.Error, match="division"), store.transaction():
        store.connection.execute("DELETE FROM cursor; SELECT error('division')")
    assert store.count("cursor") == 1


def test_what_needs_more_memory_than_it_was_given_is_done_with_more(store: Store):
    """Two thousand rows that are large together, as strangers can send them."""
    store.connection.execute("SET memory_limit = '20MB'; SET threads = 1")
    rows = cursors(*((str(number), "x", f"{number:05}" * 6_000) for number in range(3_000)))
    calls: list[int] = []

    def write() -> int:
        calls.append(store.count("cursor"))
        return store.insert("cursor", rows)

    store.do(write)
    assert len(calls) > 1
    assert {*calls} == {0}
    asked = "SELECT count(DISTINCT source), min(length(value)), max(length(value)) FROM cursor"
    store.connection.execute("SET memory_limit = '1GB'")
    assert store.connection.execute(asked).fetchall() == [(3_000, 30_000, 30_000)]


def test_what_needs_more_memory_than_there_is_is_told(store: Store):
    def write() -> None:
        store.upsert("cursor", cursors(("a", "x", "1")))
        raise duckdb.OutOfMemoryException("too much\n* Increasing the memory limit")

    with pytest.raises(StoreError, match=r"store\.duckdb needs more memory than there is: too much$"):
        store.do(write)
    assert store.count("cursor") == 0


def test_a_disk_that_is_full_is_told(store: Store):
    def write() -> None:
        store.upsert("cursor", cursors(("a", "x", "1")))
        raise duckdb.IOException("No space left on device")

    with pytest.raises(StoreError, match=r"store\.duckdb cannot be written: No space left"):
        store.do(write)
    assert store.count("cursor") == 0


def test_what_does_not_fit_into_memory_lies_beside_the_store_and_not_in_the_working_folder(store: Store):
    ((place,),) = store.connection.execute("SELECT current_setting('temp_directory')").fetchall()
    assert place == f"{store.path}.tmp"


def test_missing_values_stay_missing(store: Store):
    row: dict[str, Any] = dict.fromkeys(TABLES["turn"].columns, "") | {"turn_id": "t", "at": AT}
    row |= dict.fromkeys(("input_tokens", "output_tokens", "cost_usd", "latency_s", "weight"))
    store.upsert("turn", arrow_table("turn", [row]))
    (found,) = read(store, "turn")
    assert found == row


def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(tmp_path: Path):
    path = tmp_path / "store.duckdb"
    path.write_text("something else")
    with pytest.raises(ConfigError, match="cannot be opened"), open_store(path):
        pass
    assert path.read_text() == "something else"


def test_a_store_of_another_version_is_refused(tmp_path: Path):
    path = tmp_path / "store.duckdb"
    with open_store(path):
        pass
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE store SET version = '99'")
    with pytest.raises(ConfigError, match="version 99"), open_store(path):
        pass


def test_a_store_is_made_written_and_counted_without_pandas_and_ibis(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path; from gate_action.loop.store import arrow_table, open_store\n"
        "with open_store(Path(sys.argv[1])) as store:\n"
        "    store.upsert('cursor', arrow_table('cursor', [{'source': 'a', 'name': 'b', 'value': 'c'}]))\n"
        "    assert store.count('cursor') == 1\n"
        "sys.exit(' '.join({'pandas', 'ibis', 'sqlglot'} & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "store.duckdb")], check=True)
