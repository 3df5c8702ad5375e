"""The part ``loop.scrub`` of gate.yaml."""

from typing import Annotated

from msgspec import Meta, field

from gate_action.config.part import Part, Text

Region = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Language = Annotated[str, Meta(pattern="^[a-z]{2}$")]


class ScrubShape(Part, frozen=True):
    """What is taken out of a row before it may become a fixture. Nothing here can switch a kind off."""

    regions: Annotated[
        tuple[Region, ...],
        Meta(description="Countries whose national spelling of telephone numbers is looked for. Empty: seventeen."),
    ] = ()
    keep: Annotated[
        tuple[Text, ...],
        Meta(description="Values that are nobody's: your own support address or number. A secret is never kept."),
    ] = ()
    names: Annotated[
        dict[Language, Text],
        Meta(description="Language -> the spaCy model by which Presidio finds names in it. Not there: all is refused."),
    ] = field(default_factory=dict)
