"""The part ``loop.score`` of gate.yaml."""

from typing import Annotated

from msgspec import Meta

from gate_action.config.part import Part

_Count = Annotated[int, Meta(ge=1)]


class ScoreShape(Part, frozen=True):
    """How turns of production are scored by the gate's own evaluators."""

    gate: Annotated[str, Meta(description="Of several gates, the one whose metrics score. Empty: the first.")] = ""
    turns: Annotated[_Count, Meta(description="Turns of the window that are scored, drawn by stratum.")] = 200
    window_days: Annotated[_Count, Meta(description="Of the last so many days.")] = 7
    max_cost_usd: Annotated[Annotated[float, Meta(ge=0)] | None, Meta(description="Of one pass. None: no bound.")] = (
        None
    )
    max_calls: Annotated[_Count | None, Meta(description="Judge calls of one pass. None: no bound.")] = None
