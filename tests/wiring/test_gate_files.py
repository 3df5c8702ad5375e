"""What a gate rests on, by the names of files: those that are there, and those to come."""

import pytest

from gate_action.config.loading import load_config
from gate_action.integrity.owners import Guarded
from gate_action.wiring.gate_files import find_guarded
from tests.files import FilesInMemory

_GATE = """
schema_version: 1
fixtures: {fixtures}
target: {{kind: command, options: {{run: [sh, app/run.sh]}}, setup: {{run: [make], lock: [app.lock]}}}}
metrics:
  answer: {{evaluator: exact_match}}
  tone: {{evaluator: python, options: {{function: "checks.tone:score"}}}}
"""
_FILES = {
    "app/run.sh": "cat",
    "app.lock": "1",
    "checks/tone.py": "from checks.words import WORDS",
    "checks/words.py": "WORDS = ()",
    "suite/deep/a.jsonl": "{}",
    "README.md": "",
    ".github/workflows/gate.yml": "jobs: {a: {steps: [{uses: octo/gate-action@v1}]}}",
    ".github/workflows/docs.yml": "jobs: {}",
}
_ALWAYS = {
    "gate.yaml",
    "judges.lock.yaml",
    "acknowledgements.jsonl",
    "app/run.sh",
    "app.lock",
    "checks/tone.py",
    "checks/words.py",
    ".github/workflows/gate.yml",
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
}


def guarded(fixtures: str) -> Guarded:
    files = FilesInMemory({**_FILES, "gate.yaml": _GATE.format(fixtures=fixtures)})
    return find_guarded(load_config(files, "gate.yaml", None), (files,))


@pytest.mark.parametrize(
    ("fixtures", "paths", "folders"),
    [
        ("[suite]", {"suite/deep/a.jsonl", "suite/*.csv", "suite/*/*.yaml"}, ("suite", ".github/workflows")),
        ('["suite/**/*.jsonl"]', {"suite/deep/a.jsonl", "suite/*.jsonl"}, ("suite", ".github/workflows")),
        ("[suite/deep/a.jsonl]", {"suite/deep/a.jsonl"}, (".github/workflows",)),
        ("[.evals]", {".evals/*.jsonl"}, (".evals", ".github/workflows")),
        ('["*.jsonl"]', {"*.jsonl", "*/*.jsonl"}, (".github/workflows",)),
    ],
)
def test_files_that_are_there_and_names_for_those_to_come(fixtures: str, paths: set[str], folders: tuple[str, ...]):
    found = guarded(fixtures)
    assert found.folders == folders
    assert set(found.paths) >= _ALWAYS | paths
    assert not {"README.md", ".github/workflows/docs.yml"} & set(found.paths)
