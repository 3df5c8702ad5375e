"""One pass: what ends early keeps what it has, and what could not be scored is tried again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from gate_action.engine.budget import BudgetSpentError
from gate_action.engine.scoring import NamedEvaluator, Scorer, evaluator_digests
from gate_action.loop.score.drawing import Drawn
from gate_action.loop.score.scoring import Pass, applicable
from gate_action.loop.store import Store, open_store
from gate_action.model.fixture import ABSENT, Fixture
from gate_action.model.protocols import Completion, EvaluationContext
from gate_action.model.score import NotScored, Score
from tests.loop.production import MONDAY, Production, turn

TURNS = 120


@dataclass(frozen=True)
class Judge:
    version: ClassVar[str] = "1"
    failing: list[str] = field(default_factory=list, compare=False)
    """Of these turns nobody can tell."""

    def identity(self) -> dict[str, str]:
        return {}

    async def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        if ctx.fixture.id in self.failing:
            raise RuntimeError("cannot be told")
        await ctx.complete([], model="m")
        return Score(value=1.0)


@dataclass(frozen=True)
class Exact:
    version: ClassVar[str] = "1"

    def applies_to(self, fixture: Fixture) -> bool:
        return fixture.expected.output is not ABSENT

    def evaluate(self, ctx: EvaluationContext) -> Score:
        return Score(value=float(ctx.output.content == ctx.fixture.expected.output))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    production = Production()
    production.add("turn", *(turn(f"t{number:03}", MONDAY, output="x") for number in range(TURNS)))
    with open_store(tmp_path / "store.duckdb") as opened:
        production.write(opened)
        yield opened


def make_pass(store: Store, judge: Judge, calls: int) -> Pass:
    """With money for so many calls."""
    left = iter(range(calls))

    async def complete(*_: Any, **__: Any) -> Completion:
        if next(left, None) is None:
            raise BudgetSpentError("max_calls is spent")
        return Completion(text="")

    async def call(function: str, payload: object) -> None:
        raise AssertionError("no evaluator of the repository's own is here")

    scorer = Scorer(metrics=("tone",), evaluators={"tone": NamedEvaluator("judge", judge)}, checks={})
    return Pass(
        store=store,
        scorer=scorer,
        digests=evaluator_digests(scorer),
        complete=complete,
        call=call,
        clock=lambda: MONDAY,
    )


DRAWN = [Drawn(turn_id=f"t{number:03}", probability=1.0) for number in range(TURNS)]


async def test_a_spent_budget_ends_the_pass_and_the_next_one_goes_on(store: Store):
    first = await make_pass(store, Judge(), calls=70).run(DRAWN)
    assert (len(first.turn_ids), first.spent) == (70, "max_calls is spent")
    assert store.count("score") == 70
    second = await make_pass(store, Judge(), calls=70).run(DRAWN)
    assert (len(second.turn_ids), second.known, second.spent) == (50, 70, "")


async def test_what_could_not_be_scored_is_missing_and_tried_again(store: Store):
    judge = Judge(failing=["t003", "t100"])
    first = await make_pass(store, judge, calls=TURNS).run(DRAWN)
    assert first.missing == 2
    judge.failing.clear()
    second = await make_pass(store, judge, calls=TURNS).run(DRAWN)
    assert (second.turn_ids, second.missing) == ({"t003", "t100"}, 0)
    assert store.count("score") == TURNS


def test_evaluators_that_need_an_expected_answer_are_left_out():
    named = {"tone": NamedEvaluator("judge", Judge()), "exact": NamedEvaluator("exact", Exact())}
    assert applicable(Scorer(metrics=tuple(named), evaluators=named, checks={})) == ("tone",)
