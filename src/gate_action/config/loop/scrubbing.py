"""The part ``loop.scrub`` of gate.yaml."""

from typing import Annotated, Literal

from msgspec import Meta

from gate_action.config.loop.part import Part, Text

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
        Literal["", "presidio"],
        Meta(
            description="Who recognises names of persons and places. Asked for and not installed: nothing is promoted."
        ),
    ] = ""
    languages: Annotated[tuple[Language, ...], Meta(min_length=1, description="In which names are recognised.")] = (
        "en",
    )
