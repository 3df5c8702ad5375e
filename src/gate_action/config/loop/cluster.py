"""The part ``loop.cluster`` of gate.yaml."""

from typing import Annotated

from msgspec import Meta

from gate_action.config.loop.part import Part

_Count = Annotated[int, Meta(ge=1)]


class ClusterShape(Part, frozen=True):
    """How turns that fail in the same way are found."""

    min_users: Annotated[
        _Count, Meta(description="Distinct users (else conversations) whom a new cluster needs. A small team: 2 or 1.")
    ] = 3
    min_turns: Annotated[int, Meta(ge=2, description="Turns that a new cluster needs.")] = 3
    max_turns_per_user: Annotated[_Count, Meta(description="Turns of one user that count in a cycle and label.")] = 3
    window_days: Annotated[_Count, Meta(description="Turns of the last so many days are grouped.")] = 28
