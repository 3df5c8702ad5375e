"""A person out of what lies on shelves: stored runs and evidence, the register of watches, caches."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from gate_action.clients.git.repository import GitError
from gate_action.codec.baselines import RecordError
from gate_action.codec.watch import decode_watch, encode_watch
from gate_action.config.loop.document import LoopSettings
from gate_action.config.settings import CacheSettings, Config, StoreSettings
from gate_action.errors import ConfigError, GateError
from gate_action.loop.traces_left import Marks, marks_of_record
from gate_action.model.protocols import RevisableShelf
from gate_action.model.watch import WatchEntry
from gate_action.wiring.caching import open_shelf
from gate_action.wiring.loop.watching import open_register
from gate_action.wiring.objects import build_named

_ENTRY = re.compile(r"watch/[0-9a-f]{16}/entry\.json")


@dataclass(slots=True, kw_only=True)
class Revised:
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What the shelf is called -> files that are gone, or do not name the person any more."""
    failed: dict[str, str] = field(default_factory=dict)
    """What it is called -> why it could not be looked at or written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """Of one repository."""

    repository: Path
    settings: LoopSettings
    configs: Sequence[Config]
    environ: Mapping[str, str] = field(repr=False)

    def revise(self, marks: Marks, row_ids: Collection[str]) -> Revised:
        """Stored runs first: they know the digests by which caches know rows, which ``marks`` is told."""
        revised = Revised()
        for name, find in self._find():
            try:
                shelf = find()
                if shelf is not None:
                    changed = shelf.revise(partial(_without, marks, row_ids))
                    revised.changed |= {name: changed} if changed else {}
            except (GateError, GitError, OSError) as error:
                revised.failed[name] = str(error)
        return revised

    def _find(self) -> Iterator[tuple[str, Callable[[], RevisableShelf | None]]]:
        stores = [config.baselines for config in self.configs if config.baselines is not None]
        caches = [config.cache for config in self.configs if config.cache is not None]
        for store in {repr(one): one for one in stores}.values():
            yield f"baselines ({store.name})", partial(self._open_store, store)
        yield "the register of watches", self._open_register
        for cache in {repr(one): one for one in caches}.values():
            place = cache.objects.url if cache.objects else cache.path
            yield f"the cache {place}", partial(self._open_cache, cache)

    def _open_store(self, store: StoreSettings) -> RevisableShelf | None:
        """None: what it keeps is out of reach, which is told elsewhere."""
        built = build_named("baselines", store.name, store.options, self.environ, self.repository)
        shelf = getattr(built, "shelf", None)
        return shelf if isinstance(shelf, RevisableShelf) else None

    def _open_register(self) -> RevisableShelf | None:
        try:
            shelf = open_register(None, self.settings, self.repository, self.environ).shelf
        except ConfigError:  # no remote, and so no branch of it
            return None
        return shelf if isinstance(shelf, RevisableShelf) else None

    def _open_cache(self, cache: CacheSettings) -> RevisableShelf | None:
        if cache.objects is None and not (self.repository / cache.path).is_dir():
            return None
        return open_shelf(cache, self.repository, self.environ)


def _without(marks: Marks, row_ids: Collection[str], name: str, content: bytes) -> bytes | None:
    """A watch stays without the person's rows; all else is made again, or was about them."""
    if not marks.bears(content):
        return content
    marks.add(marks_of_record(content, row_ids))
    if not _ENTRY.fullmatch(name):
        return None
    try:
        entry = decode_watch(content, WatchEntry)
    except RecordError:  # nothing that a watch could read either
        return None
    return encode_watch(replace(entry, fixtures=tuple(one for one in entry.fixtures if not marks.bears(one.encode()))))
