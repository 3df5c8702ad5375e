"""Which procedure judges a run: the one place where that is decided (docs/decisions/0008-screen-and-confirm.md)."""

from collections.abc import Callable

from gate_action.comparison.plan import BaseArm, Plan
from gate_action.comparison.procedure import SideBySide, TwoRuns
from gate_action.comparison.replay.first import ReplayFirst
from gate_action.comparison.screen_confirm.screening import NOTHING_KNOWN, Known, ScreenAndConfirm
from gate_action.model.protocols import Procedure
from gate_action.model.replay import Replaying


def choose_procedure(
    plan: Plan,
    *,
    is_recorded: bool,
    is_kept: bool = False,
    replaying: Replaying | None = None,
    recall: Callable[[], Known] = lambda: NOTHING_KNOWN,
) -> Procedure:
    """``is_recorded``: outputs that an earlier step wrote, so that no further trial can be asked for.

    ``is_kept``: the run is to be stored as a baseline. Whole rounds serve every later pull request, and a screen would
    leave one trial a fixture. ``replaying``: how, where the builds' model calls are watched. ``recall``: what earlier
    runs of the same head found, asked for where it counts.
    """
    if is_recorded and plan.base is BaseArm.RUN:
        return TwoRuns(plan, is_read=True)
    if plan.base is BaseArm.RUN and not is_kept:
        known = recall()
        return ReplayFirst(plan, replaying, known=known) if replaying else ScreenAndConfirm(plan, known=known)
    return SideBySide(plan)
