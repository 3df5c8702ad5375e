"""``llm.input_messages.0.message.role`` and its like -> the list of objects that they spell."""

from collections.abc import Mapping
from typing import Any

from gate_action.loop.ingest.dialects.names import FLATTENED, FLATTENED_PREFIXES

_MOST = 10_000
"""Entries of one list: an index is the writer's, and must not cost memory."""
_DEEPEST = 12


def unflatten(attributes: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Attribute -> its list, for every prefix of FLATTENED that occurs."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in attributes.items():
        if key.startswith(FLATTENED_PREFIXES):
            for prefix, whole in FLATTENED.items():
                if key.startswith(prefix):
                    steps = key[len(prefix) :].split(".", _DEEPEST)
                    if steps[0].isdecimal():
                        _put(found.setdefault(whole, {}), steps, value)
                    break
    return {whole: _listed(entries) for whole, entries in found.items()}


def _put(top: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        inner = top.get(step)
        if not isinstance(inner, dict):
            inner = top[step] = {}
        top = inner
    top.setdefault(steps[-1], value)


def _listed(entries: dict[str, Any]) -> list[Any]:
    ordered = sorted(entries.items(), key=lambda entry: (len(entry[0]), entry[0]))[:_MOST]
    return [_nested(value) for _, value in ordered]


def _nested(value: Any) -> Any:
    """Objects whose keys are all numbers are lists; ``message``, ``document`` and ``tool_call`` are only wrappings."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return _listed(value)
    inner = {key: _nested(entry) for key, entry in value.items()}
    for wrapping in ("message", "document", "tool_call", "message_content"):
        if isinstance(inner.get(wrapping), dict):
            inner |= inner.pop(wrapping)
    return inner
