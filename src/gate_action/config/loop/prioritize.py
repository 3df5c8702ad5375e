"""The part ``loop.prioritize`` of gate.yaml: what a bad answer costs, what mends it, and how both are weighed."""

from typing import Annotated, Literal

from msgspec import Meta, field

from gate_action.config.part import Part, Text
from gate_action.model.loop import FailureMode

Level = Annotated[int, Meta(ge=1, le=4)]
Chance = Annotated[float, Meta(gt=0, lt=1)]
Days = Annotated[float, Meta(gt=0, le=1000)]
Weight = Annotated[float, Meta(ge=0, le=10)]
Cost = Annotated[float, Meta(ge=0, le=1000)]

LEVELS = {
    FailureMode.UNDER_REFUSAL: 4,
    FailureMode.HALLUCINATION: 3,
    FailureMode.TOOL_MISUSE: 3,
    FailureMode.MISSED_INTENT: 2,
    FailureMode.OVER_REFUSAL: 2,
    FailureMode.FORMAT_ERROR: 1,
}
"""Of labels that nobody has set; all others 2."""
OTHER_LEVEL = 2
LEVERS = {
    FailureMode.HALLUCINATION: "retrieval",
    FailureMode.TOOL_MISUSE: "tool_schema",
}
"""Of labels that nobody has set; all others the prompt."""
OTHER_LEVER = "prompt"


class LeverShape(Part, frozen=True):
    """Something that can be changed."""

    chance: Annotated[Chance, Meta(description="That changing it mends what it is meant to mend.")]
    effort_days: Annotated[Days, Meta(description="A person's days.")]


USUAL_LEVERS = {
    "prompt": LeverShape(chance=0.5, effort_days=1),
    "retrieval": LeverShape(chance=0.5, effort_days=4),
    "tool_schema": LeverShape(chance=0.6, effort_days=2),
    "model": LeverShape(chance=0.4, effort_days=8),
}
"""Guesses, to be replaced by a team's own: an order among levers, not a measurement."""


class CostsShape(Part, frozen=True):
    """What else a turn may cost, in units of one ordinary bad answer."""

    escalation: Annotated[Cost, Meta(description="A conversation handed to a person.")] = 5.0
    abandon: Annotated[Cost, Meta(description="A conversation given up.")] = 3.0
    churn: Annotated[Cost, Meta(description="A user lost.")] = 50.0


class SignalsShape(Part, frozen=True):
    """Names of feedback that say so."""

    escalation: list[Text] = field(default_factory=lambda: ["escalation"])
    abandon: list[Text] = field(default_factory=lambda: ["abandon"])


class WeightsShape(Part, frozen=True):
    """Exponents where factors are multiplied, weights where they are added."""

    frequency: Weight = 1.0
    severity: Weight = 1.0
    addressability: Weight = 1.0


class PrioritizeShape(Part, frozen=True):
    """How the order is made."""

    days: Annotated[int, Meta(ge=1, le=366, description="Turns of so many days.")] = 28
    top: Annotated[int, Meta(ge=1, le=50, description="So many are worked on in a cycle.")] = 5
    combine: Annotated[
        Literal["multiply", "sum"],
        Meta(description="Multiply the factors, or add each one's share of the largest."),
    ] = "multiply"
    weights: WeightsShape = WeightsShape()
    severity: Annotated[dict[Text, Level], Meta(description="Label or cluster -> 1 to 4.")] = field(
        default_factory=dict
    )
    level_weights: Annotated[
        list[Weight], Meta(min_length=4, max_length=4, description="What the levels 1 to 4 count.")
    ] = field(default_factory=lambda: [0.5, 1.0, 2.0, 4.0])
    floor: Annotated[int, Meta(ge=1, le=5, description="This level and above come first. 5: none does.")] = 4
    costs: CostsShape = CostsShape()
    signals: SignalsShape = SignalsShape()
    levers: Annotated[dict[Text, LeverShape], Meta(description="What can be changed, beside the usual ones.")] = field(
        default_factory=dict
    )
    lever: Annotated[dict[Text, Text], Meta(description="Label or cluster -> its lever.")] = field(default_factory=dict)
    most_per_user: Annotated[
        int, Meta(ge=1, description="One user's turns in one item count at most so many times.")
    ] = 3
    fewest_drawn: Annotated[
        int, Meta(ge=1, description="Turns without feedback from which on a rate of all turns is told.")
    ] = 30
    sure: Annotated[
        float, Meta(gt=0.5, lt=1, description="Two items are told apart where one is ahead in this share of draws.")
    ] = 0.9
    draws: Annotated[int, Meta(ge=500, le=100_000)] = 4000
    seed: Annotated[int, Meta(ge=0)] = 0
    priorities: Annotated[Text, Meta(description="The team's overrides.")] = "priorities.yaml"
    ledger: Annotated[Text, Meta(description="Where each cycle is written down.")] = "ledger.jsonl"

    @property
    def all_levers(self) -> dict[str, LeverShape]:
        """The usual ones, and those of gate.yaml."""
        return USUAL_LEVERS | self.levers
