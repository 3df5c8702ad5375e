"""A shelf in an object store, or in a folder by the same client. Knows nothing of what the objects hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, NamedTuple

from gate_action.clients.extras import check_extra
from gate_action.clients.stores.objects import Place, advise, explain, open_place
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import Revise

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_LARGEST = 256 * 1024 * 1024


class _Entry(NamedTuple):
    name: str
    written: float
    """Seconds since the epoch."""
    size: int


@dataclass(slots=True)
class ObjectShelf:
    """What a folder holds is asked once; what this shelf adds itself it knows of."""

    where: Place
    _opened: "tuple[ObjectStore, str] | None" = None
    _folders: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def place(self, name: str) -> str:
        return f"{self.where.url.rstrip('/')}/{name}"

    def names(self, folder: str) -> tuple[str, ...]:
        if folder not in self._folders:
            self._folders[folder] = self._list(folder)
        return self._folders[folder]

    def read(self, names: Sequence[str]) -> tuple[bytes, ...]:
        return tuple(self._read(name) for name in names)

    def add(self, files: Mapping[str, bytes]) -> None:
        import obstore

        store, prefix = self._open()
        for name, content in files.items():
            try:
                if not self._is_there(name):
                    obstore.put(store, prefix + name, content)
            except _errors() as error:
                raise self._refused(error, f"{self.place(name)} cannot be written") from error
        self._folders.clear()

    def shed(self, most_bytes: int) -> None:
        """Removes the objects that were written first until the rest is no larger. Raises StoreError."""
        import obstore

        store, prefix = self._open()
        try:
            found = sorted(self._listed(""), key=lambda one: (one.written, one.name))
            total = sum(one.size for one in found)
            for one in found:
                if total <= most_bytes:
                    break
                obstore.delete(store, prefix + one.name)
                total -= one.size
        except _errors() as error:
            raise self._refused(error, f"{self.where.url} cannot be thinned out") from error
        self._folders.clear()

    def revise(self, change: Revise) -> tuple[str, ...]:
        """A bucket that keeps versions keeps the earlier ones."""
        import obstore

        from gate_action.clients.stores.revising import find_changes  # as in the folder's

        store, prefix = self._open()
        changed = find_changes(self._list(""), self._read, change)
        for name, after in changed.items():
            try:
                if after is None:
                    obstore.delete(store, prefix + name)
                else:
                    obstore.put(store, prefix + name, after)
            except _errors() as error:
                raise self._refused(error, f"{self.place(name)} cannot be changed") from error
        self._folders.clear()
        return tuple(changed)

    def _list(self, folder: str) -> tuple[str, ...]:
        try:
            return tuple(sorted(one.name for one in self._listed(folder)))
        except _errors() as error:
            raise self._refused(error, f"{self.place(folder)} cannot be listed") from error

    def _listed(self, folder: str) -> Iterator[_Entry]:
        import obstore

        store, prefix = self._open()
        below = f"{prefix}{folder}/" if folder else prefix
        for chunk in obstore.list(store, prefix=below.rstrip("/") or None):
            for meta in chunk:
                if meta["path"].startswith(below):  # a store may list what merely starts alike
                    name = meta["path"].removeprefix(prefix)
                    yield _Entry(name, meta["last_modified"].timestamp(), meta["size"])

    def _read(self, name: str) -> bytes:
        import obstore

        store, prefix = self._open()
        try:
            answer = obstore.get(store, prefix + name)
            if answer.meta["size"] > _LARGEST:
                raise StoreError(f"{self.place(name)} is larger than the {_LARGEST:,} bytes that are read")
            return bytes(answer.bytes())
        except _errors() as error:
            raise self._refused(error, f"{self.place(name)} cannot be read") from error

    def _is_there(self, name: str) -> bool:
        import obstore

        store, prefix = self._open()
        try:
            obstore.head(store, prefix + name)
        except FileNotFoundError:
            return False
        return True

    def _open(self) -> "tuple[ObjectStore, str]":
        """The store, and what every key begins with."""
        if self._opened is None:
            check_extra("stores", f"keeping runs in {self.where.url}")
            try:
                store, prefix = open_place(self.where, is_made=True)
            except _errors() as error:
                raise self._refused(error, f"{self.where.url} cannot be opened") from error
            self._opened = (store, f"{prefix}/" if prefix else "")
        return self._opened

    def _refused(self, error: Exception, what: str) -> StoreError:
        return StoreError(f"{what}: {explain(error, self.where)}", hint=advise(error))


def _errors() -> tuple[type[Exception], ...]:
    from obstore.exceptions import BaseError

    return (BaseError, OSError)
