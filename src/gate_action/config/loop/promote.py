"""The part ``loop.promote`` of gate.yaml."""

from typing import Annotated, Literal

from msgspec import Meta

from gate_action.config.part import Part, Text


class PromoteShape(Part, frozen=True):
    """Which failing turns become fixtures, and where those are written."""

    folder: Annotated[Text, Meta(description="A folder below the gate's fixtures: a file a cluster.")] = (
        "fixtures/promoted"
    )
    clusters: Annotated[int, Meta(ge=1, le=100, description="So many clusters at a time, if none is named.")] = 5
    most: Annotated[int, Meta(ge=1, le=1000, description="Rows of one cluster at a time.")] = 20
    consent: Annotated[
        str,
        Meta(description="On what rows rest whose turn says nothing, e.g. terms of service, section 7. Empty: denied."),
    ] = ""
    licence: str = ""
    expires_days: Annotated[
        int, Meta(ge=0, le=3650, description="After so many days validate asks for a review. 0: never.")
    ] = 365
    input: Annotated[
        Literal["auto", "text", "messages"],
        Meta(description="auto: text for one question, messages for a conversation; as the target takes it."),
    ] = "auto"
