"""The part ``loop.distribution`` of gate.yaml."""

from typing import Annotated, Literal

from msgspec import Meta

from gate_action.config.part import Part

Level = Annotated[float, Meta(gt=0, lt=1)]


class DistributionShape(Part, frozen=True):
    """How the weekly distribution of labels is followed."""

    weeks: Annotated[int, Meta(ge=2, le=104, description="How many weeks are shown, the current one among them.")] = 9
    base_weeks: Annotated[
        int, Meta(ge=1, le=52, description="The last whole week is set against so many weeks before it.")
    ] = 4
    population: Annotated[
        Literal["feedback", "all"],
        Meta(description="Turns that users spoke of (all of them are recorded), or all that are classified."),
    ] = "feedback"
    level: Annotated[Level, Meta(description="A shift is told where an adjusted p is below this.")] = 0.05
    fewest: Annotated[int, Meta(ge=2, description="Conversations on each side that a test takes at least.")] = 20
    draws: Annotated[int, Meta(ge=199, le=100_000, description="Monte-Carlo relabellings and resamplings.")] = 1999
    near: Annotated[
        Level, Meta(description="So large a share of the fixtures counts as near to another fixture: the threshold.")
    ] = 0.75
    turns_per_week: Annotated[
        int, Meta(ge=50, le=100_000, description="So many inputs of a week are compared with the fixtures.")
    ] = 1000
    seed: Annotated[int, Meta(ge=0)] = 0
