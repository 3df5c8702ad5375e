"""Messages, documents and tool values as the JSON texts of the GenAI conventions. Never raises for a value."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_ELLIPSIS = "… [cut]"
_MESSAGE = frozenset({"parts", "content", "tool_calls", "tool_call_id"})
"""A mapping with none of these is no message, and told as it is."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode


def cut(text: str, most: int) -> str:
    """At most ``most`` characters; a cut text ends with a mark."""
    return text if len(text) <= most else text[: max(0, most - len(_ELLIPSIS))] + _ELLIPSIS


def as_text(value: object, most: int) -> str:
    """The text itself, or compact JSON. What JSON does not know is told by its repr, None by nothing."""
    if value is None:
        return ""
    return cut(value if isinstance(value, str) else _dump(value), most)


def messages(value: object, role: str, most: int) -> str:
    """``gen_ai.input.messages`` and ``gen_ai.output.messages``: ``[{"role", "parts": [{"type", ...}]}]``.

    ``value``: a text, one message, or messages in the form of a chat API (``content``, ``tool_calls``,
    ``tool_call_id``) or of the conventions (``parts``), which are passed on.
    """
    return _dump([_message(one, role, most) for one in _listed(value)])


def instructions(value: object, most: int) -> str:
    """``gen_ai.system_instructions``: a list of parts."""
    return _dump([_content_part(one, most) for one in _listed(value)])


def documents(value: Sequence[object], most: int) -> str:
    """``gen_ai.retrieval.documents``: texts become ``{"content"}``; mappings are passed on with their texts cut."""
    return _dump(
        [_cut_texts(one, most) if isinstance(one, Mapping) else {"content": as_text(one, most)} for one in value]
    )


def _listed(value: object) -> list[object]:
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return list(value)
    return [value]


def _message(value: object, role: str, most: int) -> dict[str, Any]:
    value = _as_mapping(value)
    if not isinstance(value, Mapping) or not _MESSAGE & value.keys():
        return {"role": role, "parts": [_text_part(value, most)]}
    own_role = str(value.get("role", role))
    if "parts" in value:
        return {"role": own_role, "parts": [_cut_texts(part, most) for part in _listed(value["parts"])]}
    if "tool_call_id" in value:
        response = as_text(value.get("content"), most)
        return {
            "role": own_role,
            "parts": [{"type": "tool_call_response", "id": str(value["tool_call_id"]), "response": response}],
        }
    parts = [] if value.get("content") is None else [_content_part(part, most) for part in _listed(value["content"])]
    parts += [_tool_part(call, most) for call in _listed(value.get("tool_calls") or [])]
    return {"role": own_role, "parts": parts}


def _as_mapping(value: object) -> object:
    """A message object of the usual clients (pydantic's) as what it says; anything else as it is."""
    dump = getattr(value, "model_dump", None)
    if not callable(dump):
        return value
    try:
        return dump()
    except Exception:  # noqa: BLE001  # a stranger's object: its repr is told then
        return value


def _content_part(value: object, most: int) -> Any:
    """A text, or a part of a chat API; pictures and sounds are passed on as far as they fit."""
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        return _text_part(value["text"], most)
    return _cut_texts(value, most) if isinstance(value, Mapping) else _text_part(value, most)


def _text_part(value: object, most: int) -> dict[str, str]:
    return {"type": "text", "content": as_text(value, most)}


def _tool_part(call: object, most: int) -> dict[str, Any]:
    if not isinstance(call, Mapping):
        return {"type": "tool_call", "name": as_text(call, most)}
    function = call.get("function")
    named = function if isinstance(function, Mapping) else call
    part = {
        "type": "tool_call",
        "name": str(named.get("name", "")),
        "arguments": as_text(named.get("arguments", {}), most),
    }
    return {**part, "id": str(call["id"])} if call.get("id") else part


def _cut_texts(value: object, most: int) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _cut_texts(one, most) for key, one in value.items()}
    if isinstance(value, str):
        return cut(value, most)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_cut_texts(one, most) for one in value]
    return value


def _dump(value: object) -> str:
    try:
        return _encode(value)
    except (ValueError, TypeError, RecursionError):  # a key that is no text, a value that holds itself
        return json.dumps(repr(value), ensure_ascii=False)
