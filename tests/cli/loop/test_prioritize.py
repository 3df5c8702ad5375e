import json
from datetime import timedelta
from pathlib import Path

import pytest

from gate_action.cli.commands import run_command
from gate_action.loop.store import open_store
from tests.loop.production import MONDAY, Production, complain

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
state: {path: memory}
loop: {prioritize: {draws: 500}}
"""


def repository(folder: Path) -> Path:
    """Two cycles: hallucinations grow rare, and formats stay as wrong as they were."""
    (folder / "gate.yaml").write_text(GATE)
    production = Production()
    complain(production, MONDAY - timedelta(days=60), ["hallucination"] * 90 + ["format_error"] * 60)
    complain(production, MONDAY - timedelta(days=7), ["hallucination"] * 9 + ["format_error"] * 60)
    with open_store(folder / "memory" / "store.duckdb") as store:
        production.write(store)
    return folder


def run(folder: Path, step: str, *more: str) -> int:
    return run_command(["loop", step, "--repository", str(folder), *more])


def test_a_list_is_told_written_and_followed_over_cycles(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = repository(tmp_path)
    pages = ("--markdown", str(tmp_path / "list.md"), "--html", str(tmp_path / "list.html"))
    assert run(folder, "prioritize", "--until", "2026-10-20", "--ledger") == 0
    assert run(folder, "prioritize", "--until", "2026-11-25", "--ledger", *pages) == 0
    told = capsys.readouterr()
    assert "What to mend first" in told.out
    assert "ledger.jsonl" in told.err
    assert "| 1" in (tmp_path / "list.md").read_text()
    assert "<!doctype html>" in (tmp_path / "list.html").read_text()
    before = (folder / "ledger.jsonl").read_bytes()
    assert run(folder, "prioritize", "--until", "2026-11-25", "--ledger") == 0
    assert (folder / "ledger.jsonl").read_bytes() == before
    capsys.readouterr()
    assert run(folder, "ledger", "--json") == 0
    courses = {one["cluster"]: one["course"] for one in json.loads(capsys.readouterr().out)["items"]}
    assert courses == {"hallucination": "closing", "format_error": "growing"}
    assert run(folder, "ledger") == 0
    assert "closing: 1 of 2 things that went wrong" in capsys.readouterr().out


@pytest.mark.slow
def test_the_teams_file_is_read_and_its_faults_are_told_with_their_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = repository(tmp_path)
    (folder / "priorities.yaml").write_text("items:\n  format_error: {pin: true, note: a customer asked}\n")
    assert run(folder, "prioritize", "--until", "2026-11-25", "--json") == 0
    first = json.loads(capsys.readouterr().out)["items"][0]
    assert (first["item_id"], first["standing"], first["note"]) == ("format_error", "pinned", "a customer asked")
    (folder / "priorities.yaml").write_text("items:\n  format_error: {severity: 9}\n")
    assert run(folder, "prioritize", "--until", "2026-11-25") == 2
    assert "priorities.yaml:2:28" in capsys.readouterr().err


@pytest.mark.slow
def test_what_cannot_be_done_is_told_by_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = repository(tmp_path)
    assert run(folder, "ledger") == 2
    assert "prioritize --ledger writes it" in capsys.readouterr().err
    assert run(folder, "prioritize", "--churn", str(tmp_path / "none.csv")) == 2
    assert run(folder, "prioritize", "--classifier", "sha256:other") == 3
    (folder / "gate.yaml").write_text(GATE.replace("draws: 500", "lever: {format_error: grammar}"))
    assert run(folder, "prioritize") == 2
    assert "loop.prioritize.levers adds some" in capsys.readouterr().err
