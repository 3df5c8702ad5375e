"""The shipped fakes, and the check that plugin authors run: it must refuse what breaks the contract."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NoReturn

import pytest

from gate_action.model.fixture import Fixture, Suite
from gate_action.model.metric import Limits
from gate_action.model.protocols import EvaluationContext, Files, ProviderError
from gate_action.model.run import Build, Revision
from gate_action.model.score import NotScored, NotScoredCause, Score
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError, TrialKey
from gate_action.testing import Example, ScriptedModel, ScriptedTarget, StaticSource, check_evaluator, no_call

FIXTURES = (Fixture(id="a", input="1"), Fixture(id="b", input="2"))
PASSING = Example(output=Output(content="x"), score=1.0)
FAILING = Example(output=Output(content="too long"), score=0.0)
SEEN: list[object] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """Is the answer short?"""

    version: ClassVar[str] = "1"

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        return Score(value=float(0 < len(ctx.output.text) < 3), reason="by its length")


class Unfrozen:
    """Is no dataclass."""

    version: ClassVar[str] = "1"


@dataclass(frozen=True, kw_only=True)
class Slotless(Short):
    """Has a dict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unversioned(Short):
    """Inherits its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordless(Short):
    version: ClassVar[str] = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetful(Short):
    """Gives another result the second time."""

    version: ClassVar[str] = "1"

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        SEEN.append(ctx.output.content)
        return Score(value=float(ctx.output.content == "x"), reason=f"asked {len(SEEN)} times")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evasive(Short):
    """Does not apply to answers that it does not like."""

    version: ClassVar[str] = "1"

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        if not isinstance(ctx.output.content, str):
            return NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail="no text")
        return Short.evaluate(self, ctx)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talkative(Short):
    """Shows the answer as it is."""

    version: ClassVar[str] = "1"

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        return Score(value=float(ctx.output.content == "x"), reason=f"got {ctx.output.content}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradictory(Short):
    """Says beforehand that it never applies, and scores."""

    version: ClassVar[str] = "1"

    def applies_to(self, fixture: Fixture) -> bool:
        return fixture.id == "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragile(Short):
    """Breaks on what is no text."""

    version: ClassVar[str] = "1"

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        assert isinstance(ctx.output.content, str), "expected a text"
        return Short.evaluate(self, ctx)


def test_a_sound_evaluator_holds():
    check_evaluator(Short, [PASSING, FAILING])


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (Unfrozen, "is no frozen dataclass"),
        (Slotless, "has no slots"),
        (Unversioned, "has no version"),
        (Wordless, "has no docstring"),
        (Forgetful, "then Score"),
        (Evasive, "though the fixture has what it needs"),
        (Talkative, "is not one printable line|the reason has"),
        (Contradictory, "applies_to says otherwise"),
        (Fragile, "expected a text"),
    ],
)
def test_what_breaks_the_contract_is_named(cls: type, message: str):
    with pytest.raises(AssertionError, match=message):
        check_evaluator(cls, [PASSING, FAILING])


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([], "no example passes"),
        ([FAILING], "no example passes"),
        ([PASSING], "no example fails"),
        ([PASSING, FAILING, Example(output=Output(content="xy"), score=0.0)], r"example 2: scored 1.0 .*, not 0.0"),
        ([PASSING, FAILING, Example(output=Output(content="xy"))], "example 2: scored 1.0 .* should not have been"),
    ],
)
def test_examples_must_show_both_sides_and_be_right(examples: list[Example], message: str):
    with pytest.raises(AssertionError, match=message):
        check_evaluator(Short, examples)


class NoFiles:
    label = "nothing"

    def find(self, pattern: str) -> tuple[str, ...]:
        raise AssertionError(pattern)

    def read(self, path: str) -> bytes:
        raise AssertionError(path)

    def open(self, path: str) -> NoReturn:
        raise AssertionError(path)


def test_a_static_source_gives_its_fixtures_and_reads_nothing():
    files: Files = NoFiles()
    assert StaticSource(fixtures=FIXTURES).load(files) == Suite(fixtures=FIXTURES)


def test_a_scripted_target_answers_by_its_function_and_remembers():
    failed = TrialError(fault=Fault.CRASHED, detail="gone")
    target = ScriptedTarget(answer=lambda fixture, key: failed if fixture.id == "b" else f"{key.arm}:{fixture.input}")
    build = Build(arm=Arm.HEAD, revision=Revision(sha="0" * 40), folder=Path())

    async def try_both() -> list[Attempt]:
        async with target.open(build, Limits()) as attempt:
            return [await attempt(fixture, 1) for fixture in FIXTURES]

    assert asyncio.run(try_both()) == [Attempt(outcome=Output(content="head:1")), Attempt(outcome=failed)]
    assert target.asked == [TrialKey("a", Arm.HEAD, 1), TrialKey("b", Arm.HEAD, 1)]
    assert target.opened == [Arm.HEAD]


def test_a_scripted_model_answers_in_turn_raises_its_errors_and_is_not_asked_more():
    model = ScriptedModel(["text", {"a": 1}, ProviderError("429")])

    async def ask() -> str:
        return (await model([{"role": "user", "content": "?"}], model="m", schema={"type": "object"})).text

    assert [asyncio.run(ask()), asyncio.run(ask())] == ["text", '{"a": 1}']
    with pytest.raises(ProviderError, match="429"):
        asyncio.run(ask())
    with pytest.raises(AssertionError, match="asked 4 times, and has 3 answers"):
        asyncio.run(ask())
    assert model.asked[0].model == "m"
    assert model.asked[0].schema == {"type": "object"}


def test_a_call_that_should_not_happen_is_told():
    with pytest.raises(AssertionError, match="m:f was called"):
        asyncio.run(no_call("m:f", {}))
