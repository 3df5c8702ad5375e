"""Builds spans in OTLP's JSON, as exporters write them."""

import json
from collections.abc import Mapping
from typing import Any

START = 1_764_000_000_000_000_000
"""Nanoseconds: 2025-11-24, 16:00 UTC."""


def any_value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case list():
            return {"arrayValue": {"values": [any_value(one) for one in value]}}
        case _:
            return {"kvlistValue": {"values": attributes(value)}}


def attributes(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": any_value(value)} for key, value in told.items()]


def span(number: int, told: Mapping[str, Any], *, trace: int = 1, parent: int = 0, **more: Any) -> dict[str, Any]:
    """Span ``number`` starts ``number`` seconds after START and takes half a second."""
    begin = START + number * 10**9
    made: dict[str, Any] = {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "name": "any",
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(begin + 500_000_000),
        "attributes": attributes(told),
    }
    return made | ({"parentSpanId": f"{parent:016x}"} if parent else {}) | more


def request(*spans: Mapping[str, Any], resource: Mapping[str, Any] | None = None) -> dict[str, Any]:
    scope = {"scope": {"name": "tests"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": {"attributes": attributes(resource or {})}, "scopeSpans": [scope]}]}


def line(*spans: Mapping[str, Any], resource: Mapping[str, Any] | None = None) -> bytes:
    return json.dumps(request(*spans, resource=resource)).encode() + b"\n"


def chat(question: str, answer: str, **more: Any) -> dict[str, Any]:
    """A model call by the GenAI conventions."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": question}]}]),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": answer}]}]),
        **more,
    }
