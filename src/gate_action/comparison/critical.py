"""The rule for fixtures that must not fail: one failure is run again, further failures block. Flaky ones are barred."""

from dataclasses import dataclass
from enum import StrEnum

from gate_action.comparison.evidence import Evidence, Result
from gate_action.comparison.plan import BaseArm, Plan
from gate_action.model.fixture import Fixture
from gate_action.model.trial import Arm, TrialKey

FLAKY_RANGE = (0.05, 0.95)
FLAKY_CERTAINTY = 0.9


class Standing(StrEnum):
    HOLDS = "holds"
    """No failure of head."""
    RERUN = "rerun"
    """Head failed once, and its re-runs are not asked for yet."""
    RECOVERED = "recovered"
    """Head failed, and too few re-runs did."""
    OPEN = "open"
    """Head failed, and what came of the re-runs settles nothing: some are missing, or a recording has none."""
    BLOCKED = "blocked"
    BARRED = "barred"
    """Flaky on base: its failures count in the mean only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalResult:
    fixture_id: str
    standing: Standing
    failed: int = 0
    """Further failures, after the one that triggered the re-runs."""
    further: int = 0
    """Further trials that say pass or fail."""


class CriticalRule:
    """Judges the critical fixtures by what was told so far."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @property
    def candidates(self) -> tuple[Fixture, ...]:
        raise NotImplementedError

    def judge(self, evidence: Evidence) -> tuple[CriticalResult, ...]:
        raise NotImplementedError
