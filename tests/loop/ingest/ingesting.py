"""Reads files into a store as the command does, and asks what is there."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gate_action.codec.user_keys import UserKeys
from gate_action.config.loop.ingest import FilesSource, IngestShape
from gate_action.loop.ingest.files import FilesReader
from gate_action.loop.ingest.passing import Ingested, ingest
from gate_action.loop.store import Store
from gate_action.loop.tables import TABLES
from gate_action.wiring.loop.ingest import understand

NOW = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001  # the tables' times are UTC, without a zone
SECRET = "a secret of the tests, long enough"


@dataclass
class Desk:
    """A folder with files in it, and a store beside it."""

    folder: Path
    store: Store
    now: datetime = NOW

    def write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def ingest(
        self,
        path: str = ".",
        *,
        shape: IngestShape | None = None,
        source: FilesSource | None = None,
        secret: str = SECRET,
    ) -> Ingested:
        reader = FilesReader(
            source="files",
            settings=source or FilesSource(path=path),
            repository=self.folder,
            understanding=understand(shape or IngestShape(), UserKeys(secret)),
            now=self.now,
        )
        found = ingest(self.store, [reader], now=self.now, kept_hours=48)
        for tally in found.sources:
            if tally.failure:
                raise tally.failure
        return found

    def read(self, content: bytes, name: str = "any", **options: Any) -> list[dict[str, Any]]:
        """The turns, once one file of this content is read."""
        self.write(name, content)
        self.ingest(**options)
        return self.rows("turn")

    def rows(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.store.table(name).order_by(list(TABLES[name].key)).to_pyarrow().to_pylist()
        return sorted(found, key=lambda row: row["at"]) if name in {"turn", "feedback"} else found

    def faults(self) -> list[tuple[str, str]]:
        return [(row["place"], row["kind"]) for row in self.rows("fault")]
