"""Findings and events -> Decision."""

from gate_action.comparison.evidence import Evidence
from gate_action.comparison.plan import Plan, Way
from gate_action.model.decision import Decision


def decide(plan: Plan, evidence: Evidence, way: Way, ceiling: int) -> Decision:
    """The verdict of a run, its reasons and all that a report prints of it."""
    raise NotImplementedError
