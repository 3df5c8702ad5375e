"""The part ``loop.watch`` of gate.yaml."""

from typing import Annotated

from msgspec import Meta

from gate_action.config.part import Part, Text

Share = Annotated[float, Meta(gt=0, lt=1)]


class WatchShape(Part, frozen=True):
    """How merged fixes are watched."""

    branch: Annotated[Text, Meta(description="The branch of this repository that keeps the register of watches.")] = (
        "gate-watch"
    )
    target: Annotated[
        Share, Meta(description="What a fix is to leave of its failure's rate, where its entry names no target.")
    ] = 0.5
    days: Annotated[int, Meta(ge=1, le=180, description="How long a fix is watched.")] = 28
    mix: Annotated[
        tuple[Text, ...],
        Meta(description="Slice dimensions in which the traffic's mix is compared. Empty: every one of the store's."),
    ] = ()
    label: Annotated[str, Meta(description="The label of the issues; empty: none.")] = "gate-watch"
