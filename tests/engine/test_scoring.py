"""Scoring: what an evaluator could not judge is missing, whatever it raises, returns or waits for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.engine.scoring import CheckResult, NamedEvaluator, Scorer, evaluator_fingerprint, score_checks
from gate_action.errors import MissingKeyError
from gate_action.model.fixture import Fixture
from gate_action.model.protocols import EvaluationContext, ProviderError
from gate_action.model.score import NotScored, NotScoredCause, Score
from gate_action.model.trial import Arm, Fault, Output, TrialError, TrialKey
from gate_action.testing import ScriptedModel, no_call

KEY = TrialKey("f", Arm.HEAD, 0)
FIXTURE = Fixture(id="f", input="?")
ERROR, NOT_APPLICABLE = NotScoredCause.EVALUATOR_ERROR, NotScoredCause.NOT_APPLICABLE
Result = Score | NotScored


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """Does what it is told when asked."""

    version: ClassVar[str] = "1"
    does: Callable[[EvaluationContext], Result | Awaitable[Result]]

    def evaluate(self, ctx: EvaluationContext) -> Result | Awaitable[Result]:
        return self.does(ctx)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaring:
    """Says by the fixture whether it applies, and something else once it has seen the answer."""

    version: ClassVar[str] = "1"
    applies: bool

    def applies_to(self, fixture: Fixture) -> bool:
        del fixture
        return self.applies

    def evaluate(self, ctx: EvaluationContext) -> Result:
        del ctx
        return NotScored(cause=NOT_APPLICABLE, detail="the answer has no documents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Optioned:
    version: ClassVar[str] = "1"
    limit: int = 3

    def evaluate(self, ctx: EvaluationContext) -> Result:
        return Score(value=float(len(ctx.output.text) <= self.limit))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositorys:
    version: ClassVar[str] = "1"
    runs_repository_code: ClassVar[bool] = True

    def evaluate(self, ctx: EvaluationContext) -> Result:
        del ctx
        return Score(value=1.0)


def scorer(*checks: NamedEvaluator, **metrics: Scripted | Declaring | Optioned | Repositorys) -> Scorer:
    names = (*metrics, "checks") if checks else tuple(metrics)
    evaluators = {metric: NamedEvaluator(f"scripted_{metric}", evaluator) for metric, evaluator in metrics.items()}
    return Scorer(metrics=names, evaluators=evaluators, checks={"f": checks} if checks else {}, timeout_s=0.05)


def score(judge: Scorer, outcome: Output | TrialError | None = None) -> dict[str, Result]:
    outcome = outcome or Output(content="hello")
    scored = asyncio.run(judge.score(FIXTURE, KEY, outcome, ScriptedModel([]), no_call))
    assert [one.metric for one in scored] == list(judge.metrics)
    assert {one.key for one in scored} == {KEY}
    return {one.metric: one.result for one in scored}


def score_one(does: Callable[[EvaluationContext], Result | Awaitable[Result]]) -> Result:
    return score(scorer(only=Scripted(does=does)))["only"]


def raising(error: Exception) -> Callable[[EvaluationContext], Result]:
    def does(ctx: EvaluationContext) -> Result:
        del ctx
        raise error

    return does


def raising_later(error: Exception) -> Callable[[EvaluationContext], Awaitable[Result]]:
    async def does(ctx: EvaluationContext) -> Result:
        del ctx
        await asyncio.sleep(0)
        raise error

    return does


def test_a_score_stands_with_its_reason():
    assert score_one(lambda _: Score(value=0.5, reason="half")) == Score(value=0.5, reason="half")


@pytest.mark.parametrize("make", [raising, raising_later])
@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (RuntimeError("boom\n" * 500), "RuntimeError: boom boom"),
        (ValueError("a score lies in [0, 1], got nan"), "ValueError: a score lies in"),
        (RecursionError("deep"), "RecursionError: deep"),
        (TimeoutError("theirs"), "TimeoutError: theirs"),
        (ProviderError("429"), "429"),
    ],
)
def test_whatever_an_evaluator_raises_is_missing_and_never_a_score(
    make: Callable[[Exception], Callable[[EvaluationContext], Result]], error: Exception, detail: str
):
    result = score_one(make(error))
    assert isinstance(result, NotScored)
    assert result.cause is ERROR
    assert detail in result.detail
    assert len(result.detail) <= 400
    assert "\n" not in result.detail


@pytest.mark.parametrize("value", [None, 1.0, True, "pass", {"score": 1}, (1.0, "fine")])
def test_what_is_no_result_is_missing(value: object):
    result = score_one(lambda _: value)  # type: ignore[arg-type,return-value]  # a plugin returns what it likes
    assert isinstance(result, NotScored)
    assert result.cause is ERROR


def test_an_evaluator_that_never_ends_is_missing_after_its_time():
    async def does(ctx: EvaluationContext) -> Result:
        del ctx
        await asyncio.sleep(60)
        return Score(value=1.0)

    assert score_one(does) == NotScored(cause=ERROR, detail="no score within 0.05 s")


def test_what_ends_the_whole_run_is_passed_on():
    with pytest.raises(ExceptionGroup) as raised:
        score(scorer(only=Scripted(does=raising_later(MissingKeyError("KEY is not set")))))
    assert raised.group_contains(MissingKeyError)


def test_one_metric_s_fault_leaves_the_others_alone():
    results = score(scorer(a=Scripted(does=raising(OSError("x"))), b=Scripted(does=lambda _: Score(value=1.0))))
    assert isinstance(results["a"], NotScored)
    assert results["b"] == Score(value=1.0)


def test_a_failed_trial_is_missing_in_every_metric():
    failed = TrialError(fault=Fault.CRASHED, detail="exit code 1\nand more")
    results = score(scorer(NamedEvaluator("x", Optioned()), only=Optioned()), failed)
    assert set(results.values()) == {NotScored(cause=NotScoredCause.TRIAL_ERROR, detail="exit code 1 and more")}


def test_a_metric_that_does_not_apply_is_not_run():
    result = score(scorer(only=Declaring(applies=False)))["only"]
    assert result == NotScored(cause=NOT_APPLICABLE, detail="the fixture has nothing that scripted_only needs")


def test_an_answer_cannot_make_a_metric_go_away():
    result = score(scorer(only=Declaring(applies=True)))["only"]
    assert isinstance(result, NotScored)
    assert result.cause is ERROR


def test_evaluators_that_wait_wait_side_by_side():
    both_are_there = asyncio.Barrier(2)

    def waiting(name: str) -> Scripted:
        async def does(ctx: EvaluationContext) -> Result:
            del ctx
            await both_are_there.wait()
            return Score(value=1.0, reason=name)

        return Scripted(does=does)

    results = score(scorer(a=waiting("a"), b=waiting("b")))
    assert results == {"a": Score(value=1.0, reason="a"), "b": Score(value=1.0, reason="b")}


def check(result: Result, name: str = "contains") -> CheckResult:
    return CheckResult(name, result)


def test_checks_are_the_mean_of_a_fixture_s_own():
    good = NamedEvaluator("good", Scripted(does=lambda _: Score(value=1.0)))
    bad = NamedEvaluator("bad", Scripted(does=lambda _: Score(value=0.0, reason="too long")))
    result = score(scorer(good, bad, only=Optioned()))["checks"]
    assert result == Score(value=0.5, reason="1 of 2 checks hold; bad: too long")


def test_a_fixture_without_checks_has_no_such_metric():
    assert score_checks([]) == NotScored(cause=NOT_APPLICABLE, detail="the fixture has no checks of its own")


@pytest.mark.parametrize("cause", NotScoredCause)
def test_one_check_without_a_score_leaves_no_mean(cause: NotScoredCause):
    checks = [check(Score(value=1.0)), check(NotScored(cause=cause, detail="why"), "regex")]
    result = score_checks(checks)
    assert isinstance(result, NotScored)
    assert result.cause is ERROR
    assert result.detail.startswith("check regex ")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_mean_lies_between_the_lowest_and_the_highest(values: Sequence[float]):
    result = score_checks([check(Score(value=value)) for value in values])
    assert isinstance(result, Score)
    assert min(values) - 1e-12 <= result.value <= max(values) + 1e-12


@given(st.permutations([0.0, 0.25, 1.0]))
def test_the_order_of_checks_does_not_matter_to_the_mean(values: list[float]):
    result = score_checks([check(Score(value=value)) for value in values])
    assert isinstance(result, Score)
    assert result.value == pytest.approx(1.25 / 3)


def test_the_fingerprint_covers_metrics_options_and_checks():
    prints = {
        evaluator_fingerprint(scorer(a=Optioned())),
        evaluator_fingerprint(scorer(b=Optioned())),
        evaluator_fingerprint(scorer(a=Optioned(limit=4))),
        evaluator_fingerprint(scorer(NamedEvaluator("x", Optioned()), a=Optioned())),
        evaluator_fingerprint(scorer(NamedEvaluator("y", Optioned()), a=Optioned())),
        evaluator_fingerprint(scorer(a=Repositorys())),
        evaluator_fingerprint(scorer(a=Repositorys()), code="sha256:1"),
    }
    assert len(prints) == 7


def test_a_check_with_other_options_changes_no_fingerprint_for_it_changes_its_fixtures_digest():
    assert evaluator_fingerprint(scorer(NamedEvaluator("x", Optioned()), a=Optioned())) == evaluator_fingerprint(
        scorer(NamedEvaluator("x", Optioned(limit=4)), a=Optioned())
    )


def test_the_repository_s_code_counts_only_where_it_scores():
    assert evaluator_fingerprint(scorer(a=Optioned()), code="1") == evaluator_fingerprint(
        scorer(a=Optioned()), code="2"
    )


def test_a_default_written_out_changes_no_fingerprint():
    assert evaluator_fingerprint(scorer(a=Optioned(limit=3))) == evaluator_fingerprint(scorer(a=Optioned()))
