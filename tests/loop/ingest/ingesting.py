"""Reads files into a store as the command does, and asks what is there."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gate_action.codec.user_keys import UserKeys
from gate_action.config.loop.ingest import FilesSource, IngestShape
from gate_action.errors import NotEvaluatedError
from gate_action.loop.ingest.assembling import assemble
from gate_action.loop.ingest.files import FilesReader
from gate_action.loop.ingest.passing import Ingested, ingest
from gate_action.loop.ingest.seam import Batch
from gate_action.loop.store import Store
from gate_action.loop.tables import TABLES
from gate_action.model.loop import Fault, Feedback, Turn
from gate_action.wiring.loop.ingest import understand

if TYPE_CHECKING:
    from gate_action.loop.ingest.seam import Part

NOW = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001  # the tables' times are UTC, without a zone
SECRET = "a secret of the tests, long enough"


def reader(folder: Path, source: FilesSource, shape: IngestShape | None = None, secret: str = SECRET) -> FilesReader:
    return FilesReader(
        source="files",
        settings=source,
        repository=folder,
        understanding=understand(shape or IngestShape(), UserKeys(secret)),
        now=NOW,
    )


@dataclass
class Pile:
    """What files hold, without a store: a store takes a second to make."""

    folder: Path
    feedback: list[Feedback] = field(default_factory=list)
    found: list[Fault] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)
    slices: list[tuple[str, str]] = field(default_factory=list)
    failure: NotEvaluatedError | None = None
    """What the reader said of the source as a whole."""

    def write(self, name: str, content: bytes) -> Path:
        return write(self.folder, name, content)

    def read(self, content: bytes, name: str = "any", shape: IngestShape | None = None) -> list[dict[str, Any]]:
        """The turns, once one file of this content is read."""
        self.write(name, content)
        return self.read_all(FilesSource(path=name), shape)

    def read_all(self, source: FilesSource | None = None, shape: IngestShape | None = None) -> list[dict[str, Any]]:
        traces: dict[str, dict[str, Part]] = {}
        turns: list[Turn] = []
        for batch in self._batches(reader(self.folder, source or FilesSource(path="."), shape)):
            for part in batch.parts:
                traces.setdefault(part.trace_id, {})[part.span_id] = part
            turns += batch.turns
            self.feedback += batch.feedback
            self.found += batch.faults
            self.cursors.update(batch.cursors)
        turns += [one.turn for trace in traces.values() for one in assemble(trace.values())]
        self.slices = [one for turn in turns for one in turn.slices]
        return [asdict(turn) for turn in sorted(turns, key=lambda turn: turn.at)]

    def _batches(self, files: FilesReader) -> Iterator[Batch]:
        try:
            yield from files.read(dict(self.cursors))
        except NotEvaluatedError as failure:
            self.failure = failure

    def faults(self) -> list[tuple[str, str]]:
        return [(fault.place, str(fault.kind)) for fault in self.found]


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@dataclass
class Desk:
    """A folder with files in it, and a store beside it."""

    folder: Path
    store: Store
    now: datetime = NOW

    def write(self, name: str, content: bytes) -> Path:
        return write(self.folder, name, content)

    def ingest(
        self,
        path: str = ".",
        *,
        shape: IngestShape | None = None,
        source: FilesSource | None = None,
        secret: str = SECRET,
    ) -> Ingested:
        opened = replace(reader(self.folder, source or FilesSource(path=path), shape, secret), now=self.now)
        found = ingest(self.store, [opened], now=self.now, shape=shape or IngestShape())
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
