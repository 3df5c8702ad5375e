"""The `python` target, with a real interpreter that has nothing of ours."""

import asyncio
import sys
from pathlib import Path

import pytest

from gate_action.errors import TargetStartError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError
from gate_action.targets.python import Python

pytestmark = pytest.mark.slow

LIMITS = Limits(concurrency=4, start_timeout_s=20)
APP = """
import asyncio, dataclasses, os, sys, threading, time

def shout(input): return input.upper()
async def wait(input):
    await asyncio.sleep(0.2)
    return input
def rest(input, context, attempt, fixture_id): return [context, attempt, fixture_id]
def forward(input, **options): return options
def shaped(input): return {"output": "yes", "context": ["doc"], "usage": {"input_tokens": 2}}
def chatty(input):
    print("a line that is no answer")
    os.write(1, b"another\\n")
    return sys.stdin.read()
def raises(input): raise ValueError("no such order")
def leaves(input): sys.exit("I leave")
def dies(input): os._exit(9)
def thread(input):
    time.sleep(0.1)
    return threading.current_thread().name
def nan(input): return float("nan")
def thing(input): return object()
def surrogate(input): return "\\ud800"
def endless(input):
    loop = []
    loop.append(loop)
    return loop
def big(input): return "x" * 2_000_000
@dataclasses.dataclass
class Reply:
    text: str
def dataclass(input): return Reply(input)
class Service:
    def __call__(self, input): return "called " + input
    async def later(self, input): return "later " + input
service = Service()
class Busy(Exception):
    status_code = 429
    class response: headers = {"retry-after": "3"}
def busy(input): raise Busy("slow down")
def lazily(input): return wait(input)
number = 7
"""


@pytest.fixture
def build(tmp_path: Path) -> Build:
    (tmp_path / "src" / "bot").mkdir(parents=True)
    (tmp_path / "src" / "bot" / "__init__.py").touch()
    (tmp_path / "src" / "bot" / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "top.py").write_text("def answer(input): return 'from the top'", encoding="utf-8")
    return Build(arm=Arm.HEAD, revision=Revision(sha="a"), folder=tmp_path, environment={"PATH": "/usr/bin:/bin"})


def target(name: str, **options: int) -> Python:
    return Python(function=f"bot.app:{name}", python=sys.executable, path=("src",), **options)


async def ask(build: Build, name: str, content: str = "hi") -> Attempt:
    async with target(name).open(build, LIMITS) as attempt:
        return await attempt(Fixture(id="f1", input=content, context=("doc",)), 3)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shout", "HI"),
        ("wait", "hi"),
        ("rest", [["doc"], 3, "f1"]),
        ("forward", {}),
        ("chatty", ""),
        ("dataclass", {"text": "hi"}),
        ("service", "called hi"),
        ("service.later", "later hi"),
        ("lazily", "hi"),
    ],
)
async def test_a_function_is_called_with_the_input_and_what_its_signature_names(
    build: Build, name: str, expected: object
):
    attempt = await ask(build, name)
    assert isinstance(attempt.outcome, Output), attempt
    assert attempt.outcome.content == expected


async def test_a_mapping_with_an_output_is_the_answers_shape(build: Build):
    attempt = await ask(build, "shaped")
    assert attempt.outcome == Output(content="yes", context=("doc",))
    assert attempt.usage.input_tokens == 2


@pytest.mark.parametrize(
    ("name", "fault", "words"),
    [
        ("raises", Fault.REFUSED, "ValueError: no such order (src/bot/app.py:"),
        ("leaves", Fault.REFUSED, "SystemExit: I leave"),
        ("dies", Fault.CRASHED, "exit code 9"),
        ("nan", Fault.REFUSED, "no JSON"),
        ("thing", Fault.REFUSED, "object is no JSON"),
        ("surrogate", Fault.REFUSED, "no JSON"),
        ("endless", Fault.REFUSED, "no JSON"),
        ("big", Fault.TOO_LARGE, "1000000 bytes"),
        ("busy", Fault.PROVIDER, "Busy: slow down"),
    ],
)
async def test_each_fault_of_a_function_is_told(build: Build, name: str, fault: Fault, words: str):
    attempt = await ask(build, name)
    assert isinstance(attempt.outcome, TrialError), attempt
    assert attempt.outcome.fault is fault
    assert words in attempt.outcome.detail
    assert attempt.retry_after_s == (3.0 if name == "busy" else None)


async def test_async_functions_run_at_once(build: Build):
    async with target("wait").open(build, LIMITS) as attempt:
        attempts = await asyncio.gather(*(attempt(Fixture(id=text, input=text), 0) for text in "abcd"))
    assert [found.outcome for found in attempts] == [Output(content=text) for text in "abcd"]
    assert max(float(found.usage.latency_s) for found in attempts) < 0.2 * 3


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (0, 4)])
async def test_functions_that_are_not_async_run_in_as_many_threads_as_asked(build: Build, threads: int, most: int):
    async with target("thread", threads=threads).open(build, LIMITS) as attempt:
        attempts = await asyncio.gather(*(attempt(Fixture(id=text, input=text), 0) for text in "abcd"))
    assert len({str(found.outcome) for found in attempts}) == most


async def test_the_checkouts_top_can_be_imported_from(build: Build):
    async with Python(function="top:answer", python=sys.executable).open(build, LIMITS) as attempt:
        assert (await attempt(Fixture(id="f", input=1), 0)).outcome == Output(content="from the top")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("bot.app:nothing", "AttributeError"),
        ("bot.nothing:answer", "ModuleNotFoundError"),
        ("bot.app:number", "no function but int"),
        ("gone:answer", "exit code 5"),
    ],
)
async def test_a_function_that_cannot_be_imported_cannot_start(build: Build, function: str, words: str):
    assert build.folder is not None
    (build.folder / "gone.py").write_text("import os, sys; print('no data', file=sys.stderr, flush=True); os._exit(5)")
    with pytest.raises(TargetStartError, match="cannot import") as caught:
        async with Python(function=function, python=sys.executable, path=("src",)).open(build, LIMITS):
            pytest.fail("it opened")
    assert words in str(caught.value)
    assert caught.value.tail == ("no data" if function.startswith("gone") else "")


async def test_a_module_that_hangs_while_it_is_imported_cannot_start(build: Build):
    assert build.folder is not None
    (build.folder / "slow.py").write_text("import time; time.sleep(60)")
    with pytest.raises(TargetStartError, match=r"slow:answer was not imported within 0.5 s"):
        async with Python(function="slow:answer", python=sys.executable).open(build, Limits(start_timeout_s=0.5)):
            pytest.fail("it opened")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"function": "app"}, "package.module:function"),
        ({"function": "app:f", "path": ("../elsewhere",)}, "leaves the checkout"),
        ({"function": "app:f", "path": ("/etc",)}, "leaves the checkout"),
        ({"function": "app:f", "threads": -1}, "0 or more"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, object], words: str):
    with pytest.raises(ValueError, match=words):
        Python(**options)  # type: ignore[arg-type]  # a table of wrong options
