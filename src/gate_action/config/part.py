"""What every part of gate.yaml is made of: the kinds of values, with the words that an editor shows, and two bases."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

_END = r"$(?!\n)"
"""The very end: ``$`` alone would let a line feed follow."""

IDENTIFIER_FORM = "Letters, digits and ._- (at most 60), starting with a letter or digit."
Identifier = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}" + _END, description=IDENTIFIER_FORM)]
VariableName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}" + _END,
        description="The name of an environment variable, never its value.",
    ),
]
Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Hundred = Annotated[int, Meta(ge=1, le=100)]
Flight = Annotated[int, Meta(ge=1, le=10_000)]
Alpha = Annotated[float, Meta(gt=0, lt=0.5)]
Share = Annotated[float, Meta(ge=0, lt=1)]
Bar = Annotated[float, Meta(gt=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Some = Annotated[float, Meta(gt=0)]
Price = Annotated[float, Meta(ge=0)]
Options = Annotated[dict[str, Any], Meta(description="Options of the class that is named beside them.")]


class Shape(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Of the gate: it is read once, and becomes settings. Nothing is converted, and unknown keys are refused."""


class Part(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Of the loop: handed on as it is. As Shape; each part says ``frozen=True`` itself, for type checkers."""
