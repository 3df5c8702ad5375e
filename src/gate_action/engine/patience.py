"""Judge calls: each is claimed, waits its turn at its model's door, and is tried again while the provider is away."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from gate_action.engine.budget import Payer, Purse
from gate_action.engine.pacing import LONGEST_HONOURED_S, Door
from gate_action.model.protocols import Completion, Embeddings, ProviderError
from gate_action.model.trial import Usage

Answer = TypeVar("Answer", Completion, Embeddings)


async def ask_patiently(
    ask: Callable[[], Awaitable[Answer]], model: str, door: Door, purse: Purse, *, retries: int
) -> Answer:
    """``retries``: further tries after a 429, an outage or a time-out. Raises ProviderError, BudgetSpentError."""
    while True:
        await door.enter()
        try:
            return await _ask_once(ask, Payer(model), door, purse)
        except ProviderError as error:
            is_worth_it = error.is_transient and (error.retry_after_s or 0.0) <= LONGEST_HONOURED_S
            if retries <= 0 or not is_worth_it:
                raise
            retries -= 1
        finally:
            door.leave()


async def _ask_once(ask: Callable[[], Awaitable[Answer]], payer: Payer, door: Door, purse: Purse) -> Answer:
    claim = await purse.claim(payer)
    completion = None
    try:
        ticket = await door.go_ahead()
        try:
            completion = await ask()
        except ProviderError as error:
            if error.is_transient:
                door.note_refusal(ticket, error.retry_after_s, is_providers=True)
            raise
        door.settle(ticket, completion.usage)
        door.note_answer(ticket)
    finally:
        if completion is None:
            purse.write_off(claim, Usage(), is_lost=False)
    return replace(completion, usage=purse.settle(claim, completion.usage))
