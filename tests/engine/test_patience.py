"""Judge calls: tried again while the provider is away, within the budget, and not where it cannot help."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from gate_action.engine.budget import BudgetSpentError, Purse
from gate_action.engine.pacing import Door, Minute
from gate_action.engine.patience import ask_patiently
from gate_action.model.metric import Budget, Pace
from gate_action.model.protocols import Completion, ProviderError
from tests.engine.virtual_time import run_virtually


def refusal(*, is_transient: bool = True, retry_after_s: float | None = None) -> ProviderError:
    error = ProviderError("no")
    error.is_transient, error.retry_after_s = is_transient, retry_after_s
    return error


@dataclass
class Script:
    answers: Sequence[ProviderError | str]
    asked: int = 0

    async def __call__(self) -> Completion:
        self.asked += 1
        answer = self.answers[min(self.asked, len(self.answers)) - 1]
        if isinstance(answer, ProviderError):
            raise answer
        return Completion(text=answer)


def ask(script: Script, *, retries: int = 4, budget: Budget | None = None) -> tuple[str, float]:
    """The answer, and the seconds until it came."""

    async def work() -> tuple[str, float]:
        door = Door(8, Minute(Pace()))
        told = await ask_patiently(script, "m", door, Purse(budget=budget or Budget()), retries=retries)
        return told.text, asyncio.get_running_loop().time()

    return run_virtually(work())


def test_outages_are_waited_out_as_long_as_the_provider_asks():
    script = Script([refusal(retry_after_s=7.0), refusal(), refusal(), "at last"])
    assert ask(script) == ("at last", 7.0 + 1.0 + 2.0)


@pytest.mark.parametrize(
    ("error", "calls"),
    [(refusal(), 3), (refusal(is_transient=False), 1), (refusal(retry_after_s=3600.0), 1)],
)
def test_patience_ends(error: ProviderError, calls: int):
    script = Script([error])
    with pytest.raises(ProviderError):
        ask(script, retries=2)
    assert script.asked == calls


def test_every_try_is_claimed():
    script = Script([refusal(), refusal(), "too late"])
    with pytest.raises(BudgetSpentError):
        ask(script, budget=Budget(max_calls=2))
    assert script.asked == 2


def test_only_so_many_calls_are_made_at_once():
    inside = most = 0

    async def answer() -> Completion:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(1)
        inside -= 1
        return Completion(text="ok")

    async def work() -> None:
        door, purse = Door(2, Minute(Pace())), Purse(budget=Budget())
        await asyncio.gather(*(ask_patiently(answer, "m", door, purse, retries=0) for _ in range(6)))

    run_virtually(work())
    assert most == 2
