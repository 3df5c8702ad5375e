"""What calls cost: prices by rule, and what earlier runs have spent."""

from gate_action.model.dataclass import dataclass
from gate_action.model.trial import Unmeasured, Usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars. What gate.yaml prices is priced by it, whatever a build or a library says."""

    usd_per_call: float = 0.0
    usd_per_million_input_tokens: float = 0.0
    usd_per_million_output_tokens: float = 0.0

    def of(self, usage: Usage) -> float | Unmeasured:
        """Of one call. UNPRICED: tokens have a price, and how many there were was not told."""
        cost = self.usd_per_call
        for price, tokens in (
            (self.usd_per_million_input_tokens, usage.input_tokens),
            (self.usd_per_million_output_tokens, usage.output_tokens),
        ):
            if price and isinstance(tokens, Unmeasured):
                return Unmeasured.UNPRICED
            cost += 0.0 if isinstance(tokens, Unmeasured) else price * tokens / _MILLION
        return cost


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What a provider says that one bought answer took."""

    model: str
    """As litellm names it; empty: not known."""
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What one run has spent so far."""

    run_id: str
    gate_id: str
    month: str
    """Of its start, in UTC: ``2026-11``."""
    pull_request: int = 0
    """Its number; 0: none."""
    calls: int = 0
    cost_usd: float = 0.0
    """Of the calls whose price is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentBefore:
    """US dollars that other runs of a gate have spent."""

    pull_request_usd: float = 0.0
    month_usd: float = 0.0
