"""A branch of ours beside the one that it is meant for, through git alone: seen, written with a lease, taken away.

Each write is one commit on the base's tip. It bears what it is for and a digest of what it changes, so that it is known
again after a rebase, and a commit that anybody has altered is not taken for ours. Knows no pull request.
"""

import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from gate_action.clients.git.fast_import import spell_commit
from gate_action.clients.git.remote import Remote
from gate_action.clients.git.repository import Git, GitError, GitFiles
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import JsonObject, digest_lines
from gate_action.model.run import Revision

_DEPTH = 50
"""Commits of each branch that are fetched."""
_NEXT = "refs/gate/next"
_BUSY = ("cannot lock", "failed to lock", "unable to create", "failed to update ref", "stale info", "fetch first",
    "non-fast-forward", "incorrect old value")  # fmt: skip
_PURPOSE = re.compile(r"^Gate-purpose: (\S+)$", re.MULTILINE)
_CONTENT = re.compile(r"^Gate-content: (sha256:[0-9a-f]{64})$", re.MULTILINE)

Change = Mapping[str, str]
"""Path -> id of the file's content; empty: the file is gone."""


class Look(NamedTuple):
    """Both branches at one moment."""

    base: str
    """Commit."""
    tip: str
    """Commit; empty: there is no branch."""


class Owned(NamedTuple):
    """What stands on a branch above the base."""

    ours: str
    """Our commit; empty: there is none."""
    parent: str
    """Of our commit."""
    change: Change
    """What our commit does."""
    others: tuple[str, ...]
    """Commits of other people above ours, the newest first; those that only bring the base's news are none."""

    @property
    def is_free(self) -> bool:
        """Nothing of anybody else's would be lost."""
        return not self.others


@dataclass(kw_only=True, weakref_slot=True, slots=True)
class PullBranch:
    """``remote.branch`` is ours. Raises StoreError where the remote cannot be reached, read or written."""

    remote: Remote
    purpose: str
    base: str = ""
    """The branch that it is for; empty: the remote's default branch."""
    rehearse: Callable[[str, JsonObject], None] | None = None
    """Of a dry run: it is told of each write, and nothing is written."""
    _git: Git | None = field(default=None, init=False)

    def look(self) -> Look:
        """Brings both as they are now. Contents of files come when they are asked for."""
        git = self._open()
        try:
            told = git.run("ls-remote", "origin", self._base_ref, self.remote.ref).decode()
            tips = {ref: sha for sha, _, ref in (line.partition("\t") for line in told.splitlines())}
            if self._base_ref not in tips:
                raise StoreError(f"{self.remote.url} has no branch {self.base}")
            self._fetch(git, [f"+{ref}:{ref.replace('refs/heads/', 'refs/gate/seen/')}" for ref in tips])
        except GitError as error:
            raise self._unreachable(error) from error
        # What was fetched may be newer than what was listed: only that is here.
        seen = {ref: self._resolve(ref.replace("refs/heads/", "refs/gate/seen/")) for ref in tips}
        return Look(seen[self._base_ref], seen.get(self.remote.ref, ""))

    def peek(self) -> Look:
        """Where both are now; nothing is brought."""
        try:
            told = self._open().run("ls-remote", "origin", self._base_ref, self.remote.ref).decode()
        except GitError as error:
            raise self._unreachable(error) from error
        tips = {ref: sha for sha, _, ref in (line.partition("\t") for line in told.splitlines())}
        return Look(tips.get(self._base_ref, ""), tips.get(self.remote.ref, ""))

    def files(self, commit: str, bring: Iterable[str] = ()) -> GitFiles:
        """The files of a commit that was seen. ``bring``: paths whose contents are fetched in one go."""
        git = self._open()
        tree = git.run("rev-parse", f"{commit}^{{tree}}").decode().strip()
        found = GitFiles(git, Revision(sha=commit, tree=tree))
        self._bring(git, found, bring)
        return found

    def contents(self, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
        """Of those ``paths`` that the commit has. Raises StoreError."""
        wanted = tuple(paths)
        files = self.files(commit, wanted)
        try:
            return {path: files.read(path) for path in wanted if files.find(path) == (path,)}
        except GitError as error:
            raise self._unreachable(error) from error

    def own(self, tip: str, base: str) -> Owned:
        """Whose the commits of ``tip`` are that ``base`` does not have; ``base`` empty: down to our own."""
        git = self._open()
        others: list[str] = []
        updates: list[tuple[str, str]] = []
        for line in git.run("rev-list", "--first-parent", "--parents", f"--max-count={_DEPTH}", tip).splitlines():
            commit, *parents = line.decode().split()
            if self._is_within(git, commit, base):
                break
            change = self._read_ours(git, commit, parents)
            if change is not None:
                strange = [merge for merge, side in updates if not self._is_update(git, merge, side, base, change)]
                return Owned(commit, parents[0], change, (*others, *strange))
            if len(parents) == 2:  # noqa: PLR2004  # a merge: of the base's news, or of anything
                updates.append((commit, parents[1]))
            else:
                others.append(commit)
        return Owned("", "", {}, (*others, *(merge for merge, _ in updates)))

    def measure(self, base: str, files: Mapping[str, bytes | None]) -> Change:
        """``files`` (None: it shall not be there) as a change of ``base``: what is so already is left out."""
        git = self._open()
        held = self._list(git, base)
        wanted = {
            path: "" if content is None else git.run("hash-object", "-w", "--stdin", given=content).decode().strip()
            for path, content in files.items()
        }
        return {path: oid for path, oid in sorted(wanted.items()) if held.get(path, "") != oid}

    def says(self, tip: str, base: str, owned: Owned, change: Change) -> bool:
        """Does the branch bring ``change``, and can it be merged as it stands?"""
        git = self._open()
        if not owned.ours or dict(owned.change) != dict(change):
            return False
        then, now = self._list(git, owned.parent), self._list(git, base)
        return all(then.get(path) == now.get(path) for path in change) and tip != ""

    def push(self, seen: Look, change: Change, words: str) -> str:
        """One commit on the base's tip in the stead of ``seen.tip``; empty: somebody was quicker."""
        git = self._open()
        message = f"{words}\n\nGate-purpose: {self.purpose}\nGate-content: {_digest(change)}\n"
        known = {path: oid for path, oid in change.items() if oid}
        gone = [path for path, oid in change.items() if not oid]
        try:
            given = spell_commit(message, ref=_NEXT, parent=seen.base, files={}, known=known, gone=gone)
            git.run("fast-import", "--quiet", "--force", "--date-format=now", given=given)
            commit = self._resolve(_NEXT)
        except GitError as error:
            raise StoreError(f"a commit for {self.remote.branch} cannot be made: {error.message}") from error
        return commit if self._put(f"{commit}:{self.remote.ref}", seen, commit) else ""

    def delete(self, seen: Look) -> bool:
        """Takes the branch away; no: somebody was quicker."""
        return self._put(f":{self.remote.ref}", seen, "")

    def bring_pulls(self, numbers: Sequence[int]) -> Mapping[int, str]:
        """The heads of pull requests, also of those that are closed; those that cannot be had are left out."""
        git = self._open()
        refs = {number: f"refs/gate/pulls/{number}" for number in numbers}
        told = {number: f"+refs/pull/{number}/head:{ref}" for number, ref in refs.items()}
        try:
            if told:
                self._fetch(git, list(told.values()))
        except GitError:  # one that is gone fails them all
            for one in told.values():
                with suppress(GitError):
                    self._fetch(git, [one])
        found: dict[int, str] = {}
        for number, ref in refs.items():
            with suppress(GitError):
                found[number] = self._resolve(ref)
        return found

    def tell_author(self, commit: str) -> tuple[str, str]:
        """Who wrote it, and the first line of what was said."""
        told = self._open().run("show", "--no-patch", "--format=%an%x00%s", commit).decode(errors="replace")
        name, _, subject = told.strip().partition("\0")
        return name, subject

    @property
    def _base_ref(self) -> str:
        self._open()
        return f"refs/heads/{self.base}"

    def _read_ours(self, git: Git, commit: str, parents: Sequence[str]) -> Change | None:
        """What our commit does; None: it is not ours, or not any more as we wrote it."""
        if len(parents) != 1:
            return None
        words = git.run("show", "--no-patch", "--format=%B", commit).decode(errors="replace")
        purpose, content = _PURPOSE.findall(words), _CONTENT.findall(words)
        if purpose != [self.purpose] or len(content) != 1:
            return None
        change = self._diff(git, parents[0], commit)
        return change if _digest(change) == content[0] else None

    def _is_update(self, git: Git, merge: str, side: str, base: str, change: Change) -> bool:
        """Does a merge bring the base's news into our branch, and nothing else?"""
        return self._is_within(git, side, base) and dict(self._diff(git, side, merge)) == dict(change)

    def _is_within(self, git: Git, commit: str, base: str) -> bool:
        if not base:
            return False
        try:
            git.run("merge-base", "--is-ancestor", commit, base)
        except GitError:
            return False
        return True

    def _diff(self, git: Git, before: str, after: str) -> Change:
        told = git.run("diff-tree", "-r", "-z", "--no-renames", "--raw", before, after).decode(errors="replace")
        fields = told.split("\0")
        changes: dict[str, str] = {}
        for heading, path in zip(fields[::2], fields[1::2], strict=False):
            _, mode, _, oid, status = heading.split(" ")
            changes[path] = "" if status == "D" else oid if mode == "100644" else f"{mode} {oid}"
        return changes

    def _list(self, git: Git, commit: str) -> Mapping[str, str]:
        told = git.run("ls-tree", "-r", "-z", "--full-tree", commit).decode(errors="replace")
        entries = (entry.partition("\t") for entry in told.split("\0") if entry)
        return {path: told.split()[2] for told, _, path in entries}

    def _bring(self, git: Git, files: GitFiles, paths: Iterable[str]) -> None:
        listed = self._list(git, files.revision.sha)
        wanted = "".join(f"{listed[path]}\n" for path in paths if path in listed)
        if wanted:
            options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none", "--stdin")
            try:
                git.run("fetch", *options, "origin", given=wanted.encode())
            except GitError as error:
                raise self._unreachable(error) from error

    def _put(self, what: str, seen: Look, after: str) -> bool:
        lease = f"--force-with-lease={self.remote.ref}:{seen.tip}"
        if self.rehearse is not None:
            self.rehearse(
                "push", {"remote": self.remote.url, "lease": lease, "refspec": what, "files": self._tell(after)}
            )
            return True
        try:
            self._open().run("push", "--no-verify", lease, "origin", what)
        except GitError as error:
            now = self.peek().tip
            if now == after:  # it was done, and the answer lost
                return True
            if now != seen.tip or any(word in error.message.lower() for word in _BUSY):
                return False
            raise self.remote.unwritable(error) from error
        return True

    def _tell(self, commit: str) -> JsonObject:
        """The files that a commit of ours changes, as text."""
        git = self._open()
        change = self._diff(git, f"{commit}^", commit) if commit else {}
        return {
            path: git.run("cat-file", "blob", oid).decode(errors="replace") if oid else None
            for path, oid in change.items()
        }

    def _fetch(self, git: Git, refs: Sequence[str]) -> None:
        options = ("--quiet", "--no-tags", f"--depth={_DEPTH}", "--filter=blob:none", "--no-write-fetch-head")
        git.run("fetch", *options, "origin", *refs)

    def _resolve(self, ref: str) -> str:
        return self._open().run("rev-parse", "--verify", "--quiet", ref).decode().strip()

    def _open(self) -> Git:
        """A bare repository of our own, gone when nobody holds the branch any more."""
        if self._git is not None:
            return self._git
        folder = Path(tempfile.mkdtemp(prefix="gate-action-pull-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        git = Git(folder, self.remote.settings())
        try:
            told = git.run("ls-remote", "--symref", self.remote.url, "HEAD", folder=folder).decode()
            head = re.search(r"^ref: refs/heads/(\S+)\tHEAD$", told, re.MULTILINE)
            sha = told.splitlines()[-1].partition("\t")[0] if told else ""
            git.run("init", "--quiet", "--bare", f"--object-format={'sha256' if len(sha) == 64 else 'sha1'}")  # noqa: PLR2004  # hex digits
            git.run("remote", "add", "origin", self.remote.url)
        except GitError as error:
            raise self._unreachable(error) from error
        self.base = self.base or (head[1] if head else "main")
        self._git = git
        return git

    def _unreachable(self, error: GitError) -> StoreError:
        return StoreError(
            f"{self.remote.url} cannot be read: {error.message}",
            hint="reading needs `permissions: contents: read` and a token in GITHUB_TOKEN",
        )


def _digest(change: Change) -> str:
    return digest_lines(f"{oid or '-'} {path}" for path, oid in change.items())
