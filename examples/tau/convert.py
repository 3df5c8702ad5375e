"""Turns runs of tau-bench's airline tasks into fixtures, two recordings and a gate.yaml. See README.md beside it.

Trials 0 and 1 of each task become the recording of base, trials 2 and 3 that of head.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Run = Mapping[str, Any]
"""One line of the runs' file: task_id, trial, reward, instruction, expected_actions, messages."""

GATE = Path(__file__).resolve().parent / "gate.yaml"
ARMS: Mapping[str, tuple[int, int]] = {"base": (0, 1), "head": (2, 3)}
"""Recording -> its trials, in the order of the attempts."""
REQUIRED = frozenset({"task_id", "trial", "reward", "instruction", "expected_actions", "messages"})

WRITES = frozenset(
    {
        "book_reservation",
        "cancel_reservation",
        "send_certificate",
        "update_reservation_baggages",
        "update_reservation_flights",
        "update_reservation_passengers",
    }
)
"""The tools that change the airline's database: the benchmark compares its end state, so only these are checked."""


class RunsError(Exception):
    """The runs' file is not what is expected."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("runs", type=Path, help="tau-bench's airline runs, JSONL: four trials of each task")
    parser.add_argument("out", type=Path, help="folder for gate.yaml, fixtures/ and recordings/")
    parser.add_argument(
        "--flip", action="store_true", help="in head's recording, fail each task that passed all four trials"
    )
    options = parser.parse_args(arguments)
    try:
        runs = load_runs(options.runs)
    except (OSError, RunsError) as error:
        print(f"convert: {error}", file=sys.stderr)
        return 2
    flipped = find_solid(runs) if options.flip else frozenset()
    write_lines(options.out / "fixtures" / "airline.jsonl", make_fixtures(runs))
    for arm, trials in ARMS.items():
        rows = make_recording(runs, trials, flipped=flipped if arm == "head" else frozenset())
        write_lines(options.out / "recordings" / f"{arm}.jsonl", rows)
    shutil.copy(GATE, options.out / "gate.yaml")
    print(f"{len({run['task_id'] for run in runs})} tasks in {options.out}; {len(flipped)} flipped in head's recording")
    return 0


def load_runs(path: Path) -> tuple[Run, ...]:
    """Every run, sorted by task and trial. Raises RunsError unless each task has each trial once."""
    runs = [_read_run(path, number, line) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)]
    runs.sort(key=lambda run: (run["task_id"], run["trial"]))
    tasks = sorted({run["task_id"] for run in runs})
    trials = sorted(trial for pair in ARMS.values() for trial in pair)
    if not tasks or [(run["task_id"], run["trial"]) for run in runs] != [(task, t) for task in tasks for t in trials]:
        raise RunsError(f"{path}: each task needs its trials {trials}, each once")
    return tuple(runs)


def make_fixtures(runs: Iterable[Run]) -> Iterator[dict[str, Any]]:
    """A fixture for each task: what the customer wants, what must have been changed, and that the benchmark agrees."""
    tasks = {run["task_id"]: run for run in runs}
    for task, run in sorted(tasks.items()):
        writes = [
            {"name": action["name"], "arguments": action["kwargs"]}
            for action in run["expected_actions"]
            if action["name"] in WRITES
        ]
        yield {
            "id": name_task(task),
            "input": run["instruction"],
            "expected": {"output": {"reward": 1}, "tool_calls": writes},
            "checks": [{"evaluator": "tool_calls", "options": {"mode": "unordered"}}],
            "slices": {"writes": _name_count(len(writes))},
        }


def make_recording(
    runs: Iterable[Run], trials: tuple[int, ...], *, flipped: frozenset[int] = frozenset()
) -> Iterator[dict[str, Any]]:
    """Rows of a recording. In ``flipped`` tasks the reward is 0, whatever the benchmark gave."""
    for run in runs:
        if run["trial"] not in trials:
            continue
        reward = 0.0 if run["task_id"] in flipped else run["reward"]
        yield {
            "fixture_id": name_task(run["task_id"]),
            "attempt": trials.index(run["trial"]),
            "output": {"reward": reward, "final_message": _read_final_message(run)},
            "tool_calls": list(_read_writes(run)),
            "messages": run["messages"],
        }


def find_solid(runs: Iterable[Run]) -> frozenset[int]:
    """The tasks that every trial passed."""
    failed, seen = set(), set()
    for run in runs:
        seen.add(run["task_id"])
        if run["reward"] != 1:
            failed.add(run["task_id"])
    return frozenset(seen - failed)


def name_task(task: int) -> str:
    return f"airline-{task:02d}"


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _read_run(path: Path, number: int, line: str) -> Run:
    try:
        run = json.loads(line)
    except ValueError as error:
        raise RunsError(f"{path}:{number}: no JSON: {error}") from error
    if not isinstance(run, dict) or not run.keys() >= REQUIRED:
        raise RunsError(f"{path}:{number}: a run has {', '.join(sorted(REQUIRED))}")
    return run


def _read_writes(run: Run) -> Iterator[dict[str, Any]]:
    """The calls that changed something. A call that the airline refused changed nothing, and is no fault of its own."""
    answers = {message["tool_call_id"]: message["content"] for message in run["messages"] if message["role"] == "tool"}
    for message in run["messages"]:
        for call in message.get("tool_calls") or ():
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            was_refused = str(answers.get(call["id"], "")).startswith("Error")
            if name in WRITES and not was_refused:
                yield {"name": name, "arguments": json.loads(arguments)}


def _read_final_message(run: Run) -> str:
    said = [message.get("content") for message in run["messages"] if message["role"] == "assistant"]
    return next((text for text in reversed(said) if text), "")


def _name_count(writes: int) -> str:
    return ("none", "one")[writes] if writes < 2 else "several"  # noqa: PLR2004  # two and more are several


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
