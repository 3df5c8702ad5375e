"""Judge calls: each waits its turn at its model's door, is claimed, and is tried again while the provider is away."""

from collections.abc import Awaitable, Callable

from gate_action.engine.budget import Purse
from gate_action.engine.pacing import LONGEST_HONOURED_S, Door, Ticket
from gate_action.model.protocols import Completion, ProviderError

Ask = Callable[[], Awaitable[Completion]]


async def ask_patiently(ask: Ask, door: Door, purse: Purse, *, retries: int) -> Completion:
    """``retries``: further tries after a 429, an outage or a time-out. Raises ProviderError, BudgetSpentError."""
    while True:
        await door.enter()
        try:
            ticket = await door.go_ahead()
            return await _ask_once(ask, door, ticket, purse)
        except ProviderError as error:
            is_worth_it = error.is_transient and (error.retry_after_s or 0.0) <= LONGEST_HONOURED_S
            if retries <= 0 or not is_worth_it:
                raise
            retries -= 1
        finally:
            door.leave()


async def _ask_once(ask: Ask, door: Door, ticket: Ticket, purse: Purse) -> Completion:
    try:
        purse.claim()
    except BaseException:
        door.take_back(ticket)
        raise
    try:
        completion = await ask()
    except ProviderError as error:
        if error.is_transient:
            door.note_refusal(ticket, error.retry_after_s, is_providers=True)
        raise
    door.settle(ticket, completion.usage)
    door.note_answer(ticket)
    purse.spend(completion.usage)
    return completion
