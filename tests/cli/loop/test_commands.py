from pathlib import Path

import pytest

from gate_action.cli.commands import run_command

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
state: {path: memory}
"""


def test_status_makes_a_store_where_gate_yaml_says_and_counts_its_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "gate.yaml").write_text(GATE)
    assert run_command(["loop", "status", "--repository", str(tmp_path)]) == 0
    assert (tmp_path / "memory" / "store.duckdb").is_file()
    assert capsys.readouterr().out.splitlines()[0].split() == ["turn", "0"]


def test_a_fault_of_the_loops_part_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "gate.yaml").write_text(GATE + "loop: {ap: x}\n")
    assert run_command(["loop", "status", "--repository", str(tmp_path)]) == 2
    assert "gate.yaml:6" in capsys.readouterr().err


def test_what_is_said_of_the_loop_does_not_change_the_gates_digest(tmp_path: Path):
    from gate_action.clients.files import FolderFiles
    from gate_action.config.loading import load_config

    digests = []
    for more in ("", "loop: {app: shop}\n"):
        (tmp_path / "gate.yaml").write_text(GATE + more)
        digests.append(load_config(FolderFiles(tmp_path)).digest)
    assert digests[0] == digests[1]
