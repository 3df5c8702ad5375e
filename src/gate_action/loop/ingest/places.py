"""Where files lie: a file, folder or glob on disk, or objects of a bucket. Knows stamps, and nothing of contents."""

import glob
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gate_action.clients.files import SKIPPED_FOLDERS
from gate_action.clients.stores.objects import Place, advise, explain, open_place
from gate_action.errors import ConfigError, StoreError
from gate_action.loop.ingest.unpacking import Bytes


class Found(Protocol):
    """A file, not yet opened."""

    @property
    def name(self) -> str:
        """As cursors and faults call it."""

    @property
    def size(self) -> int: ...

    @property
    def stamp(self) -> str:
        """Changes when the content does."""

    def open(self, offset: int) -> AbstractContextManager[Bytes]:
        """From ``offset`` on. Raises OSError, StoreError."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    name: str
    path: Path
    size: int
    stamp: str

    @contextmanager
    def open(self, offset: int) -> Iterator[Bytes]:
        with self.path.open("rb", buffering=0) as stream:
            stream.seek(offset)
            yield stream


def find_local(pattern: str, repository: Path) -> Iterator[LocalFile]:
    """Sorted by name, hidden files and folders left out. A folder may be empty. Raises ConfigError: none is there."""
    top = Path(repository, pattern)
    if top.is_dir():
        paths = _walk(top)
    elif top.is_file():
        paths = [top]
    else:
        matched = glob.glob(str(top), recursive=True)  # noqa: PTH207  # Path's own takes no absolute pattern
        paths = [Path(one) for one in matched if Path(one).is_file()]
    if not paths and not top.is_dir():
        raise ConfigError(f"there is no file at {pattern}", hint="name a file, a folder or a glob in quotes")
    for path in sorted(paths):
        about = path.stat()
        name = os.path.relpath(path, repository)
        yield LocalFile(
            path.absolute().as_posix() if name.startswith("..") else Path(name).as_posix(),
            path,
            about.st_size,
            f"{about.st_mtime_ns}:{about.st_ino}",
        )


def _walk(top: Path) -> list[Path]:
    found: list[Path] = []
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS and not name.startswith(".")]
        found += [Path(folder, name) for name in files if not name.startswith(".")]
    return [path for path in found if path.is_file()]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An object of a bucket."""

    name: str
    key: str
    size: int
    stamp: str
    store: Any
    place: Place

    @contextmanager
    def open(self, offset: int) -> Iterator[Bytes]:
        import obstore
        from obstore.exceptions import BaseError

        try:
            yield _Opened(obstore.open_reader(self.store, self.key), offset)
        except (BaseError, OSError) as error:
            raise StoreError(f"{self.name} cannot be read: {explain(error, self.place)}", hint=advise(error)) from error


class _Opened:
    def __init__(self, reader: Any, offset: int) -> None:
        self._reader = reader
        reader.seek(offset)

    def read(self, size: int, /) -> bytes:
        return bytes(self._reader.read(size))


def find_stored(place: Place) -> Iterator[StoredFile]:
    """The objects below the prefix, in the order of their keys: with partitions by time, in the order of time."""
    import obstore
    from obstore.exceptions import BaseError

    try:
        store, prefix = open_place(place)
        listed = [meta for chunk in obstore.list(store, prefix=prefix or None) for meta in chunk]
        if not listed and prefix:
            listed = [obstore.head(store, prefix)]
    except (BaseError, OSError) as error:
        raise StoreError(f"{place.url} cannot be listed: {explain(error, place)}", hint=advise(error)) from error
    bucket = place.url.split("://", 1)[1].split("/", 1)[0]
    for meta in sorted(listed, key=lambda one: one["path"]):
        if meta["size"]:
            stamp = f"{meta.get('e_tag') or ''}:{meta['last_modified'].isoformat()}"
            yield StoredFile(f"s3://{bucket}/{meta['path']}", meta["path"], meta["size"], stamp, store, place)
