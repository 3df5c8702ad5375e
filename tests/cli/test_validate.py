"""`gate-action validate`: every fault with its place, exit code 2; nothing is run."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gate_action.__main__ import main
from tests.repositories import Repository

_GATE = """
schema_version: 1
id: shout
fixtures: [fixtures]
target: {kind: command, options: {run: [cargo, run]}}
metrics: {answer: {evaluator: exact_match}}
"""

Validate = Callable[..., int]


def rows(count: int) -> str:
    return "\n".join(json.dumps({"id": f"f{n}", "input": f"q{n}", "expected": "x"}) for n in range(count)) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "all.jsonl").write_text(rows(70), encoding="utf-8")
    (tmp_path / "gate.yaml").write_text(_GATE, encoding="utf-8")
    return tmp_path


def test_a_gate_that_can_run_is_described_with_exit_code_0(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["validate", "--repository", str(folder)]) == 0
    assert "shout: valid. 70 fixtures in 70 clusters" in capsys.readouterr().out


def test_the_files_as_they_lie_on_disk_are_checked_without_git(folder: Path):
    assert not (folder / ".git").exists()
    assert main(["validate", "--repository", str(folder)]) == 0


def test_a_commit_can_be_checked_instead(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    made = Repository.create(tmp_path / "repository")
    good = made.commit({"gate.yaml": _GATE, "fixtures/all.jsonl": rows(70)})
    made.commit({"gate.yaml": "nonsense"})
    assert main(["validate", "--repository", str(made.folder), "--revision", good]) == 0
    assert main(["validate", "--repository", str(made.folder), "--revision", "HEAD"]) == 2
    assert "gate.yaml" in capsys.readouterr().err


def test_a_files_name_poses_as_no_command_of_the_runners(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "fixtures" / "a\n::error::pwned\x1b[31m.jsonl").write_text("{bad", encoding="utf-8")
    assert main(["validate", "--repository", str(folder)]) == 2
    told = capsys.readouterr().err
    assert "pwned" in told
    assert "\n::" not in told
    assert "\x1b" not in told


def test_faults_of_gate_and_options_are_told_together_with_line_and_column(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    bad = _GATE.replace("exact_match", "exact_mach").replace("schema_version: 1", "schema_version: 1\npolcy: {}")
    (folder / "gate.yaml").write_text(bad, encoding="utf-8")
    assert main(["validate", "--repository", str(folder)]) == 2
    told = capsys.readouterr().err
    assert "gate.yaml:3:1" in told
    assert "policy" in told
    assert "exact_match" in told


def test_a_misspelt_evaluator_in_a_fixtures_check_is_told_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    row = {"id": "x", "input": "q", "expected": "x", "checks": [{"evaluator": "contians", "options": {"text": "a"}}]}
    (folder / "fixtures" / "more.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    (folder / "gate.yaml").write_text(_GATE.replace("metrics: {", "metrics: {checks: {}, "), encoding="utf-8")
    assert main(["validate", "--repository", str(folder)]) == 2
    told = capsys.readouterr().err
    assert "fixtures/more.jsonl:1" in told
    assert "contains" in told


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("{kind: command, options: {run: [python3, app.py]}}", 0),
        ("{kind: command, options: {run: [./run]}}", 0),
        ("{kind: command, options: {run: [python3, app.py]}, setup: {run: [npm, ci]}}", 2),
        ("{kind: http, options: {url: {base: 'https://b.example/', head: 'https://h.example/'}}}", 0),
        ("{kind: http, options: {start: [node, server.js]}}", 2),
        ("{kind: python, options: {function: 'app:answer'}}", 0),
        ("{kind: python, options: {function: 'app:answer', python: pypy3}}", 2),
        ("{kind: recorded, options: {base: b.jsonl, head: h.jsonl}}", 0),
    ],
)
def test_each_kind_of_target_is_asked_what_it_starts(folder: Path, target: str, code: int):
    gate = _GATE.replace("{kind: command, options: {run: [cargo, run]}}", target)
    (folder / "gate.yaml").write_text(gate, encoding="utf-8")
    assert main(["validate", "--repository", str(folder), "--way", "container"]) == code


def test_the_readmes_first_gate_and_first_fixture_fit_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    [gate] = re.findall(r"^```yaml\n(# gate\.yaml\n.*?)^```", readme, re.MULTILINE | re.DOTALL)
    [fixture] = re.findall(r"^ +```json\n +({.*})$", readme, re.MULTILINE)
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "first.jsonl").write_text(fixture, encoding="utf-8")
    (tmp_path / "gate.yaml").write_text(gate, encoding="utf-8")
    assert main(["validate", "--repository", str(tmp_path)]) == 0
    assert "gate: valid. 1 fixture in 1 cluster, 1 slice" in capsys.readouterr().out


@pytest.mark.parametrize(("way", "code"), [("native", 0), ("container", 2)])
def test_a_target_that_the_container_cannot_run_is_refused_with_the_way_out(
    folder: Path, way: str, code: int, capsys: pytest.CaptureFixture[str]
):
    assert main(["validate", "--repository", str(folder), "--way", way]) == code
    if code:
        told = capsys.readouterr().err
        assert "cargo" in told
        assert "native" in told


def test_a_suite_too_small_to_pass_is_a_warning_that_names_the_number_needed(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    (folder / "fixtures" / "all.jsonl").write_text(rows(20), encoding="utf-8")
    assert main(["validate", "--repository", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "warning" in told
    assert "59 clusters" in told


def test_a_metric_that_nothing_feeds_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "gate.yaml").write_text(_GATE.replace("metrics: {", "metrics: {checks: {}, "), encoding="utf-8")
    assert main(["validate", "--repository", str(folder)]) == 2
    assert "of 70 fixtures none has checks" in capsys.readouterr().err


def test_every_gate_of_the_file_is_checked(folder: Path, capsys: pytest.CaptureFixture[str]):
    target = "{kind: command, options: {run: [x]}}"
    one = f"{{fixtures: [fixtures], target: {target}, metrics: {{answer: {{evaluator: exact_match}}}}}}"
    (folder / "gate.yaml").write_text(f"schema_version: 1\ngates:\n  first: {one}\n  second: {one}\n", encoding="utf-8")
    assert main(["validate", "--repository", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "first: valid" in told
    assert "second: valid" in told
    assert main(["validate", "--repository", str(folder), "--gate", "second"]) == 0
    assert "first" not in capsys.readouterr().out


def test_nothing_is_run_and_nothing_is_written(folder: Path):
    before = {str(path) for path in folder.rglob("*")}
    gate = _GATE.replace("[cargo, run]", f"[touch, {folder}/ran]")
    (folder / "gate.yaml").write_text(gate, encoding="utf-8")
    assert main(["validate", "--repository", str(folder)]) == 0
    assert {str(path) for path in folder.rglob("*")} == before
    assert not (folder / "ran").exists()


def test_a_folder_without_a_gate_is_told_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["validate", "--repository", str(tmp_path)]) == 2
    assert "gate.yaml" in capsys.readouterr().err
