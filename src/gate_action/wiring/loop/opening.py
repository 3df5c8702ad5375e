"""What every command of the loop begins with: the settings of the working folder, and the store."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import load_loop
from gate_action.config.loop.document import LoopSettings
from gate_action.loop.store import Store, open_store
from gate_action.wiring.loop.homes import find_keeper

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
def open_loop(
    options: LoopOptions, *, writes: bool = True, environ: Mapping[str, str] = os.environ
) -> Iterator[tuple[LoopSettings, Store]]:
    """Settings and store. What the block writes stays if it ends well. Raises ConfigError, StoreError.

    ``writes``: no other command may write meanwhile. A store whose home is elsewhere is brought before and taken back
    afterwards; one that is only looked at is not taken back.
    """
    settings = read_settings(options)
    with store_file(options, settings, writes=writes, environ=environ) as path, open_store(path) as store:
        yield settings, store


class Working(NamedTuple):
    """One store for several commands in a row."""

    path: Path
    take_home: Callable[[], None]
    """What is done so far, so that nothing of it is lost if the next command fails."""


@contextmanager
def work_on(options: LoopOptions, environ: Mapping[str, str] = os.environ) -> Iterator[Working]:
    """The store's file, under one lease; each command opens and closes it. Raises ConfigError, StoreError."""
    settings = read_settings(options)
    keeper = None if options.store else find_keeper(settings.state, options.repository, environ)
    if keeper is None:
        path = options.store or options.repository / settings.state.path / STORE_NAME
        yield Working(path, lambda: None)
        return
    with keeper.working() as work:
        yield Working(work.path, work.take_home)


@contextmanager
def store_file(
    options: LoopOptions, settings: LoopSettings, *, writes: bool, environ: Mapping[str, str]
) -> Iterator[Path]:
    if options.store:
        yield options.store
        return
    keeper = find_keeper(settings.state, options.repository, environ)
    if keeper is None:
        yield options.repository / settings.state.path / STORE_NAME
        return
    with keeper.writing() if writes else keeper.reading() as path:
        yield path
