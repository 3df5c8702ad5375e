"""The engine: what is asked for is made once, in bounds, and whose failure it was decides what it scores."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from gate_action.engine.asking import BuildBrokenError
from gate_action.engine.budget import BudgetSpentError
from gate_action.engine.finished import Finished
from gate_action.errors import TargetStartError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Budget, Limits
from gate_action.model.protocols import Try
from gate_action.model.score import NotScored, NotScoredCause, Score
from gate_action.model.trial import Arm, Attempt, Fault, Output, Stored, TrialError, TrialKey, Usage
from tests.engine.conftest import OpenEngine
from tests.engine.rig import RememberingWatcher, ScriptedBuild, answer, both_arms, failure
from tests.engine.virtual_time import run_virtually


def result_of(finished: Sequence[Finished], fixture: str, arm: Arm) -> Score | NotScored:
    (one,) = [one for one in finished if one.trial.key[:2] == (fixture, arm)]
    (scored,) = one.scores
    return scored.result


async def test_every_request_is_told_in_the_order_asked(open_engine: OpenEngine):
    engine = open_engine(ScriptedBuild(), ScriptedBuild({"b": [answer("wrong")]}))
    asked = both_arms("b", "a", attempts=2)
    told = await engine.fulfil(asked)
    assert [one.trial.key for one in told] == [request.key for request in asked]
    assert result_of(told[:4], "b", Arm.HEAD) == Score(value=0.0)
    assert result_of(told[:4], "a", Arm.HEAD) == Score(value=1.0)


async def test_outputs_stay_in_the_run_folder_and_can_be_read_back(open_engine: OpenEngine):
    engine = open_engine(ScriptedBuild(), ScriptedBuild({"a": [answer("wrong")]}))
    (base, head) = await engine.fulfil(both_arms("a"))
    assert isinstance(base.trial.outcome, Stored)
    assert isinstance(head.trial.outcome, Stored)
    assert engine.journal.read_output(head.trial.outcome) == Output(content="wrong")
    reasons = engine.journal.read_reasons(frozenset({head.trial.key}))
    assert reasons[head.trial.key]["answer"].result == Score(value=0.0, reason="said wrong")


async def test_a_trial_that_is_finished_is_not_made_again(open_engine: OpenEngine):
    head = ScriptedBuild()
    engine = open_engine(ScriptedBuild(), head)
    first = await engine.fulfil(both_arms("a"))
    again = await engine.fulfil(both_arms("a", "b"))
    assert again[:2] == first
    assert head.seen == [("a", 0), ("b", 0)]


async def test_no_more_than_the_bound_are_in_flight_on_one_build(open_engine: OpenEngine):
    flying = most = 0

    async def build(fixture: Fixture, attempt: int) -> Attempt:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.001)
        flying -= 1
        return answer()

    engine = open_engine(ScriptedBuild(), build, limits=Limits(concurrency=3))
    await engine.fulfil(both_arms("a", "b", attempts=10))
    assert most == 3


async def test_the_targets_own_failure_is_retried_once(open_engine: OpenEngine):
    head = ScriptedBuild({"a": [failure(Fault.CRASHED), answer()]})
    engine = open_engine(ScriptedBuild(), head)
    told = await engine.fulfil(both_arms("a"))
    assert result_of(told, "a", Arm.HEAD) == Score(value=1.0)
    assert told[1].trial.tries == 2


async def test_a_wrong_answer_is_never_retried(open_engine: OpenEngine):
    head = ScriptedBuild({"a": [answer("wrong"), answer("right")]})
    engine = open_engine(ScriptedBuild(), head)
    told = await engine.fulfil(both_arms("a"))
    assert result_of(told, "a", Arm.HEAD) == Score(value=0.0)
    assert head.seen == [("a", 0)]


@pytest.mark.parametrize("fault", [Fault.CRASHED, Fault.TIMED_OUT, Fault.GARBAGE, Fault.TOO_LARGE, Fault.REFUSED])
async def test_head_pays_for_its_own_failure_where_base_answered(open_engine: OpenEngine, fault: Fault):
    engine = open_engine(ScriptedBuild(), ScriptedBuild({"a": [failure(fault)]}))
    told = await engine.fulfil(both_arms("a"))
    assert result_of(told, "a", Arm.HEAD) == Score(value=0.0)
    assert isinstance(told[1].trial.outcome, TrialError)


async def test_a_failure_that_base_shares_is_missing_on_both(open_engine: OpenEngine):
    build = {"a": [failure(Fault.TIMED_OUT)]}
    engine = open_engine(ScriptedBuild(dict(build)), ScriptedBuild(dict(build)))
    told = await engine.fulfil(both_arms("a"))
    for arm in Arm:
        assert result_of(told, "a", arm) == NotScored(cause=NotScoredCause.TRIAL_ERROR, detail="it timed_out")


async def test_a_providers_outage_is_missing_though_base_answered(open_engine: OpenEngine):
    head = ScriptedBuild({"a": [failure(Fault.PROVIDER, retry_after_s=0.0)]})
    engine = open_engine(ScriptedBuild(), head, limits=Limits(provider_retries=2))
    told = await engine.fulfil(both_arms("a"))
    assert result_of(told, "a", Arm.HEAD) == NotScored(cause=NotScoredCause.TRIAL_ERROR, detail="it provider")
    assert len(head.seen) == 3


async def test_a_recorded_failure_is_not_read_again(open_engine: OpenEngine):
    head = ScriptedBuild({"a": [failure(Fault.PROVIDER)], "b": [failure(Fault.CRASHED)]})
    engine = open_engine(ScriptedBuild(), head, is_live=False)
    told = await engine.fulfil(both_arms("a", "b"))
    assert len(head.seen) == 2
    assert result_of(told, "b", Arm.HEAD) == Score(value=0.0)


async def test_a_hang_ends_at_the_trials_time_out(open_engine: OpenEngine):
    async def hang(fixture: Fixture, attempt: int) -> Attempt:
        await asyncio.Event().wait()
        raise AssertionError("not reached")

    limits = Limits(trial_timeout_s=0.02, target_retries=0)
    engine = open_engine(ScriptedBuild(), hang, limits=limits)
    told = await engine.fulfil(both_arms("a"))
    outcome = told[1].trial.outcome
    assert isinstance(outcome, TrialError)
    assert outcome.fault is Fault.TIMED_OUT
    assert "0.02 s" in outcome.detail


async def test_an_output_that_json_cannot_hold_is_the_targets_failure(open_engine: OpenEngine):
    engine = open_engine(ScriptedBuild(), ScriptedBuild({"a": [answer("\ud800")]}))
    told = await engine.fulfil(both_arms("a"))
    assert isinstance(told[1].trial.outcome, TrialError)
    assert told[1].trial.outcome.fault is Fault.GARBAGE
    assert result_of(told, "a", Arm.HEAD) == Score(value=0.0)


async def test_a_spent_budget_stops_the_run_and_keeps_what_was_measured(open_engine: OpenEngine):
    engine = open_engine(ScriptedBuild(), ScriptedBuild(), limits=Limits(concurrency=1), budget=Budget(max_calls=2))
    with pytest.raises(BudgetSpentError, match="2 of max_calls 2"):
        await engine.fulfil(both_arms("a", "b"))
    assert len(engine.finished) == 2


async def test_money_is_counted_and_ends_the_run(open_engine: OpenEngine):
    priced = Attempt(outcome=Output(content="right"), usage=Usage(cost_usd=0.6))
    engine = open_engine(
        ScriptedBuild({"a": [priced], "b": [priced]}),
        ScriptedBuild(),
        limits=Limits(concurrency=1),
        budget=Budget(max_cost_usd=1.0),
    )
    with pytest.raises(BudgetSpentError, match="max_cost_usd 1"):
        await engine.fulfil(both_arms("a", "b", attempts=3))


async def test_a_build_that_breaks_down_names_its_arm(open_engine: OpenEngine):
    async def broken(fixture: Fixture, attempt: int) -> Attempt:
        raise TargetStartError("the child died three times", tail="ImportError: no module")

    engine = open_engine(broken, ScriptedBuild())
    with pytest.raises(BuildBrokenError) as caught:
        await engine.fulfil(both_arms("a"))
    assert caught.value.arm is Arm.BASE
    assert caught.value.cause.tail == "ImportError: no module"


async def test_a_re_run_that_base_was_not_asked_for_is_charged_by_bases_other_attempts(open_engine: OpenEngine):
    head = ScriptedBuild({"a": [answer(), failure(Fault.CRASHED)]})
    engine = open_engine(ScriptedBuild(), head)
    await engine.fulfil(both_arms("a"))
    (rerun,) = await engine.fulfil(both_arms("a", attempts=2)[3:])
    assert rerun.trial.key == TrialKey("a", Arm.HEAD, 1)
    assert rerun.scores[0].result == Score(value=0.0)


async def test_the_watcher_hears_of_every_trial(open_engine: OpenEngine):
    engine = open_engine(ScriptedBuild(), ScriptedBuild())
    await engine.fulfil(both_arms("a", "b"))
    assert isinstance(engine.watcher, RememberingWatcher)
    assert engine.watcher.asked_for == len(engine.watcher.trials) == 4


async def test_latency_is_measured_where_the_target_tells_none(open_engine: OpenEngine):
    engine = open_engine(ScriptedBuild(), ScriptedBuild())
    (base, _head) = await engine.fulfil(both_arms("a"))
    assert isinstance(base.trial.usage.latency_s, float)
    assert base.trial.usage.latency_s > 0


async def test_what_was_begun_when_the_budget_ran_out_is_finished_and_written_down(open_engine: OpenEngine):
    async def slow(fixture: Fixture, attempt: int) -> Attempt:
        await asyncio.sleep(0.01)
        return answer()

    engine = open_engine(slow, slow, budget=Budget(max_calls=3))
    with pytest.raises(BudgetSpentError):
        await engine.fulfil(both_arms("a", "b", attempts=3))
    assert len(engine.finished) == 3


def test_an_outage_of_five_minutes_loses_no_trial_however_few_slots_there_are(open_engine: OpenEngine):
    async def build(fixture: Fixture, attempt: int) -> Attempt:
        await asyncio.sleep(1.0)
        return failure(Fault.PROVIDER) if 20.0 < asyncio.get_running_loop().time() < 320.0 else answer()

    engine = open_engine(build, build, limits=Limits(concurrency=1))
    told = run_virtually(engine.fulfil(both_arms("a", "b", attempts=40)))
    assert {one.scores[0].result for one in told} == {Score(value=1.0)}


def test_a_slow_head_and_a_quick_base_meet_the_same_hour(open_engine: OpenEngine):
    begun: dict[tuple[str, int], list[float]] = {}

    def build_of(takes_s: float) -> Try:
        async def build(fixture: Fixture, attempt: int) -> Attempt:
            begun.setdefault((fixture.id, attempt), []).append(asyncio.get_running_loop().time())
            await asyncio.sleep(takes_s)
            return answer()

        return build

    engine = open_engine(build_of(0.1), build_of(50.0), limits=Limits(concurrency=4))
    run_virtually(engine.fulfil(both_arms("a", "b", attempts=40)))
    assert max(abs(head - base) for base, head in begun.values()) <= 100.0


@dataclass
class OneProcess:
    """Answers many at a time, and dies of one fixture, with all that are in flight then."""

    poison: str
    in_flight: list[asyncio.Future[Attempt]] = field(default_factory=list)

    async def __call__(self, fixture: Fixture, attempt: int) -> Attempt:
        told: asyncio.Future[Attempt] = asyncio.get_running_loop().create_future()
        self.in_flight.append(told)
        asyncio.get_running_loop().call_later(0.001, self._end, fixture, told)
        return await told

    def _end(self, fixture: Fixture, told: asyncio.Future[Attempt]) -> None:
        if told.done():
            return
        dead = self.in_flight if fixture.id == self.poison else [told]
        death = TrialError(fault=Fault.CRASHED, detail="exit code 3", is_shared=True)
        outcome = death if fixture.id == self.poison else Output(content="right")
        for one in [*dead]:
            self.in_flight.remove(one)
            one.set_result(Attempt(outcome=outcome))


@pytest.mark.parametrize("base", [ScriptedBuild(), OneProcess("c")])
def test_of_those_that_die_together_only_the_one_that_killed_them_is_charged(open_engine: OpenEngine, base: Try):
    names = "abcdefgh"
    engine = open_engine(base, OneProcess("c"), limits=Limits(concurrency=8, provider_retries=1))
    told = run_virtually(engine.fulfil(both_arms(*names)))
    failed = [one.trial.key for one in told if isinstance(one.trial.outcome, TrialError)]
    arms = (Arm.BASE, Arm.HEAD) if isinstance(base, OneProcess) else (Arm.HEAD,)
    assert failed == [TrialKey("c", arm, 0) for arm in arms]


async def test_a_death_that_many_shared_counts_once(open_engine: OpenEngine):
    """Else one death of head's in a round would be eight failures, and no chance."""
    engine = open_engine(OneProcess("none"), OneProcess("c"), limits=Limits(concurrency=8, target_retries=1))
    await engine.fulfil(both_arms(*"abcdefgh"))
    tries = engine._tries[Arm.HEAD]
    assert (tries.failed, tries.made) == (2, 9)  # with the others, and alone
