"""Messages that stand in events, on a span or in log records beside it -> attributes as a span has them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gate_action.loop.ingest.dialects.values import parse_maybe

if TYPE_CHECKING:
    from gate_action.loop.ingest.seam import Event

_WHOLE = frozenset({"gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion"})
"""Their attributes are a span's. Figures stand on the span as well, and would count twice."""
_TEXTS = (
    *("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"),
    *("gen_ai.prompt", "gen_ai.completion"),
)
_ASKED = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
"""Name of the event -> role. OTel GenAI up to 1.36 made one event of each message."""
_ANSWERED = "gen_ai.choice"
NAMES = frozenset({*_WHOLE, *_ASKED, _ANSWERED})


def read_told(events: Iterable["Event"]) -> dict[str, Any]:
    """What ``events`` of one model call say, in their order. Empty: none of them holds a message."""
    told: dict[str, Any] = {}
    asked: list[dict[str, Any]] = []
    answered: list[dict[str, Any]] = []
    for event in events:
        attributes = event.attributes
        if event.name in _WHOLE:
            told |= {name: attributes[name] for name in _TEXTS if attributes.get(name)}
        elif event.name in _ASKED:
            asked.append(_message(attributes, _ASKED[event.name]))
        elif event.name == _ANSWERED:
            message = parse_maybe(attributes.get("message"))
            answered.append(_message(message if isinstance(message, Mapping) else attributes, "assistant"))
    if any(len(one) > 1 for one in (*asked, *answered)):  # more than roles
        told |= {"gen_ai.input.messages": asked} if asked else {}
        told |= {"gen_ai.output.messages": answered} if answered else {}
    return told


def _message(told: Mapping[str, Any], role: str) -> dict[str, Any]:
    message = {"role": told.get("role") or role}
    for name in ("content", "tool_calls"):
        if told.get(name):
            message[name] = parse_maybe(told[name]) if name == "tool_calls" else told[name]
    if role == "tool" and told.get("id"):
        message["tool_call_id"] = told["id"]
    return message
