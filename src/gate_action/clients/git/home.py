"""A home on a branch of a remote repository: one commit without a parent, replaced on the condition that it still is
the one that was seen. Nothing of what it held before stays on the branch.
"""

from collections.abc import Collection, Mapping
from dataclasses import field
from pathlib import Path

from gate_action.clients.git.remote import Remote
from gate_action.clients.git.shelf import GitShelf, Squash
from gate_action.clients.stores.homes import POINTER, Seen
from gate_action.clients.stores.sealing import whole_file
from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass

_PART = 40_000_000
"""Bytes. GitHub warns of files over 50 MB and refuses those over 100."""
_MOST = 400_000_000
_KEEP_ALL = Squash(after_files=1, after_bytes=1, keep=lambda files: frozenset(file.name for file in files))


@dataclass(slots=True)
class GitHome:
    """An object is a folder of parts."""

    remote: Remote
    _shelf: GitShelf = field(init=False)

    def __post_init__(self) -> None:
        self._shelf = GitShelf(remote=self.remote, squash=_KEEP_ALL)

    @property
    def place(self) -> str:
        return f"the branch {self.remote.branch} of {self.remote.url}"

    def look(self) -> Seen:
        self._shelf.refresh()
        tip = self._shelf.tip
        return Seen(self._shelf.read([POINTER])[0] if tip else b"", tip)

    def fetch(self, name: str, to: Path) -> None:
        parts = self._parts(name)
        if not parts:
            raise StoreError(f"{name} is not on {self.place}")
        self._shelf.bring(parts)
        with whole_file(to) as file:
            for part in parts:
                file.write(self._shelf.read([part])[0])

    def swap(self, seen: Seen, pointer: bytes, new: Mapping[str, Path], kept: Collection[str]) -> Seen | None:
        files = {POINTER: pointer}
        for name, path in new.items():
            files |= self._cut(name, path)
        stays = frozenset(part for name in kept for part in self._parts(name))
        tip = self._shelf.swap(files, stays, seen.version)
        return Seen(pointer, tip) if tip else None

    def _parts(self, name: str) -> list[str]:
        return sorted(self._shelf.names(name))

    def _cut(self, name: str, path: Path) -> Mapping[str, bytes]:
        size = path.stat().st_size
        if size > _MOST:
            raise StoreError(
                f"the loop's store has {size:,} bytes, compressed, and a branch holds no more than {_MOST:,}",
                hint="state.bucket is the home for more",
            )
        parts: dict[str, bytes] = {}
        with path.open("rb") as file:
            while part := file.read(_PART):
                parts[f"{name}/{len(parts):03}"] = part
        return parts
