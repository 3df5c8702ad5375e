"""Folders that we write into a clone whose content a stranger may have written, and whose owner may be another user."""

import os
from collections.abc import Iterator
from pathlib import Path


class LinkedFolderError(OSError):
    """A part of the path is a symbolic link of the clone: it could lead anywhere."""


def make_folder(folder: Path) -> None:
    """Makes the folder and what is missing above it, owned as what is there. Raises LinkedFolderError, OSError."""
    for part in _within_clone(folder.absolute()):
        if part.is_symlink():
            raise LinkedFolderError(f"{part} is a symbolic link, and nothing is written through one")
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for part in reversed(missing):
        give_to_owner(part)


def give_to_owner(path: Path) -> None:
    """Gives what we made to the owner of the folder that it lies in."""
    # In a container action we are root, and the runner's user could not delete what root leaves behind.
    owner = path.parent.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _within_clone(folder: Path) -> Iterator[Path]:
    """The folder and those above it, up to the clone's top; outside a clone the folder alone."""
    parts = (folder, *folder.parents)
    top = next((at for at, part in enumerate(parts) if (part / ".git").exists()), 1)
    yield from parts[:top]
