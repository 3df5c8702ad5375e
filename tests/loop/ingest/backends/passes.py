"""Passes over one source into a store of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gate_action.codec.user_keys import UserKeys
from gate_action.config.loop.backends import Backend
from gate_action.config.loop.ingest import IngestShape
from gate_action.loop.ingest.passing import SourceTally, ingest
from gate_action.loop.ingest.polarity import DEFAULTS, Polarity
from gate_action.loop.ingest.understanding import Understanding
from gate_action.loop.store import Store, open_store
from gate_action.model.loop import AuthorKind
from gate_action.wiring.loop.backends import open_backend

NOW = datetime(2026, 11, 25, 12, 0)  # noqa: DTZ001  # the tables' times are UTC, without a zone


@dataclass
class Loop:
    store: Store

    def read(self, settings: Backend, now: datetime = NOW) -> SourceTally:
        """One pass. Raises what made the source fail."""
        humans = AuthorKind(settings.humans)
        understanding = Understanding(users=UserKeys("k" * 20), polarity=Polarity(DEFAULTS), humans=humans)
        reader = open_backend("prod", settings, understanding, now)
        (tally,) = ingest(self.store, [reader], now=now, shape=IngestShape()).sources
        if tally.failure:
            raise tally.failure
        return tally

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Of a table, in the order of time, without what rules of ours make of it."""
        found: list[dict[str, Any]] = self.store.table(name).to_pyarrow().to_pylist()
        found = [row for row in found if row.get("kind") != "implicit"]
        return sorted(found, key=lambda row: (row.get("at") or NOW, str(row)))

    def told(self, name: str = "feedback") -> list[dict[str, Any]]:
        """Rows without what says nothing, and without what is derived from what users did."""
        rows = (row for row in self.rows(name) if row.get("kind") != "implicit")
        return [{key: value for key, value in row.items() if value not in ("", None)} for row in rows]


@contextmanager
def open_passes(folder: Path) -> Iterator[Loop]:
    with open_store(folder / "store.duckdb") as store:
        yield Loop(store)
