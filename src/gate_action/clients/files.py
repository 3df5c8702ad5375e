"""Files of a folder on disk, behind the same door as the files of a commit."""

import os
import re
import stat
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import IO

from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass

SKIPPED_FOLDERS = frozenset({".git", ".gate", ".venv", "node_modules", "__pycache__"})


def match_paths(pattern: str, paths: Iterable[str]) -> tuple[str, ...]:
    """The ``paths`` that are ``pattern``, lie below it, or match it as a glob (``*``, ``?``, ``**``); sorted.

    Raises ConfigError for a pattern that leaves the tree.
    """
    wanted = pattern.strip().removeprefix("./").rstrip("/")
    if PurePosixPath(wanted).is_absolute() or ".." in PurePosixPath(wanted).parts:
        raise ConfigError(f"the path {pattern!r} leaves the repository", hint="give a path relative to its top")
    if wanted in {"", "."}:
        return tuple(sorted(paths))
    if any(sign in wanted for sign in "*?["):
        return tuple(sorted(path for path in paths if _glob(wanted).fullmatch(path)))
    return tuple(sorted(path for path in paths if path == wanted or path.startswith(wanted + "/")))


@dataclass(frozen=True)
class FolderFiles:
    """The Files of a folder, as it lies on disk now. Symlinks are passed over, and pipes and the like."""

    folder: Path

    @property
    def label(self) -> str:
        return str(self.folder)

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        found: list[str] = []
        for top, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            found += [str(Path(top, name).relative_to(self.folder).as_posix()) for name in names]
        return tuple(path for path in found if stat.S_ISREG((self.folder / path).lstat().st_mode))

    def find(self, pattern: str) -> tuple[str, ...]:
        return match_paths(pattern, self._paths)

    def read(self, path: str) -> bytes:
        if path not in self._paths:
            raise ConfigError(f"{path} is not a file in {self.label}")
        return (self.folder / path).read_bytes()

    def open(self, path: str) -> IO[bytes]:
        if path not in self._paths:
            raise ConfigError(f"{path} is not a file in {self.label}")
        return (self.folder / path).open("rb")


@lru_cache(maxsize=64)
def _glob(pattern: str) -> re.Pattern[str]:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", pattern, flags=re.DOTALL)
    return re.compile("".join(parts.get(p) or (p if len(p) > 1 and p[0] == "[" else re.escape(p)) for p in pieces))
