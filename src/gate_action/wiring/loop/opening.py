"""What every command of the loop begins with: the settings of the working folder, and the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import load_loop
from gate_action.config.loop.document import LoopSettings
from gate_action.loop.store import Store, open_store

STORE_NAME = "store.duckdb"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopOptions:
    """Options that every command of the loop has."""

    repository: Path
    config: str
    store: Path | None = None


def read_settings(options: LoopOptions) -> LoopSettings:
    """Of the folder as it lies there: the loop runs on the default branch. Raises ConfigError."""
    return load_loop(FolderFiles(options.repository), options.config)


@contextmanager
def open_loop(options: LoopOptions) -> Iterator[tuple[LoopSettings, Store]]:
    """Settings and store. Raises ConfigError."""
    settings = read_settings(options)
    path = options.store or options.repository / settings.state.path / STORE_NAME
    with open_store(path) as store:
        yield settings, store
