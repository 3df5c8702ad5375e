"""The procedures: they ask for trials, are told of them, and decide. Nothing here tries, scores or waits."""

from collections.abc import Iterable, Sequence

from gate_action.comparison.critical import CriticalRule, Standing
from gate_action.comparison.evidence import Evidence
from gate_action.comparison.history import stored_evidence
from gate_action.comparison.plan import BaseArm, Plan, Way
from gate_action.comparison.rounds import WholeRounds
from gate_action.model.decision import Decision
from gate_action.model.picking import ids_of
from gate_action.model.score import Scored
from gate_action.model.trial import Arm, Trial, TrialKey, TrialRequest

__all__ = ["BaseArm", "Plan", "SideBySide", "TwoRuns"]


class SideBySide:
    """Round one is ``policy.trials`` of every fixture on both arms; then critical fixtures that failed run again.

    Where base cannot be run (``plan.base``), head alone is asked for: floors and critical fixtures still decide, and
    stored rows of base can raise a suspicion.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        is_stored = plan.base is BaseArm.STORED
        self._evidence = stored_evidence(plan) if is_stored else Evidence(plan.judged, plan.metrics)
        self._is_begun = False
        self._rerun: set[TrialKey] = set()

    @property
    def ceiling(self) -> int:
        """The most trials that can be asked for, both arms together."""
        arms = len(self._arms)
        round_one = len(self._plan.judged) * self._plan.policy.trials * arms
        return round_one + len(CriticalRule(plan=self._plan).candidates) * self._plan.policy.critical_reruns

    def ask(self) -> Sequence[TrialRequest]:
        """What is still to be tried; empty when the evidence is as complete as it will be. No trial is asked twice."""
        if not self._is_begun:
            self._is_begun = True
            return _round_one(self._plan, self._arms)
        keys = self._reruns()
        self._rerun.update(keys)
        return tuple(TrialRequest(key=key) for key in keys)

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        """In any order and any portions. Raises ValueError for what was told before or is unknown."""
        self._evidence.tell(trials, scores)

    def decide(self) -> Decision:
        from gate_action.comparison.decision import decide  # loaded while trials are waited for

        ways = {BaseArm.RUN: Way.SIDE_BY_SIDE, BaseArm.STORED: Way.STORED_BASE}
        return decide(self._plan, self._evidence, ways.get(self._plan.base, Way.HEAD_ONLY), self.ceiling)

    @property
    def _arms(self) -> tuple[Arm, ...]:
        return (Arm.BASE, Arm.HEAD) if self._plan.base is BaseArm.RUN else (Arm.HEAD,)

    def _reruns(self) -> list[TrialKey]:
        trials, reruns = self._plan.policy.trials, self._plan.policy.critical_reruns
        return [
            key
            for result in CriticalRule(plan=self._plan).judge(self._evidence)
            if result.standing is Standing.OPEN
            for attempt in range(trials, trials + reruns)
            if (key := TrialKey(result.fixture_id, Arm.HEAD, attempt)) not in self._rerun
        ]


class TwoRuns:
    """Two recordings, made under the same conditions: nothing can be tried again.

    ``is_read``: the recordings lie behind a target, and every attempt is asked for once; else all is simply told.
    """

    def __init__(self, plan: Plan, *, is_read: bool = False) -> None:
        if plan.base is not BaseArm.RUN:
            raise ValueError(f"two recordings need one of base, and base is {plan.base}")
        self._plan = plan
        self._to_read: Sequence[TrialRequest] = _round_one(plan, tuple(Arm), fresh=False) if is_read else ()
        self._evidence = Evidence(plan.judged, plan.metrics)

    def ask(self) -> Sequence[TrialRequest]:
        requests, self._to_read = self._to_read, ()
        return requests

    def tell(self, trials: Iterable[Trial], scores: Iterable[Scored]) -> None:
        """In any order and any portions. Raises ValueError for what was told before or is unknown."""
        self._evidence.tell(trials, scores)

    def decide(self) -> Decision:
        from gate_action.comparison.decision import decide  # as above

        told = self._evidence.count(Arm.BASE) + self._evidence.count(Arm.HEAD)
        return decide(self._plan, self._evidence, Way.TWO_RUNS, told)


def _round_one(plan: Plan, arms: tuple[Arm, ...], *, fresh: bool = True) -> WholeRounds:
    return WholeRounds(names=ids_of(plan.judged), arms=arms, attempts=plan.policy.trials, fresh=fresh)
