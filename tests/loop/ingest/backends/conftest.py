"""A loop that reads one stand-in's traces, pass by pass."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loop.ingest.backends.passes import Loop, open_passes


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    with open_passes(tmp_path) as opened:
        yield opened
