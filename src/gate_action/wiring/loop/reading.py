"""Where an analysis reads its tables: the loop's own store, or an engine that gate.yaml or the command names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from gate_action.config.loop.document import LoopSettings
from gate_action.errors import ConfigError
from gate_action.loop.engines import open_engine
from gate_action.loop.weighing import TableOf
from gate_action.wiring.loop.opening import LoopOptions, open_loop, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions(LoopOptions):
    """What every analysis takes."""

    classifier: str = ""
    until: datetime | None = None
    engine: str = ""
    """A URL as ibis takes it. Empty: gate.yaml's, else the loop's own store."""

    @property
    def now(self) -> datetime:
        """UTC without a zone."""
        return self.until or datetime.now(UTC).replace(tzinfo=None)


@contextmanager
def open_tables(options: ReadingOptions) -> Iterator[tuple[LoopSettings, TableOf]]:
    """Raises ConfigError and NotEvaluatedError."""
    settings = read_settings(options)
    if urlsplit(settings.loop.engine).password:
        raise ConfigError(
            f"loop.engine of {options.config} holds a password",
            hint="leave it to what the driver reads (PGPASSWORD), or give the URL by GATE_LOOP_ENGINE",
        )
    url = options.engine or settings.loop.engine
    if url and options.store is None:
        with open_engine(url) as table_of:
            yield settings, table_of
    else:
        with open_loop(options, writes=False) as (_, store):
            yield settings, store.table
