"""A shelf in a folder: whole files or none, whenever a writer dies. Knows nothing of what they hold."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from gate_action.errors import StoreError
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import Revise

_LARGEST = 256 * 1024 * 1024
"""Bytes of one file. More is no record of ours."""


@dataclass(frozen=True, slots=True)
class FolderShelf:
    """Links are not followed: a folder that a cache brought may hold anything."""

    path: Path

    def place(self, name: str) -> str:
        return str(self.path / name)

    def names(self, folder: str) -> tuple[str, ...]:
        """Hidden files are left-overs of writers that were killed."""
        try:
            return tuple(sorted(self._below(self.path / folder)))
        except OSError as error:
            raise StoreError(f"the store {self.path} cannot be read: {error}") from error

    def read(self, names: Sequence[str]) -> tuple[bytes, ...]:
        return tuple(self._read(name) for name in names)

    def add(self, files: Mapping[str, bytes]) -> None:
        try:
            for name, content in files.items():
                place = self.path / name
                place.parent.mkdir(parents=True, exist_ok=True)
                if not place.exists():
                    _write_whole(place, content)
        except OSError as error:
            raise StoreError(f"the store {self.path} cannot be written: {error}") from error

    def shed(self, most_bytes: int) -> None:
        """Removes the files that were written first until the rest is no larger. Raises StoreError."""
        try:
            found = [(status.st_mtime, name, status.st_size) for name, status in self._statuses()]
            total = sum(size for _, _, size in found)
            for _, name, size in sorted(found):
                if total <= most_bytes:
                    break
                (self.path / name).unlink(missing_ok=True)
                total -= size
        except OSError as error:
            raise StoreError(f"the store {self.path} cannot be kept small: {error}") from error

    def revise(self, change: Revise) -> tuple[str, ...]:
        from gate_action.clients.stores.revising import find_changes  # a person is seldom taken out

        changed = find_changes(self.names(""), self._read, change)
        for name, after in changed.items():
            try:
                if after is None:
                    (self.path / name).unlink()
                else:
                    _write_whole(self.path / name, after)
            except OSError as error:
                raise StoreError(f"{self.place(name)} cannot be changed: {error}") from error
        return tuple(changed)

    def _statuses(self) -> list[tuple[str, os.stat_result]]:
        return [(name, (self.path / name).lstat()) for name in self._below(self.path)]

    def _below(self, folder: Path) -> list[str]:
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            return []
        found = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                found += self._below(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                found.append(Path(entry.path).relative_to(self.path).as_posix())
        return found

    def _read(self, name: str) -> bytes:
        try:
            descriptor = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as file:
                content = file.read(_LARGEST + 1)
        except OSError as error:
            raise StoreError(f"{self.place(name)} cannot be read: {error}") from error
        if len(content) > _LARGEST:
            raise StoreError(f"{self.place(name)} is larger than the {_LARGEST:,} bytes that are read")
        return content


def _write_whole(place: Path, content: bytes) -> None:
    """Under a name of its own first: a reader sees all of it or nothing."""
    descriptor, temporary = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # mkstemp's 0600 would lock out the next job's user
        Path(temporary).replace(place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
