"""gate-action: a CI gate for AI applications. The public names live here; nothing heavy is imported."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gate_action.comparison.plan import Plan
    from gate_action.comparison.procedure import SideBySide, TwoRuns
    from gate_action.comparison.screen_confirm.screening import Known, ScreenAndConfirm
    from gate_action.model.decision import Decision, Verdict
    from gate_action.model.fixture import Fixture, Slice
    from gate_action.model.metric import Metric, Policy
    from gate_action.model.run import EvalRun
    from gate_action.model.score import NotScored, Score, Scored
    from gate_action.model.trial import Arm, Output, Trial, TrialError, TrialKey, TrialRequest
    from gate_action.wiring.loop.live import LiveScorer, open_scorer

__version__ = "0.1.0"

_PLACES = {
    "comparison.plan": ("Plan",),
    "comparison.procedure": ("SideBySide", "TwoRuns"),
    "comparison.screen_confirm.screening": ("Known", "ScreenAndConfirm"),
    "model.decision": ("Decision", "Verdict"),
    "model.fixture": ("Fixture", "Slice"),
    "model.metric": ("Metric", "Policy"),
    "model.run": ("EvalRun",),
    "model.score": ("NotScored", "Score", "Scored"),
    "model.trial": ("Arm", "Output", "Trial", "TrialError", "TrialKey", "TrialRequest"),
    "wiring.loop.live": ("LiveScorer", "open_scorer"),
}

__all__ = [
    "Arm",
    "Decision",
    "EvalRun",
    "Fixture",
    "Known",
    "LiveScorer",
    "Metric",
    "NotScored",
    "Output",
    "Plan",
    "Policy",
    "Score",
    "Scored",
    "ScreenAndConfirm",
    "SideBySide",
    "Slice",
    "Trial",
    "TrialError",
    "TrialKey",
    "TrialRequest",
    "TwoRuns",
    "Verdict",
    "__version__",
    "open_scorer",
]


def __getattr__(name: str) -> object:
    """Public names are imported at first use: ``import gate_action`` alone loads nothing."""
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"gate_action.{place}"), name)
    raise AttributeError(f"module 'gate_action' has no attribute {name!r}")
