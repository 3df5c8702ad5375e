"""Messages of any spelling -> ``[{"role", "content", ...}]``, what the user asked last, and what was answered."""

from typing import Any, NamedTuple

from gate_action.loop.ingest.dialects.values import as_text, parse_maybe

_ASKED = ("input", "question", "query", "user_input", "prompt", "message", "text", "content", "inputs", "input_str")
_ANSWERED = ("output", "answer", "response", "model_output", "text", "content", "result", "outputs", "completion")
_WRAPPERS = ("inputs", "outputs", "args", "kwargs")
"""Within which functions' arguments and results are told."""
_DEEPEST = 2
_SILENT = frozenset({"reasoning", "thinking", "redacted_thinking", "tool_call", "tool_use", "tool-call"})
_RESULTS = frozenset({"tool_call_response", "tool_result", "tool-result"})
_CALLS = frozenset({"tool_call", "tool_use", "tool-call", "function"})
_CALL_KEYS = (
    ("name", "arguments"),
    ("toolName", "args"),
    ("tool.name", "tool.args"),
    ("function.name", "function.arguments"),
)
_ANSWERING = frozenset({"assistant", "ai", "model", "aimessage", ""})
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
        said = next((one["content"] for one in reversed(normal) if one["role"] in _USER and one["content"]), "")
        return Asked(said, normal)
    return Asked(_find_text(parsed, _ASKED), [])


def read_answered(value: Any) -> Answered:
    parsed = parse_maybe(value)
    messages = _find_messages(parsed)
    if messages:
        normal = [_normal(one) for one in messages]
        said = (one["content"] for one in reversed(normal) if one["content"] and one["role"] in _ANSWERING)
        return Answered(next(said, ""), [call for one in normal for call in one.get("tool_calls", ())])
    calls = _read_calls(parsed)
    if calls:
        return Answered("", calls)
    return Answered(_find_text(parsed, _ANSWERED), [])


def _find_messages(value: Any) -> list[dict[str, Any]]:  # noqa: PLR0911  # one a shape
    """The messages in ``value``: a list of them, or where the common APIs put them."""
    if type(value) is list:
        if all(type(one) is dict and _is_message(one) for one in value):
            return value
        return _find_messages(value[0]) if len(value) == 1 and type(value[0]) is list else []
    if type(value) is not dict:
        return []
    match value:
        case {"messages": [*inner]} if inner:
            return _find_messages(inner)
        case {"choices": [{"message": dict(message)}, *_]} | {"message": dict(message)}:
            return [message] if _is_message(message) else []
        case {"generations": [[{"message": dict(message)}, *_], *_]}:
            return [message]
        case {"role": _}:
            return [value] if _is_message(value) else []
        case _:
            return []


def _is_message(one: dict[str, Any]) -> bool:
    return "role" in one or "parts" in one or ("kwargs" in one and "id" in one) or ("content" in one and "type" in one)


def _normal(one: dict[str, Any]) -> dict[str, Any]:
    kwargs = one.get("kwargs")
    if type(kwargs) is dict:  # as LangChain writes its messages
        one = kwargs
    role = one.get("role", one.get("type"))
    parts = one.get("parts", one.get("contents", one.get("content")))
    message: dict[str, Any] = {"role": role.lower() if type(role) is str else as_text(role), "content": ""}
    if type(parts) is str:
        message["content"] = parts
    elif type(parts) is list and len(parts) == 1 and (text := _only_text(parts[0])):  # nearly always
        message["content"] = text
    elif parts is not None:
        pieces = parts if type(parts) is list else [parts]
        message["content"] = "\n".join([text for piece in pieces if (text := _said(piece))])
        calls = [call for piece in pieces if type(piece) is dict and (call := _read_call(piece))]
        if calls:
            message["tool_calls"] = calls
    if "tool_calls" in one:
        calls = _read_calls(one["tool_calls"])
        if calls:
            message["tool_calls"] = calls
    if "tool_call_id" in one:
        message["tool_call_id"] = as_text(one["tool_call_id"])
    return message


def _only_text(piece: Any) -> str:
    """Of a part that is no more than text; empty: it is something else, or more."""
    if type(piece) is dict and len(piece) == 2 and piece.get("type") == "text":  # noqa: PLR2004  # type and text
        text = piece.get("content", piece.get("text"))
        return text if type(text) is str else ""
    return ""


def _said(piece: Any) -> str:
    """The text of one part of a message; pictures, reasoning and calls are none."""
    if type(piece) is str:
        return piece
    if type(piece) is not dict:
        return as_text(piece)
    kind = piece.get("type")
    if kind in _SILENT:
        return ""
    if kind in _RESULTS:
        return as_text(piece.get("response", piece.get("result", piece.get("content", piece.get("output")))))
    text = piece.get("content", piece.get("text"))
    if type(text) is dict:
        text = text.get("text")
    return text if type(text) is str else ""


def _read_calls(value: Any) -> list[dict[str, Any]]:
    """Calls in the spellings of the common APIs; empty: there are none."""
    value = parse_maybe(value)
    if type(value) is not list:
        return []
    return [call for one in value if type(one) is dict and (call := _read_call(one))]


def _read_call(one: dict[str, Any]) -> dict[str, Any] | None:
    kind = one.get("type")
    if kind == "text" or kind in _RESULTS:
        return None
    function = one.get("function")
    named = function if type(function) is dict else one
    for name_key, arguments_key in _CALL_KEYS:
        name = named.get(name_key)
        if type(name) is str and name and (arguments_key in named or kind in _CALLS):
            arguments = named.get(arguments_key, named.get("input", named.get("args")))
            return {"name": name, "arguments": parse_maybe(arguments), "result": None}
    return None


def _find_text(value: Any, keys: tuple[str, ...], depth: int = 0) -> str:
    """The one text of an object of arguments or results, also where they are wrapped once more; else its JSON."""
    if type(value) is dict:
        for key in keys:
            if type(value.get(key)) is str:
                return str(value[key])
        if len(value) == 1 and type(only := next(iter(value.values()))) is str:
            return only
        for key in _WRAPPERS if depth < _DEEPEST else ():
            if (inner := value.get(key)) and type(inner) in {dict, list}:
                text = _find_text(inner, keys, depth + 1)
                if not text.startswith(("{", "[")):
                    return text
    if type(value) is list and len(value) == 1 and type(value[0]) is str:
        return value[0]
    return as_text(value)
