"""The `command` target, with real children."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gate_action.errors import TargetStartError
from gate_action.model.fixture import Fixture, ToolCall
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError, Unmeasured
from gate_action.targets.command import Command

LIMITS = Limits(concurrency=4, max_output_bytes=100_000)
JSONL = """
import json, os, sys, time
def say(**answer): print(json.dumps(answer), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    id, input = request["id"], request["input"]
"""


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(
        arm=Arm.HEAD, revision=Revision(sha="f" * 40), folder=tmp_path, environment={"PATH": "/usr/bin:/bin", "A": "1"}
    )


def program(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "app.py").write_text(text, encoding="utf-8")
    return (sys.executable, "app.py")


def fixture(content: object = "hi", name: str = "f1") -> Fixture:
    return Fixture(id=name, input=content, context=("doc",))  # type: ignore[arg-type]  # any JSON, seen as object


def fault(attempt: Attempt) -> Fault:
    assert isinstance(attempt.outcome, TrialError), attempt
    return attempt.outcome.fault


def content(attempt: Attempt) -> object:
    assert isinstance(attempt.outcome, Output), attempt
    return attempt.outcome.content


async def test_a_long_lived_child_answers_many_trials_in_any_order(build: Build, tmp_path: Path):
    run = program(
        tmp_path,
        """
import json, sys
held = [json.loads(sys.stdin.readline()) for _ in range(3)]
for request in reversed(held):
    print(json.dumps({"id": request["id"], "output": request["input"] + "!"}), flush=True)
sys.stdin.read()
""",
    )
    async with Command(run=run).open(build, LIMITS) as ask:
        attempts = await asyncio.gather(*(ask(fixture(text), 0) for text in ("a", "b", "c")))
    assert [content(attempt) for attempt in attempts] == ["a!", "b!", "c!"]
