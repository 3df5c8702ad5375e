"""Runs of one repository again and again, each as another attempt of a job, with a store between them."""

from dataclasses import replace
from pathlib import Path

from standins.git_servers import create_bare
from tests.cli.running import GATE, GOOD, Ran, rows, run
from tests.repositories import Repository


def prepare(tmp_path: Path, store: str, gate: str = GATE) -> Repository:
    """``store``: what gate.yaml says of it."""
    made = Repository.create(tmp_path / "repository")
    made.commit({"gate.yaml": gate + store, "fixtures/all.jsonl": rows(), "app.py": GOOD})
    return made


def prepare_on_branch(tmp_path: Path, gate: str = GATE) -> Repository:
    """The store is a branch of a bare repository."""
    bare = create_bare(tmp_path / "remote.git")
    return prepare(tmp_path, f"baselines: {{store: branch, options: {{remote: {bare}}}}}\n", gate)


def again(repository: Repository, *options: str, **env: str) -> Ran:
    """In folders of its own, as each attempt of a job has."""
    place = repository.folder.parent / f"attempt-{len(list(repository.folder.parent.glob('attempt-*')))}"
    place.mkdir()
    folders = ("--out", str(place / "out"), "--run-folder", str(place / "run"))
    return replace(run(repository, *folders, *options, env=env), out=place / "out", run_folder=place / "run")


def calls(ran: Ran) -> int:
    return len((ran.run_folder / "trials.jsonl").read_text(encoding="utf-8").splitlines())
