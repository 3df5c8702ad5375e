"""What every part of the loop's configuration is made of."""

from typing import Annotated

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1)]
VariableName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$(?!\n)",
        description="The name of an environment variable, never its value.",
    ),
]


class Part(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Nothing is converted, and unknown keys are refused. Each part says ``frozen=True`` itself, for type checkers."""
