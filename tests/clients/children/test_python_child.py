"""Calls of the repository's functions, and the runner's own promise: standard library, Python 3.9."""

import ast
import asyncio
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from gate_action.clients.children.python_child import Interpreter, open_call
from gate_action.model.fixture import JsonObject
from gate_action.model.metric import Limits
from gate_action.model.protocols import CallError
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm

OURS = Interpreter(python=sys.executable)
SOURCE = files("gate_action.clients.children").joinpath("python_runner.py").read_text(encoding="utf-8")
JUDGES = """
import time
def both(output, expected): return output == expected
def whole(everything): return sorted(everything)
def rest(**parts): return sorted(parts)
def shaped(output): return {"output": 1, "reason": "as it is"}
def hangs(output): time.sleep(60)
async def later(output): return output
"""
PAYLOAD: JsonObject = {"output": 1, "expected": 1, "fixture_id": "f"}


@pytest.fixture
def build(tmp_path: Path) -> Build:
    (tmp_path / "judges.py").write_text(JUDGES, encoding="utf-8")
    return Build(arm=Arm.BASE, revision=Revision(sha="a"), folder=tmp_path, environment={"PATH": "/usr/bin:/bin"})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("both", True),
        ("whole", ["expected", "fixture_id", "output"]),
        ("rest", ["expected", "fixture_id", "output"]),
        ("shaped", {"output": 1, "reason": "as it is"}),
        ("later", 1),
    ],
)
async def test_a_function_gets_the_parts_that_it_names(build: Build, name: str, expected: object):
    async with open_call(build, Limits(), OURS) as call:
        assert await call(f"judges:{name}", PAYLOAD) == expected


@pytest.mark.parametrize(
    ("function", "payload", "words"),
    [
        ("judges:nothing", PAYLOAD, "raised AttributeError"),
        ("judges:both", {"output": 1}, "raised TypeError: both.. missing 1 required"),
        ("judges:hangs", PAYLOAD, "did not answer within 0.8 s"),
    ],
)
async def test_a_call_that_fails_says_why(build: Build, function: str, payload: JsonObject, words: str):
    async with open_call(build, Limits(trial_timeout_s=0.8), OURS) as call:
        with pytest.raises(CallError, match=words):
            await call(function, payload)


async def test_an_interpreter_that_is_not_there_is_told(build: Build):
    async with open_call(build, Limits(), Interpreter(python="./no-python")) as call:
        with pytest.raises(CallError, match="no-python"):
            await call("judges:both", PAYLOAD)


async def test_nothing_is_started_when_nothing_is_called(build: Build):
    async with open_call(build, Limits(), Interpreter(python="./no-python")):
        await asyncio.sleep(0)


def test_the_runner_is_python_3_9_and_imports_the_standard_library_only():
    tree = ast.parse(SOURCE, feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def works(python: str) -> bool:
    found = shutil.which(python)
    return found is not None and subprocess.run([found, "-V"], capture_output=True, check=False).returncode == 0


def test_the_runner_answers_in_the_oldest_interpreter_of_this_machine(tmp_path: Path):
    names = (f"python3.{minor}" for minor in range(9, sys.version_info.minor))
    python = next(filter(works, names), sys.executable)
    (tmp_path / "app.py").write_text("def answer(input): print('noise'); return input * 2", encoding="utf-8")
    with subprocess.Popen(
        [python, "-I", "-c", SOURCE, "2", "app:answer"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write('{"id": "1", "function": "app:answer", "input": "ab"}\n')
        assert child.stdout.readline() == '{"id": "1", "output": "abab"}\n'
        child.stdin.close()
        assert child.wait(10) == 0
