import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from gate_action.cli.commands import run_command
from gate_action.loop.store import open_store
from tests.loop.follow.questions import FIXTURES
from tests.loop.production import MONDAY, Production, complain, spread

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
state: {path: memory}
loop: {distribution: {draws: 499}}
"""
LAST = {"same": {"hallucination": 6, "tool_misuse": 1}, "shifted": {"hallucination": 1, "tool_misuse": 6}}


def repository(folder: Path, last: str) -> Path:
    (folder / "gate.yaml").write_text(GATE)
    (folder / "fixtures").mkdir()
    rows = [json.dumps({"input": {"question": text}, "expected": "An answer."}) for text in FIXTURES]
    (folder / "fixtures" / "shop.jsonl").write_text("\n".join(rows))
    rng, production = np.random.default_rng(1), Production()
    for number in range(4, 0, -1):
        shares = LAST[last if number == 1 else "same"]
        start = MONDAY - timedelta(days=7 * number)
        complain(production, start, spread(40, shares, rng), silent=60, input="Where is my order KP-1?")
    with open_store(folder / "memory" / "store.duckdb") as store:
        production.write(store)
    return folder


def run(folder: Path, *more: str) -> int:
    return run_command(["loop", "distribution", "--repository", str(folder), "--until", "2026-11-25", *more])


def test_a_shift_is_told_and_fails_only_where_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = repository(tmp_path, "shifted")
    assert run(folder) == 0
    told = capsys.readouterr().out
    assert "SHIFT" in told
    assert "more tool_misuse" in told
    assert "How much goes wrong did not change" in told
    assert run(folder, "--fail-on", "shift") == 1


@pytest.mark.slow  # reads its own store, as those below do
def test_without_a_shift_nothing_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(repository(tmp_path, "same"), "--fail-on", "shift") == 0
    assert "NO SHIFT FOUND" in capsys.readouterr().out


@pytest.mark.slow
def test_json_has_the_figures_and_no_words_of_users(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = repository(tmp_path, "shifted")
    page = tmp_path / "pages" / "week.html"
    assert run(folder, "--json", "--html", str(page)) == 0
    told = capsys.readouterr().out
    found = json.loads(told)
    assert found["shifted"] == "shift"
    assert found["novelty"]["fixtures"] == len(FIXTURES)
    assert "KP-1" not in told + page.read_text()
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.slow
def test_without_labels_it_is_not_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = repository(tmp_path, "same")
    (folder / "memory" / "store.duckdb").unlink()
    assert run(folder) == 3
    assert "no turn is classified" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("url", ["nonsense", "oracle://host/db"])
def test_what_is_no_engine_is_refused(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]):
    assert run(repository(tmp_path, "same"), "--engine", url) == 2
    assert "is no engine's URL" in capsys.readouterr().err


@pytest.mark.slow
def test_an_engine_that_does_not_answer_is_told_without_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = repository(tmp_path, "same")
    assert run(folder, "--engine", f"duckdb://{tmp_path}/no/such/folder/file.db?password=hush") == 3
    assert "hush" not in capsys.readouterr().err


@pytest.mark.slow
def test_a_password_in_gate_yaml_is_refused_and_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = repository(tmp_path, "same")
    (folder / "gate.yaml").write_text(GATE.replace("loop: {", "loop: {engine: 'postgres://me:hush@db/x', "))
    assert run(folder) == 2
    told = capsys.readouterr().err
    assert "holds a password" in told
    assert "hush" not in told


@pytest.mark.slow
def test_labels_are_followed_before_there_is_a_first_fixture(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = repository(tmp_path, "shifted")
    (folder / "fixtures" / "shop.jsonl").unlink()
    assert run(folder) == 0
    told = capsys.readouterr().out
    assert "more tool_misuse" in told
    assert "no input drift: fixtures: no file is there" in told
