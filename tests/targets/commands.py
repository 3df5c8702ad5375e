"""Small programs in children, and what a trial of them came to."""

import asyncio
import sys
from collections.abc import Awaitable
from pathlib import Path

import pytest

from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.trial import Attempt, Fault, Output, TrialError

LIMITS = Limits(concurrency=4, max_output_bytes=100_000)


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


async def cancel_when_stuck(trial: Awaitable[Attempt], told: Path) -> int:
    """The child's pid, which it tells before it hangs."""
    task = asyncio.ensure_future(trial)
    while not pid_in(told):  # noqa: ASYNC110  # a child's file tells no event
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return pid_in(told)


def pid_in(file: Path) -> int:
    """0 while nothing is told."""
    return int(file.read_text() or "0") if file.exists() else 0


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
