"""The register of watches on a shelf: files are added and never changed. Knows no store and no statistics."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gate_action.codec.baselines import RecordError
from gate_action.codec.watch import T, decode_watch, encode_watch
from gate_action.errors import StoreError
from gate_action.model.protocols import Shelf
from gate_action.model.watch import WatchEntry, WatchEvent, WatchPin, WatchVerdict

_FOLDER = "watch"
_NAME = re.compile(r"watch/(?P<id>[0-9a-f]{16})/(?P<kind>entry|pin|event-[0-9]{8}T[0-9]{6}Z-[a-z_]+)\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One entry, what was pinned (None: the store was not asked yet), and each change of its verdict, oldest first."""

    entry: WatchEntry
    pin: WatchPin | None
    events: tuple[WatchEvent, ...]

    @property
    def verdict(self) -> WatchVerdict:
        """The last that was said."""
        return self.events[-1].verdict if self.events else WatchVerdict.UNDECIDED


@dataclass(frozen=True, slots=True)
class Register:
    """Every method raises StoreError. Whoever adds a file first wins: two jobs never overwrite each other."""

    shelf: Shelf

    def load(self) -> tuple[Registered, ...]:
        """All entries, oldest first."""
        names = [name for name in self.shelf.names(_FOLDER) if _NAME.fullmatch(name)]
        contents = dict(zip(names, self.shelf.read(names), strict=True)) if names else {}
        found = [self._read(name.split("/")[1], contents) for name in names if name.endswith("/entry.json")]
        return tuple(sorted(found, key=lambda one: (one.entry.registered_at, one.entry.watch_id)))

    def add(self, entries: Iterable[WatchEntry]) -> None:
        """One that is there already stays as it is."""
        files = {f"{_FOLDER}/{entry.watch_id}/entry.json": encode_watch(entry) for entry in entries}
        if files:
            self.shelf.add(files)

    def pin(self, watch_id: str, pin: WatchPin) -> None:
        self.shelf.add({f"{_FOLDER}/{watch_id}/pin.json": encode_watch(pin)})

    def tell(self, watch_id: str, event: WatchEvent) -> None:
        stamp = event.at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        self.shelf.add({f"{_FOLDER}/{watch_id}/event-{stamp}-{event.verdict}.json": encode_watch(event)})

    def _read(self, watch_id: str, contents: dict[str, bytes]) -> Registered:
        folder = f"{_FOLDER}/{watch_id}"
        events = sorted(name for name in contents if name.startswith(f"{folder}/event-"))
        pin = f"{folder}/pin.json"
        return Registered(
            entry=self._decode(f"{folder}/entry.json", contents, WatchEntry),
            pin=self._decode(pin, contents, WatchPin) if pin in contents else None,
            events=tuple(self._decode(name, contents, WatchEvent) for name in events),
        )

    def _decode(self, name: str, contents: dict[str, bytes], shape: type[T]) -> T:
        try:
            return decode_watch(contents[name], shape)
        except RecordError as error:
            raise StoreError(f"{self.shelf.place(name)} cannot be read: {error}", hint="delete the file") from error


def name_watch(cluster_id: str, commit: str, registered_at: datetime) -> str:
    """One fix of one cluster has one id, however often its push is told. Without a commit the day tells fixes apart."""
    text = f"{cluster_id}\0{commit or registered_at.date().isoformat()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def choose_current(registered: Iterable[Registered]) -> tuple[Registered, ...]:
    """Of each cluster (and slice) the fix that was registered last: an earlier one is no longer what runs."""
    last = {(one.entry.cluster_id, one.entry.slices): one for one in registered}
    return tuple(last.values())
