"""A shelf on a branch of a remote repository, through git alone: no checkout, no index, and none of the user's clone.

A write is one commit on the newest tip, pushed on the condition that the tip is still that one; else it is made anew on
the new tip. Squashing is such a push too, so that no write is ever lost. Knows nothing of what the files hold.
"""

import random
import re
import time
import uuid
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from gate_action.clients.git.own_copy import OwnCopy, as_lines
from gate_action.clients.git.remote import Remote
from gate_action.clients.git.repository import Git, GitError
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import Revise

_TRIES = 60
_TRAILER = re.compile(rb"^Since-squash: (\d+) files, (\d+) bytes$", re.MULTILINE)
_START = 200
"""Bytes of a file's start."""
_FEW = 64
"""Files that are unpacked at once, to look at their starts."""


class Kept(NamedTuple):
    """A file as squashing sees it."""

    name: str
    stored_bytes: int
    """As git holds it, compressed."""
    start: bytes
    """Its first bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Squash:
    """When all commits become one, and what that one holds."""

    after_files: int
    after_bytes: int
    """Compressed, since the last squash."""
    keep: Callable[[Sequence[Kept]], frozenset[str]]
    """Names of the files that stay."""


@dataclass(kw_only=True, slots=True)
class GitShelf:
    """What it read once it reads again from its own copy; ``refresh`` looks for what others have added."""

    remote: Remote
    squash: Squash
    pause: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    _copy: OwnCopy = field(init=False)
    _tip: str = ""
    """The commit that was seen last; empty: there is none."""
    _has_looked: bool = False
    _objects: Mapping[str, str] = field(default_factory=dict)
    """Name -> object id, of the tip."""
    _absent: set[str] = field(default_factory=set)
    """Ids of those that the server left out."""

    def __post_init__(self) -> None:
        self._copy = OwnCopy(remote=self.remote)

    def place(self, name: str) -> str:
        return f"{self.remote.branch}:{name}"

    def names(self, folder: str) -> tuple[str, ...]:
        self._look()
        return tuple(name for name in self._objects if name.startswith(f"{folder}/"))

    def read(self, names: Sequence[str]) -> tuple[bytes, ...]:
        self.bring(names)
        lost = next((name for name in names if name not in self._objects), None)
        if lost is not None:
            raise StoreError(f"{self.place(lost)} is not there")
        try:
            return tuple(self._copy.open().run("cat-file", "blob", self._objects[name]) for name in names)
        except GitError as error:
            raise StoreError(f"{self.place(names[0])} cannot be read: {error}") from error

    def bring(self, names: Iterable[str]) -> None:
        """Fetches the contents that are not here yet, all in one go."""
        self._look()
        wanted = {self._objects[name] for name in names if name in self._objects} & self._absent
        self._copy.fetch_contents(wanted)
        self._absent -= wanted

    def refresh(self) -> None:
        """Looks at the remote again."""
        copy = self._copy
        tip = copy.list_tips(self.remote.ref).get(self.remote.ref, "")
        if tip and tip != self._tip:
            tip = self._fetch()
        if tip != self._tip:
            self._objects = copy.list_files(tip) if tip else {}
            self._absent = _list_absent(copy.open(), tip) if tip else set()
        self._tip, self._has_looked = tip, True

    def add(self, files: Mapping[str, bytes]) -> None:
        """Raises StoreError: unreachable, refused, or other writers were always quicker."""
        for tried in range(_TRIES):
            self.refresh()
            new = {name: content for name, content in files.items() if name not in self._objects}
            if not new or self._copy.push(self._commit(new), self._tip):
                self._has_looked = False
                return
            self.pause(min(0.05 * 2 ** min(tried, 6), 3.0) * (0.5 + self.jitter()))
        raise StoreError(f"the branch {self.remote.branch} moved on {_TRIES} times while a file was being added")

    def revise(self, change: Revise) -> tuple[str, ...]:
        """The branch becomes one commit without a parent: its earlier commits hold what was taken out."""
        for _ in range(_TRIES):
            self.refresh()
            names = tuple(self._objects)
            before = dict(zip(names, self.read(names), strict=True)) if names else {}
            after = {name: change(name, content) for name, content in before.items()}
            changed = tuple(name for name in names if after[name] != before[name])
            new = {name: content for name in changed if (content := after[name]) is not None}
            if not changed or self.swap(new, [name for name in names if name not in changed], self.tip):
                return changed
        raise StoreError(f"the branch {self.remote.branch} moved on {_TRIES} times while a person was taken out")

    @property
    def tip(self) -> str:
        """The commit that was seen last; empty: there is none."""
        return self._tip

    def swap(self, files: Mapping[str, bytes], kept: Collection[str], tip: str) -> str:
        """One commit without a parent in the stead of ``tip``: ``files``, and those of the tip's that are ``kept``.

        Returns the new tip; empty: the tip is another one by now. Raises StoreError.
        """
        self._look()
        if self._tip != tip:
            return ""
        self.bring(kept)
        known = {name: self._objects[name] for name in kept}
        # Its own name: of two equal commits of one second, a lease could not tell one from the other.
        words = f"Replace what is kept\n\nSwap: {uuid.uuid4().hex}\n"
        commit = self._copy.commit(words, parent=None, files=files, known=known)
        if not self._copy.push(commit, self._tip):
            return ""
        self._tip, self._objects, self._absent = commit, self._copy.list_files(commit), set()
        return commit

    def _look(self) -> None:
        if not self._has_looked:
            self.refresh()

    def _fetch(self) -> str:
        """The newest commit alone, with its folders and no contents where the server can leave them out."""
        try:
            self._copy.fetch([f"+{self.remote.ref}:refs/gate/tip"], depth=1)
            return self._copy.resolve("refs/gate/tip")
        except GitError as error:
            raise self.remote.unreadable(error) from error

    def _commit(self, files: Mapping[str, bytes]) -> str:
        try:
            count, size = self._since_squash()
            count, size = count + len(files), size + sum(len(zlib.compress(content)) for content in files.values())
            is_due = count > self.squash.after_files or size > self.squash.after_bytes
            kept = self.squash.keep(self._weigh()) if self._tip and is_due else None
        except GitError as error:
            raise StoreError(f"a commit for {self.remote.branch} cannot be made: {error.message}") from error
        if kept is None:
            known, parent, words = dict[str, str](), self._tip or None, f"Add {min(files)}"
        else:
            known, parent, words = {name: self._objects[name] for name in kept}, None, "Squash what is kept"
            count, size = 0, 0
        message = f"{words}\n\nSince-squash: {count} files, {size} bytes\n"
        return self._copy.commit(message, parent=parent, files=files, known=known)

    def _since_squash(self) -> tuple[int, int]:
        """Files and bytes, as the tip's own message says."""
        if not self._tip:
            return 0, 0
        found = _TRAILER.search(self._copy.open().run("cat-file", "commit", self._tip))
        return (int(found[1]), int(found[2])) if found else (self.squash.after_files, 0)

    def _weigh(self) -> list[Kept]:
        self.bring(self._objects)
        git, oids = self._copy.open(), list(self._objects.values())
        sizes = git.run("cat-file", "--batch-check=%(objectsize:disk)", given=as_lines(oids)).split()
        starts = [start for few in range(0, len(oids), _FEW) for start in _starts(git, oids[few : few + _FEW])]
        return [Kept(*one) for one in zip(self._objects, map(int, sizes), starts, strict=True)]


def _list_absent(git: Git, tip: str) -> set[str]:
    """Asks for nothing: what the server left out is told with a question mark."""
    listing = git.run("rev-list", "--objects", "--no-walk", "--missing=print", tip).decode()
    return {line[1:] for line in listing.splitlines() if line.startswith("?")}


def _starts(git: Git, oids: Sequence[str]) -> Iterator[bytes]:
    told, at = git.run("cat-file", "--batch", given=as_lines(oids)), 0
    for _ in oids:
        header, _, _ = told[at : at + 200].partition(b"\n")
        at += len(header) + 1
        size = int(header.split()[2])
        yield told[at : at + min(size, _START)]
        at += size + 1
