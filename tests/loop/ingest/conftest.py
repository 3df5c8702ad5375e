"""What ingest works on: a desk with a store, and a pile of files to be read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action.loop.store import open_store
from tests.loop.ingest.ingesting import Desk, Pile


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "work"
    folder.mkdir()
    with open_store(tmp_path / "store.duckdb") as store:
        yield Desk(folder, store)


@pytest.fixture
def pile(tmp_path: Path) -> Pile:
    return Pile(tmp_path)
