"""Which procedure judges a run: the one place where that is decided (docs/decisions/0008-screen-and-confirm.md)."""

from gate_action.comparison.plan import BaseArm, Plan
from gate_action.comparison.procedure import SideBySide, TwoRuns
from gate_action.comparison.screening import ScreenAndConfirm
from gate_action.model.protocols import Procedure


def choose_procedure(plan: Plan, *, is_recorded: bool, is_kept: bool = False) -> Procedure:
    """``is_recorded``: outputs that an earlier step wrote, so that no further trial can be asked for.

    ``is_kept``: the run is to be stored as a baseline. Whole rounds serve every later pull request, and a screen would
    leave one trial a fixture.
    """
    if is_recorded and plan.base is BaseArm.RUN:
        return TwoRuns(plan, is_read=True)
    if plan.base is BaseArm.RUN and not is_kept:
        return ScreenAndConfirm(plan)
    return SideBySide(plan)
