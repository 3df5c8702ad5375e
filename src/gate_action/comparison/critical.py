"""The rule for fixtures that must not fail: one failure is run again, further failures block. Flaky ones are barred."""

from enum import StrEnum

from gate_action.comparison.evidence import Evidence
from gate_action.comparison.history import BaseHistory
from gate_action.comparison.plan import BaseArm, Plan
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.picking import having
from gate_action.model.trial import Arm, TrialKey


class Standing(StrEnum):
    """Where a fixture stands by the critical rule."""

    HOLDS = "holds"
    RECOVERED = "recovered"
    """Head failed it, and too few further trials did."""
    OPEN = "open"
    """Head failed it or was not measured on it, and the further trials that would settle it are not there."""
    BLOCKED = "blocked"
    BARRED = "barred"
    """Flaky on base: head's failures count in the mean only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalResult:
    fixture_id: str
    standing: Standing
    is_measured: bool = True
    """No: not one of head's first trials came out as pass or fail."""
    failed: int = 0
    """Failures among the further trials."""
    further: int = 0
    """Further trials that came out as pass or fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalRule:
    """One failure of head calls for ``critical_reruns`` further trials; ``critical_failures`` failures of those block.

    A fixture on which head could not be measured is tried again in the same way: silence is no pass.
    With two recordings nothing can be run again: the trials after the first failure stand in for the further ones.
    """

    plan: Plan
    can_rerun: bool = True
    reruns_from: int | None = None
    """Head's attempts from here on are the re-runs; None: from ``policy.trials`` on."""

    @property
    def candidates(self) -> tuple[Fixture, ...]:
        """All that the rule may come to hold for: the critical ones, those whose new expectation was approved, and new
        ones (if base passes them).
        """
        plan, apart = self.plan, self.plan.covered
        held = [plan.required, plan.new_ids if plan.base is BaseArm.RUN else ()]
        held = [names for names in held if names]
        if not held:
            kept = having(plan.judged, "is_critical")
        else:
            kept = (one for one in plan.judged if one.is_critical or any(one.id in names for names in held))
        return tuple(one for one in kept if one.id not in apart)

    def judge(self, evidence: Evidence) -> tuple[CriticalResult, ...]:
        """By fixture id; of each fixture that the rule holds for on what was told so far."""
        history = BaseHistory(self.plan, evidence)
        return tuple(
            self._judge_one(fixture.id, evidence, history)
            for fixture in self.candidates
            if not self._is_new(fixture.id) or _passes_on_base(fixture.id, evidence)
        )

    def _is_new(self, fixture_id: str) -> bool:
        """New, and tried on base: what base fails as well is not this change's doing, unless it is what it is for."""
        is_tried = fixture_id in self.plan.new_ids and self.plan.base is BaseArm.RUN
        return is_tried and fixture_id not in self.plan.required

    def _judge_one(self, fixture_id: str, evidence: Evidence, history: BaseHistory) -> CriticalResult:
        first, further = self._split(fixture_id, evidence)
        is_measured = any(outcome is not None for outcome in first)
        is_idle = not any(evidence.applies(metric.name, fixture_id) for metric in self.plan.primary)
        if is_idle or (is_measured and False not in first):
            return CriticalResult(fixture_id=fixture_id, standing=Standing.HOLDS)
        failed, known = further.count(False), len(further) - further.count(None)
        return CriticalResult(
            fixture_id=fixture_id,
            standing=Standing.BARRED if self._is_barred(fixture_id, history) else self._settle(failed, known),
            is_measured=is_measured,
            failed=failed,
            further=known,
        )

    def _is_barred(self, fixture_id: str, history: BaseHistory) -> bool:
        """Flaky on base. Of a new expectation base's trials say nothing."""
        return fixture_id not in self.plan.required and history.is_flaky(fixture_id)

    def _split(self, fixture_id: str, evidence: Evidence) -> tuple[list[bool | None], list[bool | None]]:
        """Head's outcomes that may call for further trials, and the further ones."""
        attempts = evidence.attempts(fixture_id, Arm.HEAD)
        outcomes = [evidence.has_passed(TrialKey(fixture_id, Arm.HEAD, attempt)) for attempt in attempts]
        if self.can_rerun:
            start = self.plan.policy.trials if self.reruns_from is None else self.reruns_from
            cut = sum(attempt < start for attempt in attempts)
        else:
            cut = outcomes.index(False) + 1 if False in outcomes else len(outcomes)
        return outcomes[:cut], outcomes[cut : cut + self.plan.policy.critical_reruns]

    def _settle(self, failed: int, known: int) -> Standing:
        policy = self.plan.policy
        if failed >= policy.critical_failures:
            return Standing.BLOCKED
        could_fail = failed + policy.critical_reruns - known
        return Standing.OPEN if could_fail >= policy.critical_failures else Standing.RECOVERED


def _passes_on_base(fixture_id: str, evidence: Evidence) -> bool:
    attempts = evidence.attempts(fixture_id, Arm.BASE)
    outcomes = [evidence.has_passed(TrialKey(fixture_id, Arm.BASE, attempt)) for attempt in attempts]
    return True in outcomes and False not in outcomes
