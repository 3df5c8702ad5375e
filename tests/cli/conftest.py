"""The repository that most runs are judged on."""

from pathlib import Path

import pytest

from tests.cli.running import GATE, GOOD, rows
from tests.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    made.commit({"gate.yaml": GATE, "fixtures/all.jsonl": rows(), "app.py": GOOD})
    return made
