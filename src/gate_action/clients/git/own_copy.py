"""What is needed of a remote, in a bare repository of our own: fetched piece by piece, written by a push with a lease.

None of the user's clone is touched. Knows nothing of what the branch is for.
"""

import re
import shutil
import tempfile
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from gate_action.clients.git.fast_import import spell_commit
from gate_action.clients.git.remote import Remote
from gate_action.clients.git.repository import Git, GitError
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass

_NEXT = "refs/gate/next"
_BUSY = ("cannot lock", "failed to lock", "unable to create", "failed to update ref", "stale info", "fetch first",
    "non-fast-forward", "incorrect old value")  # fmt: skip
"""What git says where another push holds the branch at this moment, or was quicker."""
_HEAD = re.compile(r"^ref: refs/heads/(\S+)\tHEAD$", re.MULTILINE)
_LEAVE_OUT = ("--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none")
"""Contents of files come when they are asked for, where the server can leave them out."""


@dataclass(kw_only=True, weakref_slot=True, slots=True)
class OwnCopy:
    """Gone when nobody holds it any more. Raises StoreError where the remote cannot be reached, read or written."""

    remote: Remote
    _git: Git | None = field(default=None, init=False)
    _default: str = field(default="", init=False)

    def open(self) -> Git:
        if self._git is not None:
            return self._git
        folder = Path(tempfile.mkdtemp(prefix="gate-action-git-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        git = Git(folder, self.remote.settings())
        try:
            told = git.run("ls-remote", "--symref", self.remote.url, "HEAD", "refs/heads/*", folder=folder).decode()
            tips = [line.partition("\t")[0] for line in told.splitlines() if not line.startswith("ref: ")]
            spelling = "sha256" if tips and len(tips[0]) == len("0" * 64) else "sha1"
            git.run("init", "--quiet", "--bare", f"--object-format={spelling}")
            git.run("remote", "add", "origin", self.remote.url)
        except GitError as error:
            raise self.remote.unreadable(error) from error
        head = _HEAD.search(told)
        self._git, self._default = git, head[1] if head else "main"
        return git

    def default_branch(self) -> str:
        """The remote's; main, where it does not say."""
        self.open()
        return self._default

    def list_tips(self, *refs: str) -> Mapping[str, str]:
        """Ref -> commit, as the remote has them now; a ref that is not there is left out."""
        try:
            told = self.open().run("ls-remote", "origin", *refs).decode()
        except GitError as error:
            raise self.remote.unreadable(error) from error
        tips = {ref: sha for sha, _, ref in (line.partition("\t") for line in told.splitlines())}
        return {ref: tips[ref] for ref in refs if ref in tips}

    def fetch(self, refspecs: Sequence[str], depth: int) -> None:
        """Commits and folders, no contents. Raises GitError."""
        self.open().run("fetch", *_LEAVE_OUT, f"--depth={depth}", "origin", *refspecs)

    def fetch_contents(self, oids: Iterable[str]) -> None:
        """In one go."""
        if given := as_lines(sorted(oids)):
            try:
                self.open().run("fetch", *_LEAVE_OUT, "--stdin", "origin", given=given)
            except GitError as error:
                raise self.remote.unreadable(error) from error

    def resolve(self, ref: str) -> str:
        """The commit of a ref that is here. Raises GitError."""
        return self.open().run("rev-parse", "--verify", "--quiet", ref).decode().strip()

    def list_files(self, commit: str) -> dict[str, str]:
        """Path -> id of its content, of a commit that is here."""
        told = self.open().run("ls-tree", "-r", "-z", "--full-tree", commit).decode(errors="replace")
        entries = (entry.partition("\t") for entry in told.split("\0") if entry)
        return {path: heading.split()[2] for heading, _, path in entries}

    def commit(
        self,
        message: str,
        *,
        parent: str | None,
        files: Mapping[str, bytes],
        known: Mapping[str, str],
        gone: Collection[str] = (),
    ) -> str:
        """Makes one here, with fast-import, as ``spell_commit`` takes it."""
        git = self.open()
        try:
            given = spell_commit(message, ref=_NEXT, parent=parent, files=files, known=known, gone=gone)
            git.run("fast-import", "--quiet", "--force", "--date-format=now", given=given)
            return self.resolve(_NEXT)
        except GitError as error:
            raise StoreError(f"a commit for {self.remote.branch} cannot be made: {error.message}") from error

    def push(self, after: str, seen: str) -> bool:
        """The branch becomes ``after``, if it still is ``seen``; empty: no branch. No: it is another one by now.

        Raises StoreError where pushing once more would not help.
        """
        ref = self.remote.ref
        try:
            self.open().run("push", "--no-verify", self.lease(seen), "origin", f"{after}:{ref}")
        except GitError as error:
            now = self.list_tips(ref).get(ref, "")
            if now == after:  # it was done, and the answer lost
                return True
            if now != seen or any(word in error.message.lower() for word in _BUSY):
                return False
            raise self.remote.unwritable(error) from error
        return True

    def lease(self, seen: str) -> str:
        """The condition of a push, as git takes it."""
        return f"--force-with-lease={self.remote.ref}:{seen}"


def as_lines(oids: Iterable[str]) -> bytes:
    """As git reads them from its stdin."""
    return "".join(f"{oid}\n" for oid in oids).encode()
