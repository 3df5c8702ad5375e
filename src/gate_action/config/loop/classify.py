"""The part ``loop.classify`` of gate.yaml."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from gate_action.config.part import Part, VariableName

_Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)", description="small letters, digits and _")]
_Text = Annotated[str, Meta(min_length=1)]
_Count = Annotated[int, Meta(ge=1)]


class FeedbackChoice(StrEnum):
    NEGATIVE = "negative"
    ANY = "any"


class ModeShape(Part, frozen=True):
    """A failure mode of your own, or another meaning for one of the rubric's."""

    meaning: Annotated[_Text, Meta(description="What it is, as a model is told.")]
    is_it: Annotated[tuple[_Text, ...], Meta(description="Examples near the boundary that belong to it.")] = ()
    is_not: Annotated[tuple[_Text, ...], Meta(description="Examples near the boundary that do not.")] = ()


class ClassifyShape(Part, frozen=True):
    """How turns that somebody complained of are labelled."""

    model: Annotated[
        str, Meta(description="As litellm names it; it is sent what users wrote. Empty: by rules, without a model.")
    ] = ""
    key: Annotated[
        VariableName | None,
        Meta(description="Variable with its key. Default: judge.key, else the provider's usual one."),
    ] = None
    gate: Annotated[
        str, Meta(description="Of several gates, the one whose judge, prices and limits hold. Empty: the first.")
    ] = ""
    feedback: Annotated[
        FeedbackChoice, Meta(description="Turns with negative feedback or a correction, or with any feedback.")
    ] = FeedbackChoice.NEGATIVE
    rubric: Annotated[str, Meta(description="A rubric file of the repository. Empty: the packaged one.")] = ""
    modes: Annotated[dict[_Name, ModeShape], Meta(description="Failure modes besides the rubric's.")] = field(
        default_factory=dict
    )
    max_cost_usd: Annotated[Annotated[float, Meta(ge=0)] | None, Meta(description="Of one pass. None: no bound.")] = (
        None
    )
    max_calls: Annotated[_Count | None, Meta(description="Of one pass, canaries included. None: no bound.")] = None
    batch: Annotated[_Count, Meta(description="Turns between two looks at the canaries.")] = 50
    max_turns_per_user: Annotated[
        _Count, Meta(description="Of one user (else conversation) and week; more are left out, and counted.")
    ] = 20
