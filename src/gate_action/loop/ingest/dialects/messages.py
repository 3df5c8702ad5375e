"""Messages of any spelling -> ``[{"role", "content", ...}]``, what the user asked last, and what was answered."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gate_action.loop.ingest.dialects.values import as_text, parse_maybe

_ASKED = ("input", "question", "query", "user_input", "prompt", "message", "text", "content", "inputs", "input_str")
_ANSWERED = ("output", "answer", "response", "model_output", "text", "content", "result", "outputs", "completion")
_NOT_SAID = frozenset({"reasoning", "thinking", "redacted_thinking"})
_ASSISTANT = frozenset({"assistant", "ai", "model", "aimessage"})
_USER = frozenset({"user", "human", "humanmessage"})


class Asked(NamedTuple):
    text: str
    """What the user said last; JSON where it is no text."""
    messages: list[dict[str, Any]]
    """Empty: the source has no messages."""


class Answered(NamedTuple):
    text: str
    tool_calls: list[dict[str, Any]]
    """``{"name", "arguments", "result"}``: what the model asked for."""


def read_asked(value: Any) -> Asked:
    parsed = parse_maybe(value)
    messages = _find_messages(parsed)
    if messages:
        normal = [_normal(one) for one in messages]
        said = [one["content"] for one in normal if one["role"] in _USER and one["content"]]
        return Asked(said[-1] if said else "", normal)
    return Asked(_find_text(parsed, _ASKED), [])


def read_answered(value: Any) -> Answered:
    parsed = parse_maybe(value)
    messages = _find_messages(parsed)
    if messages:
        normal = [_normal(one) for one in messages]
        said = [one["content"] for one in normal if one["content"] and one["role"] in _ASSISTANT | {""}]
        return Answered("\n".join(said[-1:]), [call for one in normal for call in one.get("tool_calls", ())])
    calls = _read_calls(parsed)
    if calls:
        return Answered("", calls)
    return Answered(_find_text(parsed, _ANSWERED), [])


def _find_messages(value: Any) -> list[Mapping[str, Any]]:  # noqa: PLR0911  # one a shape
    """The messages in ``value``: a list of them, or where the common APIs put them."""
    match value:
        case [Mapping(), *_] if all(isinstance(one, Mapping) and _is_message(one) for one in value):
            return list(value)
        case [[Mapping(), *_] as inner]:
            return _find_messages(inner)
        case {"messages": [Mapping(), *_] as inner} | {"messages": [[Mapping(), *_] as inner]}:
            return _find_messages(inner)
        case {"choices": [{"message": Mapping() as message}, *_]} | {"message": Mapping() as message}:
            return [message] if _is_message(message) else []
        case {"generations": [[{"message": Mapping() as message}, *_], *_]}:
            return [_from_langchain(message)]
        case Mapping() if _is_message(value) and "role" in value:
            return [value]
        case _:
            return []


def _is_message(one: Mapping[str, Any]) -> bool:
    return "role" in one or "parts" in one or ("kwargs" in one and "id" in one) or ("content" in one and "type" in one)


def _from_langchain(one: Mapping[str, Any]) -> Mapping[str, Any]:
    kwargs = one.get("kwargs")
    return kwargs if isinstance(kwargs, Mapping) else one


def _normal(one: Mapping[str, Any]) -> dict[str, Any]:
    one = _from_langchain(one)
    role = as_text(one.get("role", one.get("type", ""))).lower()
    parts = one.get("parts", one.get("contents", one.get("content")))
    pieces = list(parts) if isinstance(parts, (list, tuple)) else [parts]
    texts = [text for piece in pieces if (text := _said(piece))]
    calls = [*_read_calls(pieces), *_read_calls(one.get("tool_calls"))]
    message: dict[str, Any] = {"role": role, "content": "\n".join(texts)}
    if calls:
        message["tool_calls"] = calls
    if one.get("tool_call_id"):
        message["tool_call_id"] = as_text(one["tool_call_id"])
    return message


def _said(piece: Any) -> str:  # noqa: PLR0911  # one a kind of part
    """The text of one part of a message; pictures, reasoning and calls are none."""
    match piece:
        case None:
            return ""
        case str():
            return piece
        case {"type": str(kind)} if kind in _NOT_SAID:
            return ""
        case {"type": "tool_call_response" | "tool_result" | "tool-result"}:
            return as_text(piece.get("response", piece.get("result", piece.get("content", piece.get("output")))))
        case {"text": str(text)} | {"content": str(text)}:
            return text
        case {"text": {"text": str(text)}}:
            return text
        case Mapping():
            return ""
        case _:
            return as_text(piece)


def _read_calls(value: Any) -> list[dict[str, Any]]:
    """Calls in the spellings of the common APIs; empty: there are none."""
    value = parse_maybe(value)
    if not isinstance(value, Iterable) or isinstance(value, (str, Mapping)):
        return []
    return [call for one in value if isinstance(one, Mapping) and (call := _read_call(one))]


def _read_call(one: Mapping[str, Any]) -> dict[str, Any] | None:
    function = one.get("function")
    named = function if isinstance(function, Mapping) else one
    kind = one.get("type")
    if kind in {"tool_call_response", "tool_result", "tool-result", "text"}:
        return None
    for name_key, arguments_key in (
        ("toolName", "args"),
        ("tool.name", "tool.args"),
        ("function.name", "function.arguments"),
        ("name", "arguments"),
    ):
        name = named.get(name_key)
        is_call = arguments_key in named or kind in {"tool_call", "tool_use", "tool-call", "function"}
        if isinstance(name, str) and name and is_call:
            arguments = named.get(arguments_key, named.get("input", named.get("args")))
            return {"name": name, "arguments": parse_maybe(arguments), "result": None}
    return None


def _find_text(value: Any, keys: tuple[str, ...]) -> str:
    """The one text of an object of arguments or results; else its JSON."""
    if isinstance(value, Mapping):
        texts = [value[key] for key in keys if isinstance(value.get(key), str)]
        if texts:
            return str(texts[0])
        if len(value) == 1 and isinstance(only := next(iter(value.values())), str):
            return only
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    return as_text(value)
