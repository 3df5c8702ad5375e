"""What base is known to do on a fixture: its outcomes of this run and of stored ones, and whether they are flaky."""

from functools import cache

from gate_action.comparison.evidence import Evidence, pool_scores
from gate_action.comparison.plan import BaseArm, Plan
from gate_action.model.trial import Arm, TrialKey

FLAKY_RANGE = (0.05, 0.95)
FLAKY_CERTAINTY = 0.9


class BaseHistory:
    """Outcomes of base, fixture by fixture."""

    def __init__(self, plan: Plan, evidence: Evidence) -> None:
        self._sources = [evidence]
        if plan.base is BaseArm.RUN and plan.stored:
            self._sources.append(stored_evidence(plan))

    def is_flaky(self, fixture_id: str) -> bool:
        """Both outcomes were seen, and its pass rate almost surely lies well inside (0, 1)."""
        outcomes = [
            evidence.has_passed(TrialKey(fixture_id, Arm.BASE, attempt))
            for evidence in self._sources
            for attempt in evidence.attempts(fixture_id, Arm.BASE)
        ]
        return is_flaky(outcomes.count(True), outcomes.count(False))


def stored_evidence(plan: Plan) -> Evidence:
    """Base's stored rows, pooled; only of fixtures and metrics that are still the same."""
    evidence = Evidence(plan.judged, plan.metrics)
    names = {metric.name for metric in plan.metrics}
    rows = pool_scores(plan.stored, Arm.BASE, {fixture.id: fixture.digest for fixture in plan.judged})
    evidence.tell((), (row for row in rows if row.metric in names))
    return evidence


@cache
def is_flaky(passed: int, failed: int) -> bool:
    """P(0.05 < p < 0.95) > 0.9 under the Beta(1/2, 1/2) prior (Jeffreys), given both outcomes."""
    if not passed or not failed:
        return False
    from scipy.special import betainc  # scipy loads only where a decision needs it

    below, above = (float(betainc(passed + 0.5, failed + 0.5, edge)) for edge in FLAKY_RANGE)
    return above - below > FLAKY_CERTAINTY
