"""The parts ``limits``, ``budget`` and ``prices`` of gate.yaml: the shape, types, ranges and defaults."""

from typing import Annotated

from msgspec import Meta, field

from gate_action.config.part import Count, Flight, Price, Seconds, Shape, Some
from gate_action.model.metric import Budget, Limits

_LIMITS, _BUDGET = Limits(), Budget()


class PaceShape(Shape):
    """How fast a model is asked."""

    concurrency: Annotated[Flight, Meta(description="Requests in flight.")] = _LIMITS.judge.concurrency
    requests_per_minute: Annotated[Count | None, Meta(description="At most so many in any minute.")] = None
    tokens_per_minute: Annotated[Count | None, Meta(description="Input and output together.")] = None


class LimitsShape(Shape):
    """Bounds on what one run may take."""

    concurrency: Annotated[Flight, Meta(description="Trials of one build in flight.")] = _LIMITS.concurrency
    requests_per_minute: Annotated[Count | None, Meta(description="Of both builds together, in any minute.")] = None
    tokens_per_minute: Annotated[Count | None, Meta(description="Of both builds together, as they report them.")] = None
    judge: PaceShape = field(default_factory=PaceShape)
    trial_timeout_s: Annotated[Seconds, Meta(description="For one trial.")] = _LIMITS.trial_timeout_s
    start_timeout_s: Annotated[Seconds, Meta(description="For a build to become ready.")] = _LIMITS.start_timeout_s
    setup_timeout_s: Annotated[Seconds, Meta(description="For target.setup.")] = _LIMITS.setup_timeout_s
    run_timeout_s: Annotated[Seconds, Meta(description="For the whole run.")] = _LIMITS.run_timeout_s
    max_output_bytes: Annotated[Count, Meta(description="A longer answer is a failure.")] = _LIMITS.max_output_bytes
    target_retries: Annotated[int, Meta(ge=0, le=10, description="After the target's own crash.")] = (
        _LIMITS.target_retries
    )
    provider_retries: Annotated[int, Meta(ge=0, le=20, description="After a provider's outage.")] = (
        _LIMITS.provider_retries
    )


class BudgetShape(Shape):
    """What one run may spend."""

    max_cost_usd: Annotated[Some | None, Meta(description="US dollars.")] = _BUDGET.max_cost_usd
    max_calls: Annotated[Count | None, Meta(description="Trials and judge calls.")] = _BUDGET.max_calls
    max_minutes: Annotated[Some | None, Meta(description="No call is begun after it.")] = _BUDGET.max_minutes
    max_cost_usd_per_pr: Annotated[Some | None, Meta(description="All runs of a pull request together.")] = None
    max_cost_usd_per_month: Annotated[
        Some | None, Meta(description="All runs of this gate in a calendar month (UTC).")
    ] = None


class PriceShape(Shape):
    """What calls cost, in US dollars."""

    usd_per_call: Annotated[Price, Meta(description="Whatever the tokens.")] = 0.0
    usd_per_million_input_tokens: Annotated[Price, Meta(description="As they are reported.")] = 0.0
    usd_per_million_output_tokens: Annotated[Price, Meta(description="As they are reported.")] = 0.0
