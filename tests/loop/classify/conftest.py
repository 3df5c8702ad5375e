"""An empty store of the loop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action.loop.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb") as opened:
        yield opened
