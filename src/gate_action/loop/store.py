"""The loop's store: one DuckDB file, read through ibis. Knows tables and keys, and nothing of what their rows mean."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gate_action.clients.extras import check_extra
from gate_action.errors import ConfigError, StoreError
from gate_action.loop.tables import TABLES

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pyarrow as pa

T = TypeVar("T")

VERSION = "2"
"""Of the tables. A store of another version is refused, never read amiss."""

_ROW_GROUP = 2_048
"""Rows, the fewest there can be. A group that is not full is written anew with every batch: of turns, whose rows are
kilobytes, DuckDB's own 122,880 would be gigabytes each time.
"""
_STORAGE = "v1.2.0"
"""Of DuckDB's file format: the first with zstd for long texts, a quarter of the space for hardly more time."""
ATTACHED = f"ROW_GROUP_SIZE {_ROW_GROUP}, STORAGE_VERSION '{_STORAGE}'"
"""Options with which a file is attached that a store is written into."""
_SQL = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "boolean": "BOOLEAN",
    "binary": "BLOB",
}
_ARROW = {
    "string": "string",
    "timestamp": "timestamp[us]",
    "int64": "int64",
    "float64": "float64",
    "boolean": "bool",
    "binary": "binary",
}


@contextmanager
def open_store(path: Path) -> Iterator["Store"]:
    """The store in the file ``path``, made where there is none. Raises ConfigError: another process has it open, it is
    no such file, or it is of another version.
    """
    check_extra("loop", "the loop's store")
    import duckdb

    _leave_out_pandas()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(
            config={
                "autoload_known_extensions": "false",
                "autoinstall_known_extensions": "false",
                "temp_directory": f"{path}.tmp",  # else the working folder would hold users' words
                "zstd_min_string_length": "512",
            }
        )
        connection.execute(f"ATTACH {quote(str(path))} AS loop ({ATTACHED}); USE loop")
    except duckdb.Error as error:
        hint = "one command at a time uses a store" if "lock" in str(error).lower() else ""
        raise ConfigError(f"{path} cannot be opened: {error}", hint=hint) from error
    try:
        yield Store(connection, path)
    finally:
        connection.close()


class Store:
    """Tables by name. ``analysis`` of any kind takes ibis tables, so that it runs on other engines as well."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", path: Path) -> None:
        self.path = path
        self.connection = connection
        """DuckDB's own, for writing."""
        self._is_writing = False
        self._check_version()
        for name, table in TABLES.items():
            columns = ", ".join(f'"{column}" {_SQL[kind]}' for column, kind in table.columns.items())
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")

    def table(self, name: str) -> "ibis.Table":
        """One of TABLES, to be asked by expressions of ibis. Ask with ``to_pyarrow()``: it
        loads pandas for its own ends, and hands no frame of it out.
        """
        return self._backend.table(name)

    @cached_property
    def _backend(self) -> Any:
        """Loaded when something is asked: who only writes is spared half a second, and 40 MB."""
        import ibis

        return ibis.duckdb.from_connection(self.connection)

    def upsert(self, name: str, rows: "pa.Table") -> int:
        """Writes ``rows``, whose columns are those of the table in any order: one with a known key replaces the earlier
        one; of two with one key in ``rows``, the last counts. All or nothing, within a transaction or with one of its
        own. Returns how many rows were replaced.
        """
        if not rows.num_rows:
            return 0
        keys = list(TABLES[name].key)
        rows = _last_of_each(rows, keys)
        with self.transaction(), self.registered("incoming_keys", rows.select(keys)):
            same = ", ".join(keys)
            ((replaced,),) = self.connection.execute(
                f"DELETE FROM {name} WHERE ({same}) IN (SELECT ({same}) FROM incoming_keys)"  # noqa: S608  # names of ours
            ).fetchall()
            self.insert(name, rows)
        return int(replaced)

    def insert(self, name: str, rows: "pa.Table") -> int:
        """Writes ``rows``, as ``upsert`` does, where none of their keys is there yet, nor twice among them: without a
        search. Returns 0, how many were replaced.
        """
        if rows.num_rows:
            columns = ", ".join(f'"{column}"' for column in TABLES[name].columns)
            with self.registered("incoming", rows):
                self.connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM incoming")  # noqa: S608  # names of ours
        return 0

    @contextmanager
    def registered(self, name: str, rows: "pa.Table") -> Iterator[None]:
        """``rows`` can be asked for by ``name`` meanwhile, in one statement of SQL; nothing is copied."""
        self.connection.register(name, _Stream(rows))
        try:
            yield
        finally:
            self.connection.unregister(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within it, or nothing. Within another one it is a part of that."""
        if self._is_writing:
            yield
            return
        self._is_writing = True
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        else:
            self.connection.commit()
        finally:
            self._is_writing = False

    def do(self, work: Callable[[], T]) -> T:
        """All that ``work`` writes, or nothing. Where it takes more memory than DuckDB was given, it is done once more
        with twice as much, as far as the machine has it: rows of strangers may be large. Raises StoreError: that was
        not enough, or the disk is full.
        """
        import duckdb

        while True:
            try:
                with self.transaction():
                    return work()
            except (duckdb.OutOfMemoryException, duckdb.TransactionException, duckdb.IOException) as error:
                first, *_ = str(error).splitlines()
                if "memory limit" not in str(error):
                    hint = "what was written before stays: make room, and run the command again"
                    raise StoreError(f"{self.path} cannot be written: {first}", hint=hint) from error
                if not self._take_more_memory():
                    hint = "run the command where there is more: DuckDB takes up to four fifths of a machine's"
                    raise StoreError(f"{self.path} needs more memory than there is: {first}", hint=hint) from error

    def _take_more_memory(self) -> bool:
        """Twice the limit. False: it is the machine's already, by DuckDB's own measure."""
        ask = self.connection.execute
        now = _bytes_of(ask("SELECT current_setting('memory_limit')"))
        ask("RESET memory_limit")
        most = _bytes_of(ask("SELECT current_setting('memory_limit')"))
        ask(f"SET memory_limit = '{min(2 * now, most)}B'")
        return now < most

    def count(self, name: str) -> int:
        ((count,),) = self.connection.execute(f"SELECT count(*) FROM {name}").fetchall()  # noqa: S608  # a name of ours
        return int(count)

    def _check_version(self) -> None:
        self.connection.execute("CREATE TABLE IF NOT EXISTS store (version VARCHAR)")
        rows = self.connection.execute("SELECT version FROM store").fetchall()
        if not rows:
            self.connection.execute(f"INSERT INTO store VALUES ({quote(VERSION)})")  # noqa: S608  # a text of ours
        ((found,),) = rows or ((VERSION,),)
        if found != VERSION:
            raise ConfigError(
                f"{self.path} is a store of version {found}, and this gate-action reads version {VERSION}",
                hint="move it away and ingest anew, or use the gate-action that wrote it",
            )


def _bytes_of(told: "duckdb.DuckDBPyConnection") -> int:
    """Of a setting: a number and its unit."""
    ((text,),) = told.fetchall()
    number, unit = text.split()
    return int(float(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB").index(unit))


def quote(value: str | datetime) -> str:
    """A text or a time in SQL. DuckDB's own placeholders would load pandas: a second, and 60 MB."""
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'"
    return "'" + value.replace("'", "''") + "'"


class _Stream:
    """No more of a table than its stream. For a table, DuckDB loads Arrow's datasets, which are 21 MB."""

    def __init__(self, rows: "pa.Table") -> None:
        self._rows = rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._rows.__arrow_c_stream__(requested_schema)


class _NoPandas:
    """Among the finders of modules, pandas cannot be found."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _leave_out_pandas() -> None:
    """Pyarrow asks for pandas once, when it makes its first array, and remembers the answer."""
    import pyarrow as pa

    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas)
        try:
            pa.array([""])
        finally:
            sys.meta_path.remove(_NoPandas)


def arrow_table(name: str, rows: Iterable[Mapping[str, str | float | bool | bytes | datetime | None]]) -> "pa.Table":
    """``rows`` of the table ``name``, ready for ``Store.upsert``. Raises KeyError for a column that is not there."""
    listed = list(rows)
    return arrow_columns(name, [[row[column] for row in listed] for column in TABLES[name].columns])


def arrow_records(name: str, records: Sequence[object], /, **more: Sequence[object]) -> "pa.Table":
    """``records`` of the model (objects whose fields are the columns), ready for ``Store.upsert``. ``more``: columns
    that the objects lack.
    """
    own = [column for column in TABLES[name].columns if column not in more]
    told = dict(zip(own, zip(*map(attrgetter(*own), records), strict=True), strict=False))
    return arrow_columns(name, [more.get(column) or told.get(column, ()) for column in TABLES[name].columns])


def arrow_columns(name: str, columns: Sequence[Sequence[object]]) -> "pa.Table":
    """All columns of the table ``name``, in its order, ready for ``Store.upsert``."""
    import pyarrow as pa

    typed = zip(TABLES[name].columns.items(), columns, strict=True)
    return pa.table({column: pa.array(values, _arrow_type(kind)) for (column, kind), values in typed})


def arrow_texts(name: str, values: Iterable[str]) -> "pa.Table":
    """One column of texts, to be ``registered``."""
    import pyarrow as pa

    return pa.table({name: pa.array(list(values), pa.string())})


def _last_of_each(rows: "pa.Table", keys: list[str]) -> "pa.Table":
    import pyarrow as pa

    known = {key: place for place, key in enumerate(zip(*(rows[name].to_pylist() for name in keys), strict=True))}
    return rows if len(known) == rows.num_rows else rows.take(pa.array(known.values()))


def _arrow_type(kind: str) -> Any:
    import pyarrow as pa

    return pa.timestamp("us") if kind == "timestamp" else pa.type_for_alias(_ARROW[kind])
