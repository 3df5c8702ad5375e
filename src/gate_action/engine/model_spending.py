"""What a try spent at its model providers, as the recording proxy saw it: most builds do not tell. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce

from gate_action.engine.conversation import Number, add_usage
from gate_action.model.spending import ModelUse, Price
from gate_action.model.trial import Unmeasured, Usage

_NOTHING = Usage(latency_s=0.0, input_tokens=0, output_tokens=0, cost_usd=0.0)


def sum_uses(uses: Sequence[ModelUse], price_of: Callable[[str], Price | None]) -> Usage:
    """Tokens and US dollars of all ``uses``, nothing for none. What one did not tell is not measured."""
    priced: Iterable[Usage] = (replace(use.usage, cost_usd=_cost(use, price_of(use.model))) for use in uses)
    return reduce(add_usage, priced, _NOTHING)


def at_least(told: Usage, seen: Usage) -> Usage:
    """What the build tells, and never less than what was seen: it could tell anything."""
    return replace(
        told,
        input_tokens=_greater(told.input_tokens, seen.input_tokens),
        output_tokens=_greater(told.output_tokens, seen.output_tokens),
        cost_usd=_greater(told.cost_usd, seen.cost_usd),
    )


def _cost(use: ModelUse, price: Price | None) -> float | Unmeasured:
    if price is not None:
        return price.of(use.usage)
    is_told = not isinstance(use.usage.input_tokens, Unmeasured)
    return Unmeasured.UNPRICED if is_told else Unmeasured.NOT_REPORTED


def _greater(told: Number | Unmeasured, seen: Number | Unmeasured) -> Number | Unmeasured:
    if isinstance(told, Unmeasured):
        return seen
    return told if isinstance(seen, Unmeasured) else max(told, seen)
