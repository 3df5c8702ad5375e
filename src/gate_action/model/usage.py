"""What head took beside base: seconds, dollars, tokens."""

from gate_action.model.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageComparison:
    """One measure, on fixtures that both builds answered now."""

    measure: str
    """``latency_s``, ``cost_usd`` or ``tokens``: of one trial."""
    base: float
    """Geometric mean."""
    head: float
    ratio: float
    """Head over base, fixture by fixture, in the geometric mean."""
    low: float | None
    """Of the ratio's 95 % interval; None: no two fixtures differ in it."""
    high: float | None
    p_value: float
    """One-sided, that head takes no more than base."""
    fixtures: int
    is_over: bool
    """More than the tolerance, and no luck. A warning: it blocks nothing."""
    sentence: str = ""
