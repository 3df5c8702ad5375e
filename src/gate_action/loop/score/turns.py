"""A turn of production as an evaluator sees one: a fixture that expects nothing, and its output."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from gate_action.model.fixture import Fixture, Json, ToolCall
from gate_action.model.trial import Output


class Seen(NamedTuple):
    fixture: Fixture
    output: Output


def read_turn(row: Mapping[str, Any]) -> Seen:
    """From the columns of the table ``turn``. What is no JSON where JSON should be is left out: it is a stranger's."""
    messages, context = _decode(row["messages"]), _texts(_decode(row["context"]))
    history = {"messages": messages} if isinstance(messages, list) and len(messages) > 1 else None
    fixture = Fixture(id=row["turn_id"], input=history or row["input"], context=context)
    calls = _decode(row["tool_calls"])
    return Seen(
        fixture=fixture,
        output=Output(
            content=row["output"],
            tool_calls=tuple(_calls(calls if isinstance(calls, list) else [])),
            context=context,
        ),
    )


def _decode(text: str) -> Json:
    try:
        return msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, RecursionError):
        return None


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _calls(calls: list[Any]) -> list[ToolCall]:
    return [
        ToolCall(name=str(call["name"]), arguments=call["arguments"] if isinstance(call["arguments"], dict) else {})
        for call in calls
        if isinstance(call, dict) and call.get("name") and "arguments" in call
    ]
