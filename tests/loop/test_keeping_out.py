"""Who was forgotten stays out, whatever sources still hold."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate_action.cli.commands import run_command
from gate_action.codec.user_keys import SECRET_NAME, UserKeys
from gate_action.errors import ConfigError
from gate_action.loop.store import open_store
from gate_action.wiring.loop.forgetting import forget
from gate_action.wiring.loop.ingest import IngestOutcome, IngestRequest, run_ingest
from gate_action.wiring.loop.opening import LoopOptions
from tests.loop.complaints import rows_of
from tests.loop.ingest.records import START, attributes, chat, line, span

pytestmark = pytest.mark.slow  # each opens its store several times
SECRET = "a secret of the tests, long enough"
ENVIRON = {SECRET_NAME: SECRET}
NOW = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001  # the tables' times are UTC, without a zone
GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
state: {path: memory}
loop: {sources: {spans: {kind: files, path: ../traces}}}
"""


def said(number: int, told: dict[str, Any]) -> bytes:
    """A statement as a log has it."""
    record = {
        "timeUnixNano": str(START + 10**9 * number),
        "eventName": "gen_ai.evaluation.result",
        "attributes": attributes({"gen_ai.evaluation.name": "thumb", "gen_ai.evaluation.score.label": "down", **told}),
    }
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode() + b"\n"


def turn(number: int, user: str, **more: Any) -> bytes:
    """A trace of its own, ``number`` seconds after START. The user stands on the agent's span only."""
    agent = {"gen_ai.operation.name": "invoke_agent", **({"user.id": user} if user else {}), **more}
    inner = span(number + 1, chat(f"q{number}", f"answer {number}"), trace=number, parent=number)
    return line(span(number, agent, trace=number)) + line(inner)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "gate.yaml").write_text(GATE)
    (tmp_path / "traces").mkdir()
    write(
        repository,
        turn(10, "ann", **{"gate.join_key": "message 10", "gen_ai.conversation.id": "talk"}),
        turn(20, "bob"),
        turn(30, "", **{"gen_ai.conversation.id": "talk"}),
        said(11, {"gate.join_key": "message 10", "gen_ai.evaluation.explanation": "my own words"}),
        said(21, {"gate.join_key": "other", "user.id": "ann", "gen_ai.evaluation.explanation": "mine, too"}),
    )
    return repository


def write(repository: Path, *records: bytes) -> None:
    with (repository.parent / "traces" / "a.jsonl").open("ab") as file:
        file.write(b"".join(records))


def options(repository: Path) -> LoopOptions:
    return LoopOptions(repository=repository, config="gate.yaml", store=None)


def ingest(repository: Path, *, environ: dict[str, str] | None = None, is_anew: bool = True) -> IngestOutcome:
    wanted = ENVIRON if environ is None else environ
    request = IngestRequest(sources=(), is_anew=is_anew, environ=wanted, now=NOW)
    return run_ingest(options(repository), request)


def forget_ann(repository: Path, environ: dict[str, str] | None = None) -> int:
    key = UserKeys(SECRET).key("ann")
    return forget(options(repository), key, ENVIRON if environ is None else environ, NOW).marks


def answers(repository: Path) -> list[str]:
    with open_store(repository / "memory" / "store.duckdb") as store:
        return sorted(row["output"] for row in rows_of(store, "turn"))


def test_what_was_forgotten_is_not_read_again(repository: Path):
    ingest(repository)
    assert answers(repository) == ["answer 10", "answer 20", "answer 30"]
    forget_ann(repository)
    again = ingest(repository)
    assert answers(repository) == ["answer 20"]
    assert again.ingested.kept_out == 6
    assert b"my own words" not in (repository / "memory" / "store.duckdb").read_bytes()
    with open_store(repository / "memory" / "store.duckdb") as store:
        assert not [row for row in rows_of(store, "feedback") if row["kind"] == "explicit"]


def test_the_list_holds_keyed_hashes_and_nothing_else(repository: Path):
    ingest(repository)
    marks = forget_ann(repository)
    with open_store(repository / "memory" / "store.duckdb") as store:
        rows = rows_of(store, "forgotten")
    assert len(rows) == marks == 5, "the user, two traces, a conversation and a join key"
    assert all(len(row["mark"]) == 32 for row in rows)
    told = repr(rows)
    assert not [word for word in ("ann", "talk", "message", f"{10:032x}", UserKeys(SECRET).key("ann")) if word in told]


def test_a_trace_that_was_not_known_is_kept_out_by_its_user_though_its_user_comes_last(repository: Path):
    ingest(repository)
    forget_ann(repository)
    agent, inner = turn(40, "ann").splitlines(keepends=True)
    write(repository, inner)
    ingest(repository, is_anew=False)
    assert "answer 40" in answers(repository), "whose it is, nobody can know yet"
    write(repository, agent)
    ingest(repository, is_anew=False)
    ingest(repository)
    assert answers(repository) == ["answer 20"]


def test_who_comes_back_later_is_a_user_like_others(repository: Path):
    ingest(repository)
    forget_ann(repository)
    later = int((NOW + timedelta(days=1) - datetime(1970, 1, 1)).total_seconds()) * 10**9  # noqa: DTZ001  # as NOW
    told = chat("again", "answer later", **{"user.id": "ann"})
    write(repository, line(span(50, told, trace=50, startTimeUnixNano=str(later), endTimeUnixNano=str(later + 1))))
    ingest(repository)
    assert answers(repository) == ["answer 20", "answer later"]


def test_without_the_secret_nobody_comes_back(repository: Path):
    ingest(repository)
    assert forget_ann(repository, {}) == 0
    forget_ann(repository)
    with pytest.raises(ConfigError, match="knows people who were forgotten"):
        ingest(repository, environ={})
    other = ingest(repository, environ={SECRET_NAME: "another secret, long enough"})
    assert other.unreadable_marks > 0


def test_the_command_says_whether_anything_keeps_them_out(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(SECRET_NAME, SECRET)
    assert run_command(["loop", "ingest", "--repository", str(repository)]) == 0
    assert run_command(["loop", "forget", "--id", "ann", "--repository", str(repository)]) == 0
    assert "stays out: the store keeps keyed hashes" in capsys.readouterr().out
    assert run_command(["loop", "ingest", "--again", "--repository", str(repository)]) == 0
    assert "6 spans and statements of people who were forgotten were left out" in capsys.readouterr().out
    monkeypatch.delenv(SECRET_NAME)
    assert run_command(["loop", "forget", "x", "--repository", str(repository)]) == 0
    assert "nothing keeps out what sources still hold" in capsys.readouterr().out
