"""What a model is asked about what strangers wrote: they never share a message with instructions."""

import json
from collections.abc import Mapping
from typing import TypeAlias

from gate_action.model.fixture import Json

Messages: TypeAlias = tuple[Mapping[str, str], ...]
"""``{"role", "content"}`` each."""


def ask_about(instructions: str, record: Json, *, indent: int | None = None) -> Messages:
    """The record as one JSON text: inside it nothing can end its own quotation."""
    told = well_formed(json.dumps(record, ensure_ascii=False, indent=indent))
    return ({"role": "system", "content": instructions}, {"role": "user", "content": told})


def well_formed(text: str) -> str:
    """``text`` with lone surrogates replaced, so that every encoder takes it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
