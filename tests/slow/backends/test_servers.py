"""Phoenix and MLflow as real servers: an instrumented app answers, users say what they think of it, and ingest reads
both back; nothing is missing and nothing is there twice, also when a server was away in between.
"""

from pathlib import Path
from typing import Any

import pytest

from gate_action.cli.commands import run_command
from gate_action.loop.store import open_store
from tests.slow.backends.servers import TOP, Backend, Mlflow, Phoenix, answer, free_port, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
_KINDS: dict[str, type[Phoenix | Mlflow]] = {"phoenix": Phoenix, "mlflow": Mlflow}
GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {{kind: recorded, options: {{base: base.jsonl, head: head.jsonl}}}}
metrics: {{answer: {{evaluator: exact_match}}}}
loop: {{sources: {{production: {settings}}}}}
"""


@pytest.fixture(params=_KINDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if not (TOP / f".venv-{request.param}/stamp").exists():
        pytest.skip(f"{request.param} is not installed: .ci/run 50-slow does that")
    made = _KINDS[request.param](tmp_path / "server", free_port())
    made.folder.mkdir()
    (tmp_path / "gate.yaml").write_text(GATE.format(settings=made.settings))
    return made


def ingest(folder: Path) -> int:
    return run_command(["loop", "ingest", "--repository", str(folder)])


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    with open_store(folder / ".gate/loop/store.duckdb") as store:
        found: list[dict[str, Any]] = store.table(name).to_pyarrow().to_pylist()
    return found


def said(folder: Path) -> list[tuple[str, str, str, float | None, str, str]]:
    """Feedback, with what was asked in the turn that it found."""
    asked = {turn["turn_id"]: turn["input"] for turn in rows(folder, "turn")}
    explicit = [one for one in rows(folder, "feedback") if one["kind"] == "explicit"]
    told = ("name", "author_kind", "value", "comment", "correction")
    return sorted((asked.get(one["turn_id"], "an orphan"), *(one[name] for name in told)) for one in explicit)


def test_all_is_read_back_once_also_when_the_server_was_away(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("GATE_USER_KEY_SECRET", "a long and random text")
    with running(backend):
        backend.prepare()
        answer(backend, "capture", 0, 6)
        traced = answer(backend, "openinference", 10, 6)
        for told in traced:
            backend.say(told, "thumb", value=True, comment="")
        backend.say(traced[0], "thumb", value=False, comment="on second thought")
        backend.judge(traced[1], "vague", 0.75)
        assert ingest(tmp_path) == 0
        first = [f"question {number}" for number in (*range(6), *range(10, 16))]
        assert sorted(turn["input"] for turn in rows(tmp_path, "turn")) == sorted(first)
        by_number = [(f"question {n}", "thumb", "end_user", 0.0, f"no {n}", "30 days.") for n in (1, 3, 5)]
        thumbs = [(f"question {n}", "thumb", "end_user", 1.0, "", "") for n in range(11, 16)]
        changed = ("question 10", "thumb", "end_user", 0.0, "on second thought", "")
        judged = ("question 11", "vague", "llm", 0.75, "", "")
        known = sorted([*by_number, *thumbs, changed, judged])
        assert said(tmp_path) == known
        before = rows(tmp_path, "turn"), said(tmp_path)
        assert ingest(tmp_path) == 0
        assert (rows(tmp_path, "turn"), said(tmp_path)) == before
    capsys.readouterr()
    assert ingest(tmp_path) == 3
    assert "production" in capsys.readouterr().err
    assert (rows(tmp_path, "turn"), said(tmp_path)) == before

    with running(backend):
        later = answer(backend, "openinference", 20, 4)
        backend.say(later[0], "thumb", value=False, comment="new")
        backend.say(traced[5], "late", value=False, comment="late")
        assert ingest(tmp_path) == 0
        assert ingest(tmp_path) == 0
    questions = [turn["input"] for turn in rows(tmp_path, "turn")]
    assert sorted(questions) == sorted([*first, *(f"question {number}" for number in range(20, 24))])
    new = [("question 15", "late", "end_user", 0.0, "late", ""), ("question 20", "thumb", "end_user", 0.0, "new", "")]
    assert said(tmp_path) == sorted([*known, *new])
    turns = {turn["input"]: turn for turn in rows(tmp_path, "turn")}
    assert {turns[question]["model"] for question in first} == {"tiny-1"}
    assert all(turns[question]["output"] == question.replace("question", "answer") for question in first)
    assert all(turn["conversation_id"] and turn["user_key"] for turn in turns.values())
    assert not any("user 1" in str(row) for row in rows(tmp_path, "turn") + rows(tmp_path, "feedback"))
    assert rows(tmp_path, "fault") == []
