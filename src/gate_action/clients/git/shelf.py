"""A shelf on a branch of a remote repository, through git alone: no checkout, no index, and none of the user's clone.

A write is one commit on the newest tip, pushed on the condition that the tip is still that one; else it is made anew on
the new tip. Squashing is such a push too, so that no write is ever lost. Knows nothing of what the files hold.
"""

import random
import re
import shutil
import tempfile
import time
import uuid
import weakref
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from gate_action.clients.git.fast_import import spell_commit
from gate_action.clients.git.remote import Remote
from gate_action.clients.git.repository import Git, GitError
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import Revise

_TRIES = 60
_TRAILER = re.compile(rb"^Since-squash: (\d+) files, (\d+) bytes$", re.MULTILINE)
_BUSY = ("cannot lock", "failed to lock", "unable to create", "failed to update ref", "incorrect old value")
"""What git says where another push holds the branch at this moment."""
_NEXT = "refs/gate/next"
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


@dataclass(kw_only=True, weakref_slot=True, slots=True)
class GitShelf:
    """What it read once it reads again from its own copy; ``refresh`` looks for what others have added."""

    remote: Remote
    squash: Squash
    pause: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    _git: Git | None = None
    _tip: str | None = None
    _has_looked: bool = False
    _objects: Mapping[str, str] = field(default_factory=dict)
    """Name -> object id, of the tip."""
    _absent: set[str] = field(default_factory=set)
    """Ids of those that the server left out."""

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
            return tuple(self._open().run("cat-file", "blob", self._objects[name]) for name in names)
        except GitError as error:
            raise StoreError(f"{self.place(names[0])} cannot be read: {error}") from error

    def bring(self, names: Iterable[str]) -> None:
        """Fetches the contents that are not here yet, all in one go."""
        self._look()
        wanted = {self._objects[name] for name in names if name in self._objects} & self._absent
        if not wanted:
            return
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none", "--stdin")
        try:
            self._open().run("fetch", *options, "origin", given=_lines(sorted(wanted)))
        except GitError as error:
            raise self._unreachable(error) from error
        self._absent -= wanted

    def refresh(self) -> None:
        """Looks at the remote again."""
        git, tip = self._open(), self._ask_tip()
        try:
            if tip is not None and tip != self._tip:
                tip = self._fetch(git)
        except GitError as error:
            raise self._unreachable(error) from error
        if tip != self._tip:
            self._objects = _list_files(git, tip) if tip else {}
            self._absent = _list_absent(git, tip) if tip else set()
        self._tip, self._has_looked = tip, True

    def add(self, files: Mapping[str, bytes]) -> None:
        """Raises StoreError: unreachable, refused, or other writers were always quicker."""
        for tried in range(_TRIES):
            self.refresh()
            new = {name: content for name, content in files.items() if name not in self._objects}
            if not new or self._push(self._commit(new)):
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
        return self._tip or ""

    def swap(self, files: Mapping[str, bytes], kept: Collection[str], tip: str) -> str:
        """One commit without a parent in the stead of ``tip``: ``files``, and those of the tip's that are ``kept``.

        Returns the new tip; empty: the tip is another one by now. Raises StoreError.
        """
        self._look()
        if self.tip != tip:
            return ""
        self.bring(kept)
        git = self._open()
        known = {name: self._objects[name] for name in kept}
        try:
            # Its own name: of two equal commits of one second, a lease could not tell one from the other.
            words = f"Replace what is kept\n\nSwap: {uuid.uuid4().hex}\n"
            given = spell_commit(words, ref=_NEXT, parent=None, files=files, known=known)
            git.run("fast-import", "--quiet", "--force", "--date-format=now", given=given)
            commit = git.run("rev-parse", _NEXT).decode().strip()
        except GitError as error:
            raise StoreError(f"a commit for {self.remote.branch} cannot be made: {error.message}") from error
        if not self._push(commit):
            return ""
        self._tip, self._objects, self._absent = commit, _list_files(git, commit), set()
        return commit

    def _ask_tip(self) -> str | None:
        """None: there is no such branch yet."""
        git = self._open()
        try:
            return git.run("ls-remote", "origin", self.remote.ref).split(b"\t")[0].decode() or None
        except GitError as error:
            raise self._unreachable(error) from error

    def _look(self) -> None:
        if not self._has_looked:
            self.refresh()

    def _open(self) -> Git:
        """A bare repository of our own, gone when nobody holds the shelf any more."""
        if self._git is not None:
            return self._git
        folder = Path(tempfile.mkdtemp(prefix="gate-action-shelf-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        git = Git(folder, self.remote.settings())
        try:
            told = git.run("ls-remote", self.remote.url, folder=folder)
            spelling = "sha256" if len(told.split(b"\t")[0]) == len("0" * 64) else "sha1"
            git.run("init", "--quiet", "--bare", f"--object-format={spelling}")
            git.run("remote", "add", "origin", self.remote.url)
        except GitError as error:
            raise self._unreachable(error) from error
        self._git = git
        return git

    def _fetch(self, git: Git) -> str:
        """The newest commit alone, with its folders and no contents where the server can leave them out."""
        options = ("--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "--no-write-fetch-head")
        git.run("fetch", *options, "origin", f"+{self.remote.ref}:refs/gate/tip")
        return git.run("rev-parse", "refs/gate/tip").decode().strip()

    def _commit(self, files: Mapping[str, bytes]) -> str:
        git = self._open()
        try:
            count, size = self._since_squash(git)
            count, size = count + len(files), size + sum(len(zlib.compress(content)) for content in files.values())
            if self._tip and (count > self.squash.after_files or size > self.squash.after_bytes):
                kept = self.squash.keep(self._weigh(git))
                known, parent, words = {name: self._objects[name] for name in kept}, None, "Squash what is kept"
                count, size = 0, 0
            else:
                known, parent, words = {}, self._tip, f"Add {min(files)}"
            message = f"{words}\n\nSince-squash: {count} files, {size} bytes\n"
            given = spell_commit(message, ref=_NEXT, parent=parent, files=files, known=known)
            git.run("fast-import", "--quiet", "--force", "--date-format=now", given=given)
            return git.run("rev-parse", _NEXT).decode().strip()
        except GitError as error:
            raise StoreError(f"a commit for {self.remote.branch} cannot be made: {error.message}") from error

    def _since_squash(self, git: Git) -> tuple[int, int]:
        """Files and bytes, as the tip's own message says."""
        if self._tip is None:
            return 0, 0
        found = _TRAILER.search(git.run("cat-file", "commit", self._tip))
        return (int(found[1]), int(found[2])) if found else (self.squash.after_files, 0)

    def _weigh(self, git: Git) -> list[Kept]:
        self.bring(self._objects)
        oids = list(self._objects.values())
        sizes = git.run("cat-file", "--batch-check=%(objectsize:disk)", given=_lines(oids)).split()
        starts = [start for few in range(0, len(oids), _FEW) for start in _starts(git, oids[few : few + _FEW])]
        return [Kept(*one) for one in zip(self._objects, map(int, sizes), starts, strict=True)]

    def _push(self, commit: str) -> bool:
        """No: the tip is another one by now. Raises StoreError where pushing does not help."""
        lease = f"--force-with-lease={self.remote.ref}:{self._tip or ''}"
        try:
            self._open().run("push", "--no-verify", lease, "origin", f"{commit}:{self.remote.ref}")
        except GitError as error:
            if self._ask_tip() != self._tip or any(word in error.message.lower() for word in _BUSY):
                return False
            raise self.remote.unwritable(error) from error
        return True

    def _unreachable(self, error: GitError) -> StoreError:
        return StoreError(
            f"the branch {self.remote.branch} of {self.remote.url} cannot be read: {error.message}",
            hint="reading needs `permissions: contents: read` and the action's input github-token",
        )


def _list_files(git: Git, tip: str) -> dict[str, str]:
    entries = git.run("ls-tree", "-r", "-z", "--full-tree", tip).decode().split("\0")
    told = (entry.partition("\t") for entry in entries if entry)
    return {name: mode.split()[2] for mode, _, name in told}


def _list_absent(git: Git, tip: str) -> set[str]:
    """Asks for nothing: what the server left out is told with a question mark."""
    listing = git.run("rev-list", "--objects", "--no-walk", "--missing=print", tip).decode()
    return {line[1:] for line in listing.splitlines() if line.startswith("?")}


def _starts(git: Git, oids: Sequence[str]) -> Iterator[bytes]:
    told, at = git.run("cat-file", "--batch", given=_lines(oids)), 0
    for _ in oids:
        header, _, _ = told[at : at + 200].partition(b"\n")
        at += len(header) + 1
        size = int(header.split()[2])
        yield told[at : at + min(size, _START)]
        at += size + 1


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()
