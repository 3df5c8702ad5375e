"""Which procedure judges a run: the one place where that is decided (docs/decisions/0008-screen-and-confirm.md)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gate_action.comparison.plan import BaseArm, Plan
from gate_action.comparison.procedure import SideBySide, TwoRuns
from gate_action.model.protocols import Procedure
from gate_action.model.replay import Replaying

if TYPE_CHECKING:
    from gate_action.comparison.screen_confirm.screening import Known


def choose_procedure(
    plan: Plan,
    *,
    is_recorded: bool,
    is_kept: bool = False,
    replaying: Replaying | None = None,
    recall: Callable[[], "Known"] | None = None,
) -> Procedure:
    """``is_recorded``: outputs that an earlier step wrote, so that no further trial can be asked for.

    ``is_kept``: the run is to be stored as a baseline. Whole rounds serve every later pull request, and a screen would
    leave one trial a fixture. ``replaying``: how, where the builds' model calls are watched. ``recall``: what earlier
    runs of the same head found, asked for where it counts.
    """
    if is_recorded and plan.base is BaseArm.RUN:
        return TwoRuns(plan, is_read=True)
    if plan.base is BaseArm.RUN and not is_kept:
        return _screen(plan, replaying, recall)
    return SideBySide(plan)


def _screen(plan: Plan, replaying: Replaying | None, recall: Callable[[], "Known"] | None) -> Procedure:
    from gate_action.comparison.screen_confirm.screening import NOTHING_KNOWN, ScreenAndConfirm  # half of comparison

    known = recall() if recall else NOTHING_KNOWN
    if replaying is None:
        return ScreenAndConfirm(plan, known=known)
    from gate_action.comparison.replay.first import ReplayFirst

    return ReplayFirst(plan, replaying, known=known)
