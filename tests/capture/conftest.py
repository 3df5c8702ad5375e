"""Each test starts and ends with capture off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action_capture import configure, shutdown


@pytest.fixture(autouse=True)
def _off() -> Iterator[None]:
    shutdown()
    yield
    shutdown()


@pytest.fixture
def file(tmp_path: Path):
    path = tmp_path / "records.jsonl"
    configure(file=str(path), service="bot", release="abc123", environment="test")
    yield path
    shutdown()
