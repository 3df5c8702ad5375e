import json
from pathlib import Path

import pytest

from gate_action.cli.commands import run_command

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gate.yaml").write_text(GATE)
    (tmp_path / "fixtures").mkdir()
    row = {
        "id": "r1",
        "input": "Where is my parcel, and why is it late?",
        "expected": "On Friday.",
        "provenance": {"source": "phoenix", "cluster": "late"},
    }
    (tmp_path / "fixtures" / "promoted.jsonl").write_text(json.dumps(row) + "\n")
    return tmp_path


def test_variants_lie_beside_their_parents_and_the_gate_takes_them(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert run_command(["loop", "augment", "--repository", str(folder), "--count", "2"]) == 0
    rows = [json.loads(line) for line in (folder / "fixtures" / "augmented" / "late.jsonl").read_text().splitlines()]
    assert {row["provenance"]["parent"] for row in rows} == {"r1"}
    assert {row["cluster"] for row in rows} == {"r1"}
    assert "locale          0  (nothing to vary: 1)" in capsys.readouterr().out
    # What is there stays as it is, and nothing is varied twice.
    assert run_command(["loop", "augment", "--repository", str(folder), "--count", "2"]) == 0
    assert "0 new variants" in capsys.readouterr().out


def test_an_unknown_fixture_and_a_missing_model_are_told(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert run_command(["loop", "augment", "r2", "--repository", str(folder)]) == 2
    assert "no fixture of this repository is 'r2'" in capsys.readouterr().err
    assert run_command(["loop", "augment", "--kind", "paraphrase", "--repository", str(folder)]) == 2
    assert "judge.model" in capsys.readouterr().err
