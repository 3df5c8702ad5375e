"""Tables on an engine that a team already has: the loop's names, columns and types, wherever they lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from gate_action.clients.extras import check_extra
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.loop.weighing import TableOf

_OURS = frozenset(
    {"postgres", "postgresql", "pyspark", "duckdb", "clickhouse", "bigquery", "snowflake", "mysql", "trino"}
)

READ = frozenset({"turn", "turn_text", "turn_slice", "feedback", "classification", "cluster", "membership", "cycle"})
"""The tables that the analyses ask for."""


@contextmanager
def open_engine(url: str) -> Iterator[TableOf]:
    """Raises ConfigError: no engine's URL, its driver is missing, or a table or column is not there. Raises
    NotEvaluatedError: the engine does not answer.
    """
    check_extra("loop", "the loop's analyses")
    import ibis

    scheme = urlsplit(url).scheme
    if scheme not in _OURS:
        raise ConfigError(f"{_shown(url)} is no engine's URL", hint=f"known: {', '.join(sorted(_OURS))}")
    try:
        backend = ibis.connect(url)
    except ImportError as error:
        name = "postgres" if scheme == "postgresql" else scheme
        hint = f"pip install 'ibis-framework[{name}]'"
        missing = getattr(error.__cause__, "name", None) or error.name or "a library"
        raise ConfigError(f"the driver of {scheme} is not installed: {missing}", hint=hint) from error
    except Exception as error:  # each engine's driver has errors of its own; what failed is told
        raise NotEvaluatedError(f"{_shown(url)} cannot be reached: {str(error).strip()}") from error
    try:
        _check(backend.list_tables(), url)
        yield backend.table
    finally:
        backend.disconnect()


def _check(there: list[str], url: str) -> None:
    missing = sorted(READ - set(there))
    if missing:
        raise ConfigError(
            f"{_shown(url)} has no table {', '.join(missing)}",
            hint="the loop's tables are those of docs/contracts.md, section 16",
        )


def _shown(url: str) -> str:
    """Without what may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
