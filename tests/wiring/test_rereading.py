"""A suite is read once for both revisions only where that changes nothing."""

import json
from pathlib import Path

import pytest

from gate_action.clients.git.repository import Git
from gate_action.errors import ConfigError
from gate_action.sources.paths import Paths
from gate_action.wiring.rereading import ReadSuite
from gate_action.wiring.suites import load_suite
from tests.files import FilesInMemory
from tests.repositories import Repository

SOURCES = (Paths(paths=("fixtures",)),)
ROW = json.dumps({"id": "a", "input": "x", "expected": "y"})
HEAD = {"fixtures/a.jsonl": ROW, "app.py": "one"}


@pytest.mark.parametrize(
    ("base", "is_same"),
    [
        (HEAD, True),
        (HEAD | {"app.py": "another"}, True),
        (HEAD | {"fixtures/a.jsonl": ROW + "\n"}, False),
        (HEAD | {"fixtures/b.jsonl": ROW.replace('"a"', '"b"')}, False),
        ({"fixtures/b.jsonl": ROW}, False),
    ],
)
def test_the_suite_is_the_same_where_the_files_that_its_sources_read_are(base: dict[str, str], is_same: bool):
    read = ReadSuite.load(SOURCES, FilesInMemory(HEAD))
    found = read.of(SOURCES, FilesInMemory(base))
    assert (found is read.suite) is is_same
    assert found.digest == load_suite(SOURCES, FilesInMemory(base)).digest


def test_what_git_holds_once_is_read_once(tmp_path: Path):
    repository = Repository.create(tmp_path / "repository")
    repository.commit({"fixtures/a.jsonl": ROW})
    repository.commit({"app.py": "another"})
    repository.commit({"fixtures/a.jsonl": ROW + "\n"})
    git = Git.find(repository.folder)
    first, second, third = (git.files(git.resolve(name)) for name in ("HEAD~2", "HEAD~1", "HEAD"))
    read = ReadSuite.load(SOURCES, second)
    assert read.of(SOURCES, first) is read.suite
    assert read.of(SOURCES, third) is not read.suite


def test_other_sources_read_anew():
    read = ReadSuite.load(SOURCES, FilesInMemory(HEAD))
    assert read.of((Paths(paths=("fixtures/a.jsonl",)),), FilesInMemory(HEAD)) is not read.suite


def test_a_base_whose_fixtures_cannot_be_used_is_refused_as_ever():
    read = ReadSuite.load(SOURCES, FilesInMemory(HEAD))
    with pytest.raises(ConfigError, match="fixtures"):
        read.of(SOURCES, FilesInMemory({"fixtures/a.jsonl": "{"}))
    with pytest.raises(ConfigError, match="fixtures"):
        read.of(SOURCES, FilesInMemory({}))
