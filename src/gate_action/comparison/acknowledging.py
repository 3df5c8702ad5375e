"""What somebody acknowledged decides nothing: its fixtures leave the paired set, its metric carries no verdict."""

from gate_action.comparison.plan import Plan
from gate_action.comparison.sentences import say_count
from gate_action.model.decision import Reason, ReasonKind
from gate_action.model.metric import Acknowledgement


def say_acknowledged(entry: Acknowledgement) -> str:
    return f"acknowledged by {entry.who} until {entry.until.isoformat()} ({entry.reason})"


def list_acknowledged(plan: Plan) -> tuple[Reason, ...]:
    """One reason an acknowledgement that counts today, in the order given. It is told whatever the verdict is."""
    return tuple(_tell(entry, plan) for entry in plan.acknowledged_today)


def acknowledged_fixtures(plan: Plan) -> dict[str, Acknowledgement]:
    """Fixture id -> what takes it out of the paired set; the first, where there are several."""
    return {name: entry for entry in reversed(plan.acknowledged_today) for name in plan.covered_by(entry)}


def _tell(entry: Acknowledgement, plan: Plan) -> Reason:
    scope = entry.scope
    if scope.metric:
        what = f"{scope.metric} decides nothing against base"
    else:
        ids = plan.covered_by(entry)
        where = f" in slice {scope.slice}" if scope.slice else ""
        what = f"{say_count(len(ids), 'fixture')}{where} decide{'s' if len(ids) == 1 else ''} nothing against base"
    return Reason(
        kind=ReasonKind.ACKNOWLEDGED,
        sentence=f"{what}: {say_acknowledged(entry)}",
        metric=scope.metric,
        slice=scope.slice,
        fixture_ids=scope.fixture_ids,
    )
