"""Reads what the official JSON exporter wrote, attribute lists as dictionaries."""

import json
from pathlib import Path
from typing import Any

from gate_action_capture import flush


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def spans(path: Path) -> list[dict[str, Any]]:
    return [
        {**span, "attributes": _plain(span.get("attributes", [])), "resource": _plain(group["resource"]["attributes"])}
        for line in read_lines(path)
        for group in line.get("resourceSpans", [])
        for scope in group["scopeSpans"]
        for span in scope["spans"]
    ]


def events(path: Path) -> list[dict[str, Any]]:
    return [
        {**record, "attributes": _plain(record.get("attributes", []))}
        for line in read_lines(path)
        for group in line.get("resourceLogs", [])
        for scope in group["scopeLogs"]
        for record in scope["logRecords"]
    ]


def _plain(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {one["key"]: _value(one["value"]) for one in attributes}


def _value(value: dict[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind == "arrayValue":
        return [_value(one) for one in content.get("values", [])]
    return int(content) if kind == "intValue" else content


def asked(file: Path) -> list[str]:
    """What was the input, call by call."""
    flush()
    return [json.loads(one["attributes"]["gen_ai.input.messages"])[0]["parts"][0]["content"] for one in spans(file)]
