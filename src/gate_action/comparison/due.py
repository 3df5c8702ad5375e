"""Which scores are due, by the way of judging: what is due and not there is missing."""

from gate_action.comparison.evidence import Asked, AskedAlike, Evidence
from gate_action.comparison.plan import Plan, Way
from gate_action.model.picking import ids_of
from gate_action.model.trial import Arm


def due_attempts(plan: Plan, evidence: Evidence, way: Way) -> Asked:
    """Fixture and arm -> attempts that count in the comparison.

    Round one alone where trials were asked for: the re-runs of critical fixtures follow head's failures, and would pull
    its mean down. Recorded or stored rows count all; an arm without any for a fixture owes as many as the other has.
    """
    round_one = tuple(range(plan.policy.trials))
    ids = ids_of(plan.judged)
    match way:
        case Way.SIDE_BY_SIDE:
            return AskedAlike(fixture_ids=ids, attempts=dict.fromkeys(Arm, round_one))
        case Way.HEAD_ONLY:
            return AskedAlike(fixture_ids=ids, attempts={Arm.BASE: (), Arm.HEAD: round_one})
        case _:
            return {(name, arm): _of_one(plan, evidence, way, name, arm) for name in ids for arm in Arm}


def _of_one(plan: Plan, evidence: Evidence, way: Way, fixture_id: str, arm: Arm) -> tuple[int, ...]:
    round_one = tuple(range(plan.policy.trials))
    match way, arm:
        case Way.STORED_BASE, Arm.HEAD:
            return round_one
        case Way.STORED_BASE, Arm.BASE:
            return () if fixture_id in plan.new_ids else evidence.attempts(fixture_id, arm) or round_one
        case _:
            other = Arm.HEAD if arm is Arm.BASE else Arm.BASE
            is_absent_by_right = arm is Arm.BASE and fixture_id in plan.new_ids
            told = evidence.attempts(fixture_id, arm)
            return told if told or is_absent_by_right else evidence.attempts(fixture_id, other) or round_one
