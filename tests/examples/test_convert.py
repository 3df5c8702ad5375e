import json
from pathlib import Path
from typing import Any

import pytest
from convert import RunsError, find_solid, load_runs, main, make_fixtures, make_recording

from gate_action.codec.rows import decode_row

BOOKING: dict[str, Any] = {"name": "book_reservation", "kwargs": {"user_id": "u1", "flights": [{"number": "F1"}]}}
LOOK_UP: dict[str, Any] = {"name": "get_user_details", "kwargs": {"user_id": "u1"}}


def call(name: str, arguments: dict[str, Any], answer: str, ident: str) -> list[dict[str, Any]]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return [
        {"role": "assistant", "content": None, "tool_calls": [{"id": ident, "function": function}]},
        {"role": "tool", "tool_call_id": ident, "name": name, "content": answer},
    ]


def run(task: int, trial: int, reward: float = 1.0) -> dict[str, Any]:
    return {
        "task_id": task,
        "trial": trial,
        "reward": reward,
        "instruction": f"Book flight {task}.",
        "expected_actions": [LOOK_UP, BOOKING],
        "messages": [
            {"role": "user", "content": "Hello"},
            *call("get_user_details", LOOK_UP["kwargs"], "{}", "c1"),
            *call("book_reservation", {"user_id": "wrong"}, "Error: user not found", "c2"),
            *call("book_reservation", BOOKING["kwargs"], "{}", "c3"),
            {"role": "assistant", "content": f"Booked in trial {trial}."},
            {"role": "user", "content": "###STOP###"},
        ],
    }


def write_runs(path: Path, runs: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in runs), encoding="utf-8")
    return path


def test_a_task_becomes_a_fixture_that_expects_its_writes_and_the_reward():
    (row,) = make_fixtures([run(3, trial) for trial in range(4)])
    assert row["id"] == "airline-03"
    assert row["expected"] == {
        "output": {"reward": 1},
        "tool_calls": [{"name": "book_reservation", "arguments": BOOKING["kwargs"]}],
    }
    assert row["slices"] == {"writes": "one"}
    assert decode_row(row).id == "airline-03"


def test_a_recording_holds_two_trials_with_the_calls_that_changed_something():
    first, second = make_recording([run(3, trial, reward=trial / 3) for trial in range(4)], (2, 3))
    assert (first["fixture_id"], first["attempt"], second["attempt"]) == ("airline-03", 0, 1)
    assert first["output"] == {"reward": 2 / 3, "final_message": "Booked in trial 2."}
    assert first["tool_calls"] == [{"name": "book_reservation", "arguments": BOOKING["kwargs"]}]


def test_a_flipped_task_fails_and_no_other_does():
    rows = make_recording([run(task, trial) for task in (1, 2) for trial in range(4)], (2, 3), flipped=frozenset({2}))
    assert [row["output"]["reward"] for row in rows] == [1.0, 1.0, 0.0, 0.0]


def test_a_task_is_solid_when_every_trial_passed():
    runs = [run(task, trial, reward=float((task, trial) != (2, 3))) for task in (1, 2) for trial in range(4)]
    assert find_solid(runs) == {1}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["{"], ":1: no JSON"),
        (["{}"], ":1: a run has"),
        ([json.dumps(run(1, trial)) for trial in (0, 1, 2)], "needs its trials"),
        ([json.dumps(run(1, trial)) for trial in (0, 1, 2, 3, 3)], "needs its trials"),
        ([], "needs its trials"),
    ],
)
def test_a_file_that_is_no_set_of_runs_is_refused_with_its_line(tmp_path, lines, message):
    path = tmp_path / "runs.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(RunsError, match=message):
        load_runs(path)


def test_the_command_writes_fixtures_two_recordings_and_the_gate(tmp_path, capsys):
    runs = write_runs(tmp_path / "runs.jsonl", [run(task, trial) for trial in range(4) for task in (1, 2)])
    assert main([str(runs), str(tmp_path / "out")]) == 0
    written = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert written == ["fixtures/airline.jsonl", "gate.yaml", "recordings/base.jsonl", "recordings/head.jsonl"]
    assert "2 tasks" in capsys.readouterr().out


def test_the_command_ends_2_where_the_runs_cannot_be_read(tmp_path, capsys):
    assert main([str(tmp_path / "absent.jsonl"), str(tmp_path)]) == 2
    assert "absent.jsonl" in capsys.readouterr().err
