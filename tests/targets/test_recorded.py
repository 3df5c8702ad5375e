"""The `recorded` target: rows found by fixture and attempt, and refused with file and line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.errors import ConfigError, StoreError
from gate_action.model.fixture import Fixture, Json, ToolCall
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError, Unmeasured, Usage
from gate_action.targets.recorded import Recorded, Recording

BASE = Build(arm=Arm.BASE, revision=Revision(sha="b"))
HEAD = Build(arm=Arm.HEAD, revision=Revision(sha="a"))


def write(folder: Path, *rows: Json | bytes, name: str = "head.jsonl") -> Recorded:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    (folder / name).write_bytes(b"\n".join(lines) + b"\n")
    return Recorded(base="base.jsonl", head="head.jsonl", workspace=str(folder))


async def ask(target: Recorded, fixture_id: str, attempt: int, build: Build = HEAD) -> Attempt:
    async with target.open(build, Limits(max_output_bytes=2000)) as replay:
        return await replay(Fixture(id=fixture_id, input="x"), attempt)


async def problems(target: Recorded) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        await ask(target, "a", 0)
    return [f"{Path(problem.path).name}:{problem.line}: {problem.message}" for problem in caught.value.problems]


async def test_a_row_is_found_by_fixture_and_attempt(tmp_path: Path):
    target = write(
        tmp_path,
        {"fixture_id": "a", "attempt": 1, "output": "one"},
        {"fixture_id": "b", "attempt": 0, "output": "other"},
        {"fixture_id": "a", "attempt": 0, "output": "nought"},
    )
    assert (await ask(target, "a", 0)).outcome == Output(content="nought")
    assert (await ask(target, "a", 1)).outcome == Output(content="one")


async def test_each_arm_has_a_recording_of_its_own(tmp_path: Path):
    write(tmp_path, {"fixture_id": "a", "output": "old"}, name="base.jsonl")
    target = write(tmp_path, {"fixture_id": "a", "output": "new"})
    assert (await ask(target, "a", 0, BASE)).outcome == Output(content="old")
    assert (await ask(target, "a", 0, HEAD)).outcome == Output(content="new")


async def test_rows_that_nobody_asked_for_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    target = write(tmp_path, *({"fixture_id": name, "output": "x"} for name in "aaab"))
    async with target.open(HEAD, Limits()) as replay:
        for attempt in (0, 1, 1):
            await replay(Fixture(id="a", input="x"), attempt)
    assert "head.jsonl: 2 of 4 rows were not asked for" in caplog.text


async def test_a_recording_that_is_read_to_its_end_tells_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    await ask(write(tmp_path, {"fixture_id": "a", "output": "x"}), "a", 0)
    assert caplog.text == ""


async def test_rows_without_an_attempt_are_counted(tmp_path: Path):
    target = write(tmp_path, *({"fixture_id": name, "output": f"{name}{n}"} for n in range(3) for name in "ab"), b"")
    assert (await ask(target, "b", 2)).outcome == Output(content="b2")


async def test_a_row_keeps_all_that_was_recorded(tmp_path: Path):
    call: Json = {"name": "find", "arguments": {"q": 1}}
    usage: Json = {"latency_s": 1.5, "input_tokens": 3, "cost_usd": "unpriced"}
    target = write(
        tmp_path, {"fixture_id": "a", "output": None, "tool_calls": [call], "context": ["d"], "usage": usage}
    )
    attempt = await ask(target, "a", 0)
    assert attempt.outcome == Output(
        content=None, tool_calls=(ToolCall(name="find", arguments={"q": 1}),), context=("d",)
    )
    assert attempt.usage == Usage(latency_s=1.5, input_tokens=3, cost_usd=Unmeasured.UNPRICED)


async def test_what_was_not_recorded_is_no_failure_of_the_build(tmp_path: Path):
    attempt = await ask(write(tmp_path, {"fixture_id": "a", "output": 1}), "a", 1)
    assert isinstance(attempt.outcome, TrialError)
    assert attempt.outcome.fault is Fault.NOT_RECORDED
    assert attempt.usage.latency_s is Unmeasured.NOT_REPORTED


@pytest.mark.parametrize(("kind", "fault"), [("target", Fault.REFUSED), ("provider", Fault.PROVIDER)])
async def test_a_recorded_error_stays_one(tmp_path: Path, kind: str, fault: Fault):
    target = write(tmp_path, {"fixture_id": "a", "error": "it broke", "kind": kind})
    assert (await ask(target, "a", 0)).outcome == TrialError(fault=fault, detail="it broke")


async def test_every_bad_row_is_told_with_its_line(tmp_path: Path):
    target = write(
        tmp_path,
        {"fixture_id": "a", "output": 1},
        b"",
        b"no json",
        {"output": 1},
        {"fixture_id": "b"},
        {"fixture_id": "c", "output": 1, "attempt": -1},
        {"fixture_id": "d", "output": "x" * 3000},
        b'{"fixture_id": "e", "output": "\xff"}',
        b'{"fixture_id": "f", "output": ' + b"[" * 90 + b"]" * 90 + b"}",
        {"fixture_id": "a", "attempt": 0, "output": 2},
        {"fixture_id": "g", "output": 1},
    )
    told = await problems(target)
    assert [problem.partition(": ")[0] for problem in told] == [f"head.jsonl:{line}" for line in range(3, 11)]
    assert "missing required field `fixture_id`" in told[1]
    assert "neither output nor error" in told[2]
    assert "longer than 2000 bytes" in told[4]
    assert told[-1].endswith("a second row for this attempt of 'a'; the first is in line 1")


async def test_a_recording_that_is_not_there_is_a_mistake_in_the_config(tmp_path: Path):
    target = Recorded(base="base.jsonl", head="head.jsonl", workspace=str(tmp_path))
    assert await problems(target) == ["head.jsonl:None: No such file or directory"]


async def test_a_recording_that_changes_while_it_is_read_is_told(tmp_path: Path):
    target = write(tmp_path, {"fixture_id": "a", "output": "old"})
    async with target.open(HEAD, Limits()) as replay:
        (tmp_path / "head.jsonl").write_bytes(b"something else\n")
        with pytest.raises(StoreError, match="changed while"):
            await replay(Fixture(id="a", input=1), 0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(), st.booleans()), max_size=20), st.booleans())
def test_every_row_of_a_recording_is_found_again(tmp_path_factory, rows: list[tuple[str, str, bool]], is_crlf: bool):
    """Whether it tells its attempt or not."""
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    lines, counts = [], dict.fromkeys("abc", 0)
    for name, text, is_told in rows:
        told = {"attempt": counts[name]} if is_told else {}
        lines.append(json.dumps({"fixture_id": name, "output": text, **told}))
        counts[name] += 1
    path.write_bytes(("\r\n" if is_crlf else "\n").join(lines).encode())
    counts = dict.fromkeys("abc", 0)
    with path.open("rb") as file:
        recording = Recording(file, "rows", 10_000)
        for name, text, _ in rows:
            row = recording.find(name, counts[name])
            assert row is not None
            assert row.output == text
            counts[name] += 1
        assert all(recording.find(name, count) is None for name, count in counts.items())
