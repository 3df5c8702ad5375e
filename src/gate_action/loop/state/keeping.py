"""Brings the store from its home into a folder of our own, and takes it back: whole, once, and only when it changed.

A writer holds a lease. Whoever was overtaken changes nothing: pointer and lease are one, and swapped as one.
"""

import hashlib
import tempfile
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from gate_action.clients.stores.homes import Home, Seen
from gate_action.clients.stores.sealing import Seal
from gate_action.errors import StoreError
from gate_action.loop.state.pointer import Lease, Pointer, Stored, decode_pointer, encode_pointer, spell_time

_NAME = "store.duckdb"
_TRIES = 5
"""Of a swap that a busy server turns down though nobody was quicker."""
_MOST_BYTES = 64 * 2**30


class _Held(NamedTuple):
    """Pointer and moment as we left them, under a lease of ours."""

    seen: Seen
    pointer: Pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Of one home."""

    home: Home
    seal: Seal
    by: str
    """Who we are, for people."""
    lease: timedelta
    now: Callable[[], datetime]
    warn: Callable[[str], None]
    new_id: Callable[[], str] = field(default=lambda: uuid.uuid4().hex)

    @contextmanager
    def reading(self) -> Iterator[Path]:
        """The store's file, to look at: without a lease, and what is written to it is lost."""
        with tempfile.TemporaryDirectory(prefix="gate-action-loop-") as folder:
            path = Path(folder) / _NAME
            self._bring_newest(path)
            yield path

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """The store's file, to be changed. It is taken home when the block ends well and it did change; else the home
        keeps what it had. Raises StoreError: another holds the lease, or has taken over ours.
        """
        with self.working() as work:
            yield work.path

    @contextmanager
    def working(self) -> Iterator["Work"]:
        """As ``writing``, under one lease, with a way to take home what is done so far."""
        work: Work | None = None
        held = self._take()
        try:
            with tempfile.TemporaryDirectory(prefix="gate-action-loop-") as folder:
                path = Path(folder) / _NAME
                self._bring(held.pointer, path)
                work = Work(path=path, digest=_digest(path), held=held, store=self._store)
                yield work
                work.take_home(is_last=True)
        finally:
            self._give_back(held if work is None else work.held)

    def _take(self) -> _Held:
        for _ in range(_TRIES):
            seen = self.home.look()
            pointer, now = decode_pointer(seen.content, self.home.place), self.now()
            if pointer.lease and pointer.lease.until > now:
                raise StoreError(
                    f"{self.home.place} is being written by {pointer.lease.by}, until "
                    f"{spell_time(pointer.lease.until)} at the latest",
                    hint="one job at a time writes the loop's store: give the workflow a concurrency group",
                )
            mine = Lease(id=self.new_id(), by=self.by, until=now + self.lease)
            leased = Pointer(stored=pointer.stored, lease=mine)
            held = self._swap(_Held(seen, pointer), leased, {}, _objects(pointer))
            if held:
                if pointer.lease:
                    self.warn(
                        f"the lease of {pointer.lease.by} on {self.home.place} ran out at "
                        f"{spell_time(pointer.lease.until)}: taken over. What it had not stored is lost"
                    )
                return held
        raise StoreError(f"{self.home.place} cannot be leased: others were always quicker", hint="try again later")

    def _bring_newest(self, to: Path) -> None:
        """Without a lease: a writer may replace the object while it is being brought."""
        for _ in range(_TRIES):
            seen = self.home.look()
            try:
                return self._bring(decode_pointer(seen.content, self.home.place), to)
            except StoreError:
                if self.home.look() == seen:
                    raise
        raise StoreError(f"{self.home.place} changes faster than it can be read", hint="try again later")

    def _bring(self, pointer: Pointer, to: Path) -> None:
        if pointer.stored is None:
            return
        sealed = to.with_suffix(".sealed")
        self.home.fetch(pointer.stored.object, sealed)
        if _digest(sealed) != pointer.stored.sha256:
            raise StoreError(f"{pointer.stored.object} of {self.home.place} is not what its pointer says")
        self.seal.open(sealed, to, most_bytes=min(pointer.stored.bytes, _MOST_BYTES))
        sealed.unlink()

    def _store(self, held: _Held, path: Path, *, is_last: bool) -> _Held:
        """``is_last``: the lease is given back with it. Raises StoreError: another has taken over."""
        sealed = path.with_suffix(".sealed")
        self.seal.close(path, sealed)
        name = f"states/{self.new_id()}"
        lease = None if is_last else held.pointer.lease
        stored = Stored(object=name, sha256=_digest(sealed), bytes=path.stat().st_size, at=self.now(), by=self.by)
        after = self._swap(held, Pointer(stored=stored, lease=lease), {name: sealed}, ())
        if after is None:
            now = decode_pointer(self.home.look().content, self.home.place)
            other = now.lease.by if now.lease else now.stored.by if now.stored else "another"
            raise StoreError(
                f"{self.home.place} was taken over by {other} after our lease had run out: "
                "nothing of this run was stored",
                hint="state.lease_minutes is how long a run may take",
            )
        return after

    def _give_back(self, held: _Held) -> None:
        """The lease, where it still is ours. That this fails must not hide why the run ended."""
        if held.pointer.lease is None:
            return
        try:
            self._swap(held, Pointer(stored=held.pointer.stored), {}, _objects(held.pointer))
        except StoreError as error:
            until = spell_time(held.pointer.lease.until)
            self.warn(f"the lease on {self.home.place} could not be given back, and holds until {until}: {error}")

    def _swap(self, held: _Held, pointer: Pointer, new: Mapping[str, Path], kept: Collection[str]) -> _Held | None:
        """None: another was quicker. A server that was merely busy is asked again, and one whose answer was lost on its
        way is looked at.
        """
        content = encode_pointer(pointer)
        for _ in range(_TRIES):
            swapped = self.home.swap(held.seen, content, new, kept) or self.home.look()
            if swapped.content == content:
                return _Held(swapped, pointer)
            if swapped != held.seen:
                return None
        return None


@dataclass(slots=True, kw_only=True)
class Work:
    """A store that was brought, and is being changed."""

    path: Path
    digest: str
    """Of the file as the home has it."""
    held: _Held
    store: Callable[..., _Held]

    def take_home(self, *, is_last: bool = False) -> None:
        """If it has changed. Nobody may have it open. Raises StoreError: another has taken over."""
        now = _digest(self.path)
        if now != self.digest:
            self.held, self.digest = self.store(self.held, self.path, is_last=is_last), now


def _objects(pointer: Pointer) -> tuple[str, ...]:
    return (pointer.stored.object,) if pointer.stored else ()


def _digest(path: Path) -> str:
    """Of a file; empty: it is not there."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
