"""The purse: nothing is begun beyond a bound, and what calls in flight may cost is set aside."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.engine.budget import TARGET, BudgetSpentError, Payer, Purse
from gate_action.model.metric import Budget
from gate_action.model.spending import Price, SpentBefore
from gate_action.model.trial import Unmeasured, Usage
from tests.engine.virtual_time import run_virtually

HEAD = Payer(TARGET, "head")
JUDGE = Payer("openai/tiny")


def spend(purse: Purse, cost_usd: float | Unmeasured, *, at_once: int = 16, calls: int = 200) -> str:
    """Makes calls of a second each until the purse refuses; its words."""
    usage = Usage(cost_usd=cost_usd)
    refusals: list[str] = []

    async def one_after_the_other(count: int) -> None:
        for _ in range(count):
            try:
                claim = await purse.claim(HEAD)
            except BudgetSpentError as error:
                refusals.append(str(error))
                return
            await asyncio.sleep(1)
            purse.settle(claim, usage)

    async def all_of_them() -> None:
        await asyncio.gather(*(one_after_the_other(calls // at_once) for _ in range(at_once)))

    run_virtually(all_of_them())
    return refusals[0] if refusals else ""


def test_calls_at_once_do_not_go_over_a_bound_of_money():
    purse = Purse(budget=Budget(max_cost_usd=1.0))
    said = spend(purse, 0.3)
    assert purse.calls == 3
    assert purse.cost_usd == pytest.approx(0.9)
    assert "0.9000 USD of max_cost_usd 1" in said
    assert "the next would cost about 0.3000" in said


@given(cents=st.integers(1, 50), most=st.integers(1, 400), at_once=st.integers(1, 20))
def test_a_bound_of_money_holds_for_calls_of_one_price_and_is_used_up(cents: int, most: int, at_once: int):
    purse = Purse(budget=Budget(max_cost_usd=most / 100))
    spend(purse, cents / 100, at_once=at_once, calls=at_once * 450)
    affordable = max(most // cents, 1)  # the first call finds out what one costs
    assert purse.calls == affordable


def test_no_call_is_begun_beyond_max_calls_however_many_are_in_flight():
    purse = Purse(budget=Budget(max_calls=5))
    assert "5 of max_calls 5" in spend(purse, Unmeasured.NOT_REPORTED)
    assert purse.calls == 5


def test_no_call_is_begun_after_the_last_minute():
    async def work() -> None:
        purse = Purse(budget=Budget(max_minutes=2), now=asyncio.get_running_loop().time)
        await asyncio.sleep(119.5)
        await purse.claim(HEAD)
        await asyncio.sleep(1)
        with pytest.raises(BudgetSpentError, match="max_minutes 2 are over"):
            await purse.claim(HEAD)

    run_virtually(work())


@pytest.mark.parametrize(
    ("budget", "name"),
    [
        (Budget(max_cost_usd_per_pr=1.0), "max_cost_usd_per_pr"),
        (Budget(max_cost_usd_per_month=2.0), "max_cost_usd_per_month"),
    ],
)
def test_what_other_runs_have_spent_counts_for_the_bounds_over_several(budget: Budget, name: str):
    purse = Purse(budget=budget, before=SpentBefore(pull_request_usd=0.55, month_usd=1.55))
    said = spend(purse, 0.2)
    assert purse.calls == 2
    assert name in said
    assert "by earlier runs" in said


def test_a_model_that_nobody_priced_is_refused_after_its_first_call_where_money_is_bounded():
    purse = Purse(budget=Budget(max_cost_usd=1.0))
    assert "the price of a call of target is not known" in spend(purse, Unmeasured.UNPRICED)
    assert purse.calls == 1
    assert spend(Purse(budget=Budget(max_calls=1000)), Unmeasured.UNPRICED) == ""


def test_a_build_that_tells_tokens_and_no_price_is_refused_as_a_model_without_one_is():
    async def work() -> None:
        purse = Purse(budget=Budget(max_cost_usd=1.0))
        purse.settle(await purse.claim(HEAD), Usage(input_tokens=10, output_tokens=5))
        with pytest.raises(BudgetSpentError, match="price"):
            await purse.claim(HEAD)

    run_virtually(work())


def test_what_gate_yaml_prices_is_priced_by_it_whatever_a_build_says():
    async def work() -> Usage:
        price = Price(usd_per_call=0.01, usd_per_million_input_tokens=2.0, usd_per_million_output_tokens=8.0)
        purse = Purse(budget=Budget(max_cost_usd=1.0), prices={TARGET: price})
        return purse.settle(await purse.claim(HEAD), Usage(cost_usd=0.0, input_tokens=500_000, output_tokens=250_000))

    assert run_virtually(work()).cost_usd == pytest.approx(0.01 + 1.0 + 2.0)


def test_a_price_for_tokens_that_nobody_counted_is_no_price():
    assert Price(usd_per_million_input_tokens=1.0).of(Usage()) is Unmeasured.UNPRICED
    assert Price(usd_per_call=0.5).of(Usage()) == 0.5


def test_a_build_that_tells_nothing_is_told_of_and_is_not_held_up():
    purse = Purse(budget=Budget(max_cost_usd=1.0))
    assert spend(purse, Unmeasured.NOT_REPORTED, at_once=10, calls=100) == ""
    assert purse.untold == {HEAD}


def test_a_call_whose_answer_was_lost_counts_as_it_was_claimed():
    async def work() -> float:
        purse = Purse(budget=Budget(max_cost_usd=10.0))
        purse.settle(await purse.claim(HEAD), Usage(cost_usd=0.4))
        purse.write_off(await purse.claim(HEAD), Usage(), is_lost=True)
        purse.write_off(await purse.claim(HEAD), Usage(), is_lost=False)
        return purse.cost_usd

    assert run_virtually(work()) == pytest.approx(0.8)


def test_what_a_judge_costs_is_kept_apart_from_what_a_build_costs():
    async def work() -> None:
        purse = Purse(budget=Budget(max_cost_usd=1.0))
        purse.settle(await purse.claim(HEAD), Usage(cost_usd=0.9))
        purse.settle(await purse.claim(JUDGE), Usage(cost_usd=0.01))
        purse.settle(await purse.claim(JUDGE), Usage(cost_usd=0.01))
        with pytest.raises(BudgetSpentError):
            await purse.claim(HEAD)

    run_virtually(work())
