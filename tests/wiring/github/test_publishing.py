"""What is told and where: the verdict stands whatever becomes of its telling."""

import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from tests.cli.running import Called, call, environment
from tests.repositories import Repository

_GATE = """
schema_version: 1
id: echo
fixtures: [all.jsonl]
target: {kind: recorded, options: {base: told.jsonl, head: told.jsonl}}
metrics: {answer: {evaluator: exact_match}}
policy: {trials: 1}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    names = [f"f{number}" for number in range(60)]
    rows = "".join(f'{{"id": "{name}", "input": "x", "expected": "x"}}\n' for name in names)
    told = "".join(f'{{"fixture_id": "{name}", "output": "x"}}\n' for name in names)
    made.commit({"gate.yaml": _GATE, "all.jsonl": rows, "told.jsonl": told, "deep/er/file": ""})
    made.commit({"README.md": "words"})
    return made


def gate(folder: Path, *options: str) -> Called:
    with chdir(folder):
        return call(["run", *options], {"XDG_CACHE_HOME": str(folder / ".cache")})


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_report_that_cannot_be_printed_is_published_all_the_same(repository: Repository):
    argv = [sys.executable, "-m", "gate_action", "run", "--repository", str(repository.folder)]
    with Path("/dev/full").open("w", encoding="utf-8") as stdout:
        done = subprocess.run(argv, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, env=environment())
    assert done.returncode == 0, done.stderr
    assert "the report cannot be printed: No space left on device" in done.stderr
    assert (repository.folder / ".gate/echo/report.json").exists()


def test_the_files_lie_at_the_clones_top_wherever_the_run_was_started(repository: Repository):
    done = gate(repository.folder / "deep/er")
    assert done.code == 0, done.stderr
    assert (repository.folder / ".gate/echo/report.json").exists()
    assert not (repository.folder / "deep/er/.gate").exists()


def test_a_gate_that_is_not_there_names_no_folder(repository: Repository):
    done = gate(repository.folder, "--gate", "../../outside")
    assert done.code == 2, done.stderr
    assert (repository.folder / ".gate/gate/report.json").exists()
    assert not (repository.folder.parent / "outside").exists()


def test_files_that_cannot_be_written_are_not_said_to_be_there(repository: Repository):
    (repository.folder / ".gate").symlink_to(repository.folder.parent)
    done = gate(repository.folder)
    assert done.code == 0, done.stderr
    assert "is a symbolic link" in done.stderr
    assert "report.html" not in done.stderr
