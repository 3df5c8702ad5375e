"""A failing turn as the parts of a row: what was asked, what it rests on, what came out, what would be right."""

from collections.abc import Mapping, Sequence
from typing import Any

from gate_action.loop.promote.failures import read_json
from gate_action.model.fixture import Json
from gate_action.model.promotion import Failure

_SAID = ("user", "assistant")
"""What a conversation is made of. Instructions and tools are the application's own: they come with the build."""


def row_parts(failure: Failure, shape: str = "auto") -> dict[str, Json] | None:
    """What is scrubbed together, so that a name is the same everywhere. None: nothing was asked."""
    asked = _input(failure, shape)
    if asked in ("", None):
        return None
    return {
        "input": asked,
        "context": [text if isinstance(text, str) else str(text) for text in _list(failure.context)],
        "output": value_of(failure.output),
        "calls": [_call(one) for one in _list(failure.tool_calls) if isinstance(one, Mapping) and one.get("name")],
        "correction": value_of(failure.correction),
        "quote": failure.quote,
        "sentence": failure.sentence,
        "comment": failure.comment,
        "title": failure.cluster_title,
        "release": failure.release,
        "slices": [[dimension, value] for dimension, value in failure.slices],
    }


def value_of(text: str) -> Json:
    """JSON where the text is an object or a list, else the text itself: ``5`` is what somebody said."""
    value = read_json(text) if text.strip()[:1] in ("{", "[") else None
    return value if isinstance(value, dict | list) else text


def _input(failure: Failure, shape: str) -> Json:
    """One question is a text (or the JSON that the application was given), a conversation is messages."""
    said = [
        {"role": one["role"], "content": one["content"]}
        for one in _list(failure.messages)
        if isinstance(one, Mapping) and one.get("role") in _SAID and isinstance(one.get("content"), str)
    ]
    while said and said[-1]["role"] != "user":
        said.pop()
    questions = [one for one in said if one["role"] == "user"]
    if shape == "messages" or (shape == "auto" and len(questions) > 1):
        return {"messages": said} if said else None
    return value_of(failure.input) or (questions[-1]["content"] if questions else None)


def _call(one: Mapping[str, Any]) -> Json:
    arguments = one.get("arguments") or {}
    if isinstance(arguments, str):
        arguments = read_json(arguments)
    return {"name": str(one["name"]), "arguments": arguments if isinstance(arguments, Mapping) else {}}


def _list(text: str) -> Sequence[Any]:
    value = read_json(text) if text else None
    return value if isinstance(value, list) else []
