"""The repository that most runs are judged on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from standins.github.server import serve
from standins.github.state import Github
from tests.cli.pull_requests import PullRequest
from tests.cli.running import GATE, GOOD, rows
from tests.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    made.commit({"gate.yaml": GATE, "fixtures/all.jsonl": rows(), "app.py": GOOD})
    return made


@pytest.fixture
def pull(tmp_path: Path) -> Iterator[PullRequest]:
    github = Github()
    with serve(github) as url:
        yield PullRequest.open(tmp_path, github, url)
