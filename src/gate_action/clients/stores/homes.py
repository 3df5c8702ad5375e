"""A home of one file that jobs hand on to each other: a small pointer, swapped only against the one that was seen.

A home knows nothing of what pointer and objects hold. Here: in a bucket. On a branch: git_home.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from gate_action.clients.extras import check_extra
from gate_action.clients.stores.objects import Place, advise, explain, open_place
from gate_action.clients.stores.sealing import whole_file
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass

if TYPE_CHECKING:
    from obstore import UpdateVersion
    from obstore.store import ObjectStore

POINTER = "pointer.json"
_PROBE = "probe"
_LARGEST_POINTER = 100_000


class Seen(NamedTuple):
    """The pointer as it was at one moment."""

    content: bytes
    """Empty: there is none yet."""
    version: str
    """What the home itself knows that moment by."""


class Home(Protocol):
    """Every method raises StoreError where the home cannot be reached, read or written."""

    @property
    def place(self) -> str:
        """For people."""
        ...

    def look(self) -> Seen: ...

    def fetch(self, name: str, to: Path) -> None:
        """The object ``name``, into the file ``to``, whole or not at all."""

    def swap(self, seen: Seen, pointer: bytes, new: Mapping[str, Path], kept: Collection[str]) -> Seen | None:
        """The pointer, with the objects ``new`` beside it and the earlier ones that are ``kept``; None: it is not any
        more the one that was ``seen``, and nothing has changed.
        """
        ...


@dataclass(slots=True)
class BucketHome:
    """The objects come first, then the pointer on the condition that it is the one that was seen, and then whatever
    else lies there goes.
    """

    where: Place
    _opened: "tuple[ObjectStore, str] | None" = None
    _is_proven: bool = False

    @property
    def place(self) -> str:
        return self.where.url

    def look(self) -> Seen:
        import obstore

        store, prefix = self._open()
        try:
            answer = obstore.get(store, prefix + POINTER)
            content = bytes(answer.bytes()) if answer.meta["size"] <= _LARGEST_POINTER else b""
        except FileNotFoundError:
            return Seen(b"", "")
        except _errors() as error:
            raise self._refused(error, "read") from error
        if not content or not answer.meta["e_tag"]:
            raise StoreError(f"{self.place}/{POINTER} is nothing that this has written")
        return Seen(content, answer.meta["e_tag"])

    def fetch(self, name: str, to: Path) -> None:
        import obstore

        store, prefix = self._open()
        try:
            with whole_file(to) as file:
                for chunk in obstore.get(store, prefix + name):
                    file.write(chunk)
        except _errors() as error:
            raise self._refused(error, "read") from error

    def swap(self, seen: Seen, pointer: bytes, new: Mapping[str, Path], kept: Collection[str]) -> Seen | None:
        import obstore

        store, prefix = self._open()
        self._prove()
        try:
            for name, path in new.items():
                obstore.put(store, prefix + name, path)
            put = obstore.put(
                store, prefix + POINTER, pointer, mode={"e_tag": seen.version} if seen.version else "create"
            )
        except _overtaken():
            return None
        except _errors() as error:
            raise self._refused(error, "written") from error
        self._clear({*new, *kept, POINTER})
        return Seen(pointer, put["e_tag"] or "")

    def _prove(self) -> None:
        """Some services that speak S3 take a conditional write for a plain one: two writers would lose each other's."""
        import obstore

        if self._is_proven:
            return
        store, prefix = self._open()
        try:
            obstore.put(store, prefix + _PROBE, b"")
            conditions: tuple[Literal["create"] | UpdateVersion, ...] = ("create", {"e_tag": '"not this one"'})
            for condition in conditions:
                try:
                    obstore.put(store, prefix + _PROBE, b"", mode=condition)
                except _overtaken():
                    continue
                raise StoreError(
                    f"{self.place} does not heed the conditions of a write",
                    hint="the loop's store needs a bucket with conditional writes (If-Match, If-None-Match)",
                )
        except _errors() as error:
            raise self._refused(error, "written") from error
        self._is_proven = True

    def _clear(self, kept: Collection[str]) -> None:
        """Of what others left. It is nobody's, so that it can go is no condition."""
        import obstore

        store, prefix = self._open()
        try:
            names = [meta["path"] for chunk in obstore.list(store, prefix=prefix.rstrip("/") or None) for meta in chunk]
            left = [name for name in names if name.startswith(f"{prefix}states/") and name[len(prefix) :] not in kept]
            if left:
                obstore.delete(store, left)
        except _errors():
            return

    def _open(self) -> "tuple[ObjectStore, str]":
        if self._opened is None:
            check_extra("stores", f"keeping the loop's store in {self.where.url}")
            try:
                store, prefix = open_place(self.where)
            except _errors() as error:
                raise self._refused(error, "opened") from error
            self._opened = (store, f"{prefix}/" if prefix else "")
        return self._opened

    def _refused(self, error: Exception, done: str) -> StoreError:
        return StoreError(f"{self.place} cannot be {done}: {explain(error, self.where)}", hint=advise(error))


def _errors() -> tuple[type[Exception], ...]:
    from obstore.exceptions import BaseError

    return (BaseError, OSError)


def _overtaken() -> tuple[type[Exception], ...]:
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    return (AlreadyExistsError, PreconditionError)
