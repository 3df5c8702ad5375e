"""Git's objects in memory, named as git names them: blobs, trees, commits and refs of one repository."""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple


class Entry(NamedTuple):
    """A line of a tree."""

    mode: str
    sha: str

    @property
    def kind(self) -> str:
        return {"040000": "tree", "160000": "commit"}.get(self.mode, "blob")


class Commit(NamedTuple):
    tree: str
    parents: tuple[str, ...]
    message: str


@dataclass(kw_only=True)
class GitObjects:
    """What a repository holds. Every name is the SHA-1 that git itself would give."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, dict[str, Entry]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    """``refs/heads/main`` -> commit."""

    def add_blob(self, content: bytes) -> str:
        sha = _name("blob", content)
        self.blobs[sha] = content
        return sha

    def add_tree(self, entries: dict[str, Entry]) -> str:
        """Names without slashes."""
        ordered = sorted(entries.items(), key=lambda one: f"{one[0]}/" if one[1].kind == "tree" else one[0])
        content = b"".join(
            f"{entry.mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(entry.sha) for name, entry in ordered
        )
        sha = _name("tree", content)
        self.trees[sha] = dict(ordered)
        return sha

    def add_commit(self, commit: Commit) -> str:
        parents = "".join(f"parent {parent}\n" for parent in commit.parents)
        people = "".join(f"{who} gate <gate@example.com> 1767323045 +0000\n" for who in ("author", "committer"))
        sha = _name("commit", f"tree {commit.tree}\n{parents}{people}\n{commit.message}".encode())
        self.commits[sha] = commit
        return sha

    def put(self, tree: str, path: str, entry: Entry | None) -> str:
        """The tree with ``path`` set, or without it. ``tree``: empty for none yet."""
        name, _, rest = path.partition("/")
        entries = dict(self.trees[tree]) if tree else {}
        below = entries.get(name)
        if rest:
            inner = self.put(below.sha if below and below.kind == "tree" else "", rest, entry)
            entry = Entry("040000", inner) if self.trees[inner] else None
        if entry is None:
            entries.pop(name, None)
        else:
            entries[name] = entry
        return self.add_tree(entries)

    def find(self, tree: str, path: str) -> Entry | None:
        """What stands at ``path``, a folder or a file; the tree itself for an empty path."""
        entry: Entry | None = Entry("040000", tree)
        for name in filter(None, path.split("/")):
            if entry is None or entry.kind != "tree":
                return None
            entry = self.trees[entry.sha].get(name)
        return entry

    def walk(self, tree: str, prefix: str = "") -> dict[str, Entry]:
        """Every entry below ``tree``, folders among them, by path."""
        found = {}
        for name, entry in self.trees[tree].items():
            found[f"{prefix}{name}"] = entry
            if entry.kind == "tree":
                found |= self.walk(entry.sha, f"{prefix}{name}/")
        return found

    def resolve(self, name: str) -> str:
        """The commit of a branch, a tag, a full ref or a SHA; empty: there is none."""
        for ref in (name, f"refs/{name}", f"refs/heads/{name}", f"refs/tags/{name}"):
            if ref in self.refs:
                return self.refs[ref]
        return name if name in self.commits else ""

    def is_ancestor(self, older: str, newer: str) -> bool:
        waiting, seen = [newer], set[str]()
        while waiting:
            sha = waiting.pop()
            if sha == older:
                return True
            if sha not in seen and sha in self.commits:
                seen.add(sha)
                waiting += self.commits[sha].parents
        return False

    def commit_file(self, branch: str, path: str, content: bytes | None, message: str = "a change") -> str:
        """A commit on top of ``branch`` that writes one file, or removes it; the branch is made if it is not there."""
        ref = f"refs/heads/{branch}"
        parent = self.refs.get(ref, "")
        entry = None if content is None else Entry("100644", self.add_blob(content))
        tree = self.put(self.commits[parent].tree if parent else "", path, entry)
        self.refs[ref] = self.add_commit(Commit(tree, (parent,) if parent else (), message))
        return self.refs[ref]


def _name(kind: str, content: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).hexdigest()
