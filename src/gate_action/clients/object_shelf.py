"""A shelf below a prefix of a bucket. Knows nothing of what its files hold."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gate_action.clients.extras import check_extra
from gate_action.clients.objects import Place, explain, open_place
from gate_action.errors import StoreError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_LARGEST = 256 * 1024 * 1024
"""Bytes of one file. More is no record of ours."""


@dataclass(frozen=True, slots=True)
class ObjectShelf:
    """``s3://bucket/prefix``. Objects are added, and never changed."""

    where: Place

    def place(self, name: str) -> str:
        return f"{self.where.url.rstrip('/')}/{name}"

    def names(self, folder: str) -> tuple[str, ...]:
        with self._opened() as (store, prefix):
            return tuple(sorted(name for name, _, _ in _listed(store, prefix, folder)))

    def read(self, names: Sequence[str]) -> tuple[bytes, ...]:
        import obstore

        contents = []
        with self._opened() as (store, prefix):
            for name in names:
                found = obstore.get(store, prefix + name)
                if found.meta["size"] > _LARGEST:
                    raise StoreError(f"{self.place(name)} is larger than the {_LARGEST:,} bytes that are read")
                contents.append(bytes(found.bytes()))
        return tuple(contents)

    def add(self, files: Mapping[str, bytes]) -> None:
        import obstore

        with self._opened() as (store, prefix):
            for name, content in files.items():
                obstore.put(store, prefix + name, content)

    def shed(self, most_bytes: int) -> None:
        """Removes the objects that were written first until the rest is no larger. Raises StoreError."""
        import obstore

        with self._opened() as (store, prefix):
            found = sorted((written, name, size) for name, written, size in _listed(store, prefix, ""))
            total = sum(size for _, _, size in found)
            for _, name, size in found:
                if total <= most_bytes:
                    break
                obstore.delete(store, prefix + name)
                total -= size

    @contextmanager
    def _opened(self) -> "Iterator[tuple[ObjectStore, str]]":
        """The store and the prefix with its slash. What goes wrong inside is a StoreError."""
        check_extra("stores", f"keeping files at {self.where.url}")
        from obstore.exceptions import BaseError

        try:
            store, prefix = open_place(self.where)
            yield store, f"{prefix}/" if prefix else ""
        except (BaseError, OSError) as error:
            raise StoreError(f"{self.where.url} cannot be used: {explain(error, self.where)}") from error


def _listed(store: "ObjectStore", prefix: str, folder: str) -> "Iterator[tuple[str, float, int]]":
    """Name, when it was written, and bytes."""
    import obstore

    for chunk in obstore.list(store, prefix=f"{prefix}{folder}".rstrip("/") or None):
        for meta in chunk:
            yield meta["path"].removeprefix(prefix), meta["last_modified"].timestamp(), meta["size"]
