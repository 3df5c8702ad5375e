"""The `command` target with a child for each trial."""

import asyncio
from pathlib import Path

import pytest

from gate_action.model.run import Build
from gate_action.model.trial import Fault
from gate_action.targets.command import Command
from tests.targets.commands import LIMITS, cancel_when_stuck, content, fault, fixture, is_alive, program


async def test_once_gives_each_trial_a_child(build: Build, tmp_path: Path):
    run = program(tmp_path, "import json, os, sys; print(json.dumps({'output': json.load(sys.stdin)['input']}))")
    async with Command(run=run, protocol="once").open(build, LIMITS) as ask:
        attempts = await asyncio.gather(*(ask(fixture(text), 0) for text in ("a", "b")))
    assert [content(attempt) for attempt in attempts] == ["a", "b"]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("plain\r\n", "plain"),
        ("two\n\n", "two\n"),
        ("", ""),
        ('{"answer": 1}', '{"answer": 1}'),
        ("{no json", "{no json"),
        ('{"output": null}', None),
    ],
)
async def test_once_takes_plain_text_for_the_output(build: Build, tmp_path: Path, printed: str, expected: object):
    run = program(tmp_path, f"import sys; sys.stdout.buffer.write({printed!r}.encode())")
    async with Command(run=run, protocol="once").open(build, LIMITS) as ask:
        assert content(await ask(fixture(), 0)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import sys; print('out'); sys.exit(3)", Fault.CRASHED),
        ("import os; os.kill(os.getpid(), 9)", Fault.CRASHED),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe')", Fault.GARBAGE),
        ('print(\'{"output": 1, "context": 5}\')', Fault.GARBAGE),
        ('print(\'{"error": "not today"}\')', Fault.REFUSED),
        ("import sys\nfor _ in range(50): sys.stdout.write('x' * 1_000_000)", Fault.TOO_LARGE),
        ("while True: print('for ever')", Fault.TOO_LARGE),
    ],
)
async def test_once_tells_each_fault(build: Build, tmp_path: Path, text: str, expected: Fault):
    async with Command(run=program(tmp_path, text), protocol="once").open(build, LIMITS) as ask:
        assert fault(await ask(fixture(), 0)) is expected


async def test_once_ends_the_child_of_a_cancelled_trial(build: Build, tmp_path: Path):
    run = program(
        tmp_path,
        """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("stuck.pid", "w").write(str(os.getpid()))
time.sleep(60)
""",
    )
    async with Command(run=run, protocol="once").open(build, LIMITS) as ask:
        stuck = await cancel_when_stuck(ask(fixture(), 0), tmp_path / "stuck.pid")
        assert not is_alive(stuck)
