"""The `command` target, with real children."""

import asyncio
import tracemalloc
from pathlib import Path

import pytest

from gate_action.errors import TargetStartError
from gate_action.model.fixture import ToolCall
from gate_action.model.run import Build
from gate_action.model.trial import Fault, Output, TrialError, Unmeasured
from gate_action.targets.command import Command
from tests.targets.commands import LIMITS, cancel_when_stuck, content, fault, fixture, is_alive, program

JSONL = """
import json, os, sys, time
def say(**answer): print(json.dumps(answer), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    id, input = request["id"], request["input"]
"""


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


async def test_an_answer_keeps_its_tool_calls_context_and_usage(build: Build, tmp_path: Path):
    run = program(
        tmp_path,
        JSONL
        + """
    say(id=id, output={"x": [1]}, tool_calls=[{"name": "find", "arguments": {"q": 1}}], context=["d"],
        messages=[{"role": "user"}], usage={"input_tokens": 3, "cost_usd": 0.5})
""",
    )
    async with Command(run=run).open(build, LIMITS) as ask:
        attempt = await ask(fixture(), 0)
    assert attempt.outcome == Output(
        content={"x": [1]},
        tool_calls=(ToolCall(name="find", arguments={"q": 1}),),
        context=("d",),
        messages=({"role": "user"},),
    )
    assert (attempt.usage.input_tokens, attempt.usage.cost_usd) == (3, 0.5)
    assert attempt.usage.output_tokens is Unmeasured.NOT_REPORTED
    assert isinstance(attempt.usage.latency_s, float)
    assert 0 < attempt.usage.latency_s < 30


async def test_the_child_is_told_what_the_contract_says_and_not_what_is_expected(build: Build, tmp_path: Path):
    run = program(tmp_path, JSONL + "    say(id=id, output=[request, dict(os.environ), os.getcwd()])\n")
    async with Command(run=run).open(build, LIMITS) as ask:
        told = content(await ask(fixture("hi"), 2))
    assert isinstance(told, list)
    request, environment, folder = told
    assert request == {"id": "1", "fixture_id": "f1", "attempt": 2, "input": "hi", "context": ["doc"]}
    assert {name: value for name, value in environment.items() if name != "LC_CTYPE"} == {
        "PATH": "/usr/bin:/bin",
        "A": "1",
        "GATE_ARM": "head",
        "GATE_REVISION": "f" * 40,
    }  # LC_CTYPE: the interpreter sets it for itself where no locale is given
    assert folder == str(tmp_path)


async def test_an_error_that_the_child_tells_is_its_own_or_its_providers(build: Build, tmp_path: Path):
    run = program(
        tmp_path,
        JSONL + "    say(id=id, error='over quota', kind=input, retry_after_s=7)\n",
    )
    async with Command(run=run).open(build, LIMITS) as ask:
        own = await ask(fixture("target"), 0)
        providers = await ask(fixture("provider"), 0)
    assert own.outcome == TrialError(fault=Fault.REFUSED, detail="over quota")
    assert providers.outcome == TrialError(fault=Fault.PROVIDER, detail="over quota")
    assert providers.retry_after_s == 7


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "[1]",
        '{"id": 1, "output": 1}',
        '{"output": 1}',
        '{"id": "99", "output": 1}',
        '{"id": "\xff"}',
        "[" * 5000,
    ],
)
async def test_a_line_that_is_no_answer_is_garbage_and_the_child_lives_on(build: Build, tmp_path: Path, line: str):
    run = program(
        tmp_path,
        JSONL
        + """
    if input != "pid":
        sys.stdout.buffer.write(input.encode("latin-1") + b"\\n"); sys.stdout.flush()
    say(id=id, output=os.getpid())
""",
    )
    async with Command(run=run).open(build, LIMITS) as ask:
        before = content(await ask(fixture("pid"), 0))
        assert fault(await ask(fixture(line), 0)) is Fault.GARBAGE
        assert content(await ask(fixture("pid"), 0)) == before


@pytest.mark.parametrize(
    "parts", ["{}", "{'output': 1, 'tool_calls': [1]}", "{'output': 1, 'usage': {'input_tokens': -1}}"]
)
async def test_an_answer_of_the_wrong_shape_is_garbage(build: Build, tmp_path: Path, parts: str):
    run = program(tmp_path, JSONL + f"    say(id=id, **{parts})\n")
    async with Command(run=run).open(build, LIMITS) as ask:
        assert fault(await ask(fixture(), 0)) is Fault.GARBAGE


async def test_an_answer_nested_too_deeply_is_garbage(build: Build, tmp_path: Path):
    run = program(tmp_path, JSONL + "    print('{\"id\": \"%s\", \"output\": %s1%s}' % (id, '[' * 200, ']' * 200))\n")
    run = (run[0], "-u", *run[1:])
    async with Command(run=run).open(build, LIMITS) as ask:
        assert fault(await ask(fixture(), 0)) is Fault.GARBAGE


async def test_a_child_that_dies_is_replaced_for_the_next_trial(build: Build, tmp_path: Path):
    run = program(
        tmp_path,
        JSONL
        + """
    if input == "die":
        print("my last words", file=sys.stderr, flush=True)
        os._exit(7)
    say(id=id, output=os.getpid())
""",
    )
    async with Command(run=run).open(build, LIMITS) as ask:
        before = content(await ask(fixture("a"), 0))
        died = await ask(fixture("die"), 0)
        after = content(await ask(fixture("b"), 0))
    assert isinstance(died.outcome, TrialError)
    assert died.outcome.fault is Fault.CRASHED
    assert "exit code 7" in died.outcome.detail
    assert died.outcome.tail == "my last words"
    assert died.outcome.is_shared
    assert before != after


@pytest.mark.slow
async def test_a_fixture_that_kills_the_child_takes_its_neighbours_down_only_once(build: Build, tmp_path: Path):
    run = program(
        tmp_path,
        JSONL
        + """
    time.sleep(0.1)
    if input == "die": os._exit(1)
    say(id=id, output="fine")
""",
    )
    async with Command(run=run).open(build, LIMITS) as ask:
        inputs = ("die", "a", "b", "c")
        first = await asyncio.gather(*(ask(fixture(text), 0) for text in inputs))
        second = await asyncio.gather(*(ask(fixture(text), 0) for text in inputs))
    assert [fault(attempt) for attempt in first] == [Fault.CRASHED] * 4
    assert fault(second[0]) is Fault.CRASHED
    assert [content(attempt) for attempt in second[1:]] == ["fine"] * 3


async def test_a_child_that_closes_its_stdout_is_replaced(build: Build, tmp_path: Path):
    run = program(
        tmp_path,
        JSONL
        + """
    if input == "mute":
        os.close(1)
        time.sleep(60)
    say(id=id, output="fine")
""",
    )
    async with Command(run=run).open(build, LIMITS) as ask:
        assert content(await ask(fixture("a"), 0)) == "fine"
        assert fault(await ask(fixture("mute"), 0)) is Fault.CRASHED
        assert content(await ask(fixture("b"), 0)) == "fine"


async def test_a_child_that_dies_over_and_over_is_started_only_so_often(build: Build, tmp_path: Path):
    (tmp_path / "app").write_text(
        """#!/bin/sh
echo x >> starts
read line
test -e answered && exit 1
touch answered
echo '{"id": "1", "output": "once"}'
read line
"""
    )
    (tmp_path / "app").chmod(0o755)
    async with Command(run=("./app",)).open(build, LIMITS) as ask:
        assert content(await ask(fixture(), 0)) == "once"
        faults = {fault(await ask(fixture(), 0)) for _ in range(40)}
        last = await ask(fixture(), 0)
    assert faults == {Fault.CRASHED}
    assert isinstance(last.outcome, TrialError)
    assert last.outcome.detail.startswith("not started again after 30 deaths in a row")
    assert last.usage.latency_s is Unmeasured.NOT_REPORTED
    assert (tmp_path / "starts").stat().st_size == 2 * 30


@pytest.mark.parametrize("protocol", ["jsonl", "once"])
async def test_what_a_child_prints_does_not_pile_up_in_our_memory(build: Build, tmp_path: Path, protocol: str):
    run = program(tmp_path, "import sys\nfor _ in range(50): sys.stdout.write('x' * 1_000_000)")
    tracemalloc.start()
    try:
        async with Command(run=run, protocol=protocol).open(build, LIMITS) as ask:  # type: ignore[arg-type]  # a table's
            assert fault(await ask(fixture(), 0)) is Fault.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


async def test_a_child_that_never_answers_before_it_dies_cannot_start(build: Build, tmp_path: Path):
    run = program(tmp_path, "import sys; sys.exit('no such model')")
    async with Command(run=run).open(build, LIMITS) as ask:
        assert fault(await ask(fixture(), 0)) is Fault.CRASHED
        assert fault(await ask(fixture(), 0)) is Fault.CRASHED
        with pytest.raises(TargetStartError, match=r"died 3 times before its first answer.*exit code 1") as caught:
            await ask(fixture(), 0)
        with pytest.raises(TargetStartError):
            await ask(fixture(), 0)
    assert caught.value.tail == "no such model"


@pytest.mark.parametrize("protocol", ["jsonl", "once"])
async def test_a_program_that_is_not_there_cannot_start(build: Build, protocol: str):
    target = Command(run=("./no-such-program",), protocol=protocol)  # type: ignore[arg-type]  # a text of the table
    async with target.open(build, LIMITS) as ask:
        with pytest.raises(TargetStartError, match=r"no-such-program.*No such file"):
            await ask(fixture(), 0)


async def test_an_answer_of_50_mb_fails_its_own_trial_only(build: Build, tmp_path: Path):
    run = program(
        tmp_path,
        JSONL
        + """
    if input == "big":
        sys.stdout.write('{"id": "%s", "output": "' % id)
        for _ in range(50): sys.stdout.write("x" * 1_000_000)
        print('"}', flush=True)
    else:
        say(id=id, output="small")
""",
    )
    async with Command(run=run).open(build, LIMITS) as ask:
        small, big, later = await asyncio.gather(ask(fixture("a"), 0), ask(fixture("big"), 0), ask(fixture("b"), 0))
    assert (content(small), content(later)) == ("small", "small")
    assert fault(big) is Fault.TOO_LARGE


async def test_an_endless_line_ends_the_child(build: Build, tmp_path: Path):
    run = program(tmp_path, "import sys\nsys.stdin.readline()\nwhile True: sys.stdout.write('x' * 1_000_000)")
    async with Command(run=run).open(build, LIMITS) as ask:
        assert fault(await ask(fixture(), 0)) is Fault.TOO_LARGE
        first = asyncio.get_running_loop().time()
        assert fault(await ask(fixture(), 0)) is not None
        assert asyncio.get_running_loop().time() - first < 10


async def test_a_stuck_child_is_left_behind_and_ended_when_its_trial_is_cancelled(build: Build, tmp_path: Path):
    run = program(
        tmp_path,
        JSONL
        + """
    if input == "hang":
        open("stuck.pid", "w").write(str(os.getpid()))
        time.sleep(60)
    say(id=id, output=os.getpid())
""",
    )
    async with Command(run=run).open(build, LIMITS) as ask:
        stuck = await cancel_when_stuck(ask(fixture("hang"), 0), tmp_path / "stuck.pid")
        assert content(await ask(fixture("a"), 0)) != stuck
    assert not is_alive(stuck)


def test_a_command_names_a_program():
    with pytest.raises(ValueError, match="names no program"):
        Command(run=())
