"""A branch of ours beside the one that it is meant for, through git alone: seen, written with a lease, taken away.

Each write is one commit on the base's tip. It bears what it is for and a digest of what it changes, so that it is known
again after a rebase, and a commit that anybody has altered is not taken for ours. Knows no pull request.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from typing import NamedTuple

from gate_action.clients.git.own_copy import OwnCopy
from gate_action.clients.git.remote import Remote
from gate_action.clients.git.repository import Git, GitError, GitFiles
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import JsonObject, digest_lines
from gate_action.model.run import Revision

_DEPTH = 50
"""Commits of each branch that are fetched."""
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


@dataclass(kw_only=True, slots=True)
class PullBranch:
    """``remote.branch`` is ours. Raises StoreError where the remote cannot be reached, read or written."""

    remote: Remote
    purpose: str
    base: str = ""
    """The branch that it is for; empty: the remote's default branch."""
    rehearse: Callable[[str, JsonObject], None] | None = None
    """Of a dry run: it is told of each write, and nothing is written."""
    _copy: OwnCopy = field(init=False)

    def __post_init__(self) -> None:
        self._copy = OwnCopy(remote=self.remote)

    def look(self) -> Look:
        """Brings both as they are now. Contents of files come when they are asked for."""
        tips = self._copy.list_tips(self._base_ref, self.remote.ref)
        if self._base_ref not in tips:
            raise StoreError(f"{self.remote.url} has no branch {self.base}")
        here = {ref: ref.replace("refs/heads/", "refs/gate/seen/") for ref in tips}
        try:
            self._copy.fetch([f"+{ref}:{to}" for ref, to in here.items()], _DEPTH)
            # What was fetched may be newer than what was listed: only that is here.
            seen = {ref: self._copy.resolve(to) for ref, to in here.items()}
        except GitError as error:
            raise self.remote.unreadable(error) from error
        return Look(seen[self._base_ref], seen.get(self.remote.ref, ""))

    def peek(self) -> Look:
        """Where both are now; nothing is brought."""
        tips = self._copy.list_tips(self._base_ref, self.remote.ref)
        return Look(tips.get(self._base_ref, ""), tips.get(self.remote.ref, ""))

    def files(self, commit: str, bring: Iterable[str] = ()) -> GitFiles:
        """The files of a commit that was seen. ``bring``: paths whose contents are fetched in one go."""
        git = self._copy.open()
        tree = git.run("rev-parse", f"{commit}^{{tree}}").decode().strip()
        listed = self._copy.list_files(commit)
        self._copy.fetch_contents(listed[path] for path in bring if path in listed)
        return GitFiles(git, Revision(sha=commit, tree=tree))

    def contents(self, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
        """Of those ``paths`` that the commit has. Raises StoreError."""
        wanted = tuple(paths)
        files = self.files(commit, wanted)
        try:
            return {path: files.read(path) for path in wanted if files.find(path) == (path,)}
        except GitError as error:
            raise self.remote.unreadable(error) from error

    def own(self, tip: str, base: str) -> Owned:
        """Whose the commits of ``tip`` are that ``base`` does not have; ``base`` empty: down to our own."""
        git = self._copy.open()
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
        git = self._copy.open()
        held = self._copy.list_files(base)
        wanted = {
            path: "" if content is None else git.run("hash-object", "-w", "--stdin", given=content).decode().strip()
            for path, content in files.items()
        }
        return {path: oid for path, oid in sorted(wanted.items()) if held.get(path, "") != oid}

    def says(self, tip: str, base: str, owned: Owned, change: Change) -> bool:
        """Does the branch bring ``change``, and can it be merged as it stands?"""
        if not owned.ours or dict(owned.change) != dict(change):
            return False
        then, now = self._copy.list_files(owned.parent), self._copy.list_files(base)
        return all(then.get(path) == now.get(path) for path in change) and tip != ""

    def push(self, seen: Look, change: Change, words: str) -> str:
        """One commit on the base's tip in the stead of ``seen.tip``; empty: somebody was quicker."""
        message = f"{words}\n\nGate-purpose: {self.purpose}\nGate-content: {_digest(change)}\n"
        known = {path: oid for path, oid in change.items() if oid}
        gone = [path for path, oid in change.items() if not oid]
        commit = self._copy.commit(message, parent=seen.base, files={}, known=known, gone=gone)
        return commit if self._put(commit, seen) else ""

    def delete(self, seen: Look) -> bool:
        """Takes the branch away; no: somebody was quicker."""
        return self._put("", seen)

    def bring_pulls(self, numbers: Sequence[int]) -> Mapping[int, str]:
        """The heads of pull requests, also of those that are closed; those that cannot be had are left out."""
        refs = {number: f"refs/gate/pulls/{number}" for number in numbers}
        told = {number: f"+refs/pull/{number}/head:{ref}" for number, ref in refs.items()}
        try:
            if told:
                self._copy.fetch(list(told.values()), _DEPTH)
        except GitError:  # one that is gone fails them all
            for one in told.values():
                with suppress(GitError):
                    self._copy.fetch([one], _DEPTH)
        found: dict[int, str] = {}
        for number, ref in refs.items():
            with suppress(GitError):
                found[number] = self._copy.resolve(ref)
        return found

    def tell_author(self, commit: str) -> tuple[str, str]:
        """Who wrote it, and the first line of what was said."""
        told = self._copy.open().run("show", "--no-patch", "--format=%an%x00%s", commit).decode(errors="replace")
        name, _, subject = told.strip().partition("\0")
        return name, subject

    @property
    def _base_ref(self) -> str:
        self.base = self.base or self._copy.default_branch()
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

    def _put(self, after: str, seen: Look) -> bool:
        if self.rehearse is None:
            return self._copy.push(after, seen.tip)
        told: JsonObject = {
            "remote": self.remote.url,
            "lease": self._copy.lease(seen.tip),
            "refspec": f"{after}:{self.remote.ref}",
            "files": self._tell(after),
        }
        self.rehearse("push", told)
        return True

    def _tell(self, commit: str) -> JsonObject:
        """The files that a commit of ours changes, as text."""
        git = self._copy.open()
        change = self._diff(git, f"{commit}^", commit) if commit else {}
        return {
            path: git.run("cat-file", "blob", oid).decode(errors="replace") if oid else None
            for path, oid in change.items()
        }


def _digest(change: Change) -> str:
    return digest_lines(f"{oid or '-'} {path}" for path, oid in change.items())
