"""Runs `gate-action run` in a process of its own on a repository of the test's own, and reads what it left."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.repositories import Repository

JSONL_APP = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "output": answer(request["input"])}), flush=True)
"""
GOOD = "def answer(text): return text.upper()\n" + JSONL_APP
BAD_SLICE = "def answer(text): return text if 'refund' in text else text.upper()\n" + JSONL_APP
BROKEN = "import nothing_of_that_name\n"

GATE = """
schema_version: 1
id: shout
fixtures: [fixtures]
target: {kind: command, options: {run: [python3, app.py]}}
metrics: {answer: {evaluator: exact_match}}
policy: {trials: 2}
limits: {concurrency: 4, trial_timeout_s: 10}
"""


def rows(count: int = 70, refunds: int = 12) -> str:
    """``refunds`` of ``count`` fixtures are about refunds."""
    lines = []
    for number in range(count):
        topic = "refund" if number < refunds else "other"
        text = f"{topic} {number}"
        row = {"id": f"f{number}", "input": text, "expected": text.upper(), "slices": {"topic": topic}}
        lines.append(json.dumps(row))
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Ran:
    code: int
    stdout: str
    stderr: str
    out: Path
    run_folder: Path

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.out / "report.json").read_text(encoding="utf-8"))
        return report

    @property
    def verdict(self) -> str:
        return str(self.report["decision"]["verdict"])

    @property
    def reasons(self) -> list[str]:
        return [reason["kind"] for reason in self.report["decision"]["reasons"]]


def argv_for(repository: Repository, *options: str) -> list[str]:
    place = repository.folder.parent
    return [
        *(sys.executable, "-m", "gate_action", "run", "--repository", str(repository.folder)),
        *("--out", str(place / "out"), "--run-folder", str(place / "run"), *options),
    ]


def environment(**more: str) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "GIT_"))}
    return keep | more


def run(repository: Repository, *options: str, env: Mapping[str, str] | None = None) -> Ran:
    done = subprocess.run(
        argv_for(repository, *options),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment(**(env or {})),
    )
    place = repository.folder.parent
    return Ran(done.returncode, done.stdout, done.stderr, place / "out", place / "run")


def pids_of(marker: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in command and b"gate_action" not in command:
            found.append(int(folder.name))
    return found
