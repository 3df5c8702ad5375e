"""The part ``loop.cluster`` of gate.yaml."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from gate_action.config.part import Part

_Count = Annotated[int, Meta(ge=1)]


class ClusterMethod(StrEnum):
    WORDS = "words"
    EMBEDDINGS = "embeddings"
    MODEL = "model"


class ClusterShape(Part, frozen=True):
    """How turns that fail in the same way are found."""

    method: Annotated[
        ClusterMethod, Meta(description="TF-IDF; a model's vectors; or a model that groups, up to 200 turns a label.")
    ] = ClusterMethod.WORDS
    model: Annotated[
        str, Meta(description="Of the methods embeddings and model, as litellm names it. Its key is loop.classify's.")
    ] = ""
    max_cost_usd: Annotated[
        Annotated[float, Meta(ge=0)] | None, Meta(description="Of one cycle's calls. None: no bound.")
    ] = None

    min_users: Annotated[
        _Count, Meta(description="Distinct users (else conversations) whom a new cluster needs. A small team: 2 or 1.")
    ] = 3
    min_turns: Annotated[int, Meta(ge=2, description="Turns that a new cluster needs.")] = 3
    max_turns_per_user: Annotated[_Count, Meta(description="Turns of one user that count in a cycle and label.")] = 3
    window_days: Annotated[_Count, Meta(description="Turns of the last so many days are grouped.")] = 28
