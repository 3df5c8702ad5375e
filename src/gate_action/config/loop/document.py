"""The parts ``loop`` and ``state`` of gate.yaml: the shape, types, ranges and defaults."""

from typing import Annotated

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1)]


class Part(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Nothing is converted, and unknown keys are refused. Each part says ``frozen=True`` itself, for type checkers."""


class LoopShape(Part, frozen=True):
    """The loop around the gate: each step has a part of its own."""

    app: Annotated[str, Meta(description="The application whose turns these are. Empty: all that is ingested.")] = ""


class StateShape(Part, frozen=True):
    """Where the loop's memory lives between scheduled runs."""

    path: Annotated[Text, Meta(description="A folder, from the repository's top.")] = ".gate/loop"


class LoopSettings(Part, frozen=True):
    """Both parts, as the loop's commands take them."""

    loop: LoopShape = LoopShape()
    state: StateShape = StateShape()
