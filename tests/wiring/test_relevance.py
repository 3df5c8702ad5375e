"""`paths` in gate.yaml: a change of nothing that counts passes unmeasured, and says why."""

import json
from pathlib import Path

import pytest

from gate_action.errors import ConfigError
from gate_action.model.decision import ReasonKind, Verdict
from gate_action.wiring.judged import find_judged
from gate_action.wiring.options import RunOptions
from gate_action.wiring.relevance import find_unaffected
from tests.repositories import Repository

pytestmark = pytest.mark.slow

_GATE = """
schema_version: 1
paths: [app, "lib/**/*.py"]
fixtures: [fixtures]
target: {kind: command, options: {run: [sh, run.sh]}, setup: {run: [./tools/setup], lock: [app.lock]}}
metrics:
  answer: {evaluator: exact_match}
  tone: {evaluator: python, options: {function: "checks.tone:score"}}
  checks: {}
"""
_ROW = {"id": "a", "input": "x", "expected": "y"}
_CHECKED = {**_ROW, "id": "b", "checks": [{"evaluator": "python", "options": {"function": "more:score"}}]}
_FILES = {
    "gate.yaml": _GATE,
    "fixtures/all.jsonl": f"{json.dumps(_ROW)}\n{json.dumps(_CHECKED)}\n",
    "app/main.py": "1",
    "lib/a/b.py": "1",
    "lib/a/b.txt": "1",
    "checks/__init__.py": "",
    "checks/tone.py": "from checks.words import WORDS",
    "checks/words.py": "WORDS = ()",
    "more.py": "1",
    "run.sh": "cat",
    "tools/setup": "true",
    "app.lock": "1",
    "README.md": "words",
    "application/main.py": "1",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    made.commit(_FILES)
    return made


def _kind(repository: Repository) -> ReasonKind | None:
    decision = find_unaffected(find_judged(RunOptions(repository=repository.folder)))
    return decision.reasons[0].kind if decision else None


@pytest.mark.parametrize("path", ["README.md", "lib/a/b.txt", "application/main.py", "new/file.py"])
def test_a_change_of_nothing_that_counts_is_not_affected(repository: Repository, path: str):
    repository.commit({path: "other"})
    assert _kind(repository) is ReasonKind.NOT_AFFECTED


@pytest.mark.parametrize(
    "path",
    [
        "app/main.py",
        "app/new.py",
        "lib/a/b.py",
        "fixtures/all.jsonl",
        "fixtures/new.jsonl",
        "checks/tone.py",
        "checks/words.py",
        "more.py",
        "run.sh",
        "tools/setup",
        "app.lock",
        "judges.lock.yaml",
        "acknowledgements.jsonl",
        ".github/workflows/gate.yml",
    ],
)
def test_a_change_of_the_build_or_of_the_gate_itself_is_measured(repository: Repository, path: str):
    content = _FILES.get(path, "") + "\n"
    repository.commit({path: content, "README.md": "more"})
    assert _kind(repository) is None


@pytest.mark.parametrize(("path", "moved"), [("app/main.py", "attic/main.py"), ("attic.py", "app/attic.py")])
def test_a_file_that_moves_in_or_out_counts(repository: Repository, path: str, moved: str):
    repository.commit({"attic.py": "2"})
    (repository.folder / moved).parent.mkdir(exist_ok=True)
    repository.git("mv", path, moved)
    repository.commit({})
    assert _kind(repository) is None


def test_paths_are_read_from_base_and_not_from_the_change(repository: Repository):
    repository.commit({"gate.yaml": _GATE.replace("[app,", "[docs,"), "app/main.py": "2"})
    assert _kind(repository) is None


def test_another_gate_of_the_file_has_paths_of_its_own(repository: Repository):
    gates = {"a": ["app"], "b": ["application"]}
    shared = {"fixtures": ["fixtures"], "target": {"kind": "command", "options": {"run": ["sh", "run.sh"]}}}
    told = {name: {**shared, "metrics": {"checks": {}}, "paths": paths} for name, paths in gates.items()}
    repository.commit({"gate.yaml": json.dumps({"schema_version": 1, "gates": told})})
    repository.commit({"application/main.py": "2"})
    kinds = []
    for name in gates:
        decision = find_unaffected(find_judged(RunOptions(repository=repository.folder, gate=name)))
        kinds.append(decision.reasons[0].kind if decision else None)
    assert kinds == [ReasonKind.NOT_AFFECTED, None]


def test_without_paths_every_change_is_measured(repository: Repository):
    repository.commit({"gate.yaml": _GATE.replace('paths: [app, "lib/**/*.py"]', "")})
    repository.commit({"README.md": "more"})
    assert _kind(repository) is None


def test_the_reason_says_what_was_looked_at(repository: Repository):
    repository.commit({"README.md": "more", "notes.md": "n"})
    decision = find_unaffected(find_judged(RunOptions(repository=repository.folder)))
    assert decision is not None
    assert (decision.verdict, decision.exit_code, decision.conclusion.value) == (Verdict.PASS, 0, "success")
    assert decision.reasons[0].sentence == (
        "nothing was measured, since none of the 2 changed files lies in paths of gate.yaml (app, lib/**/*.py) "
        "or belongs to the gate itself"
    )


def test_paths_that_leave_the_repository_are_refused(repository: Repository):
    repository.commit({"gate.yaml": _GATE.replace("[app,", "[../app,")})
    repository.commit({"README.md": "more"})
    with pytest.raises(ConfigError, match="leaves the repository"):
        _kind(repository)
