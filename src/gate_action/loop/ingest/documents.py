"""A JSON value from a file -> what it is: OTLP, spans of an SDK, rows with a mapping, rows of an export, or foreign."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gate_action.loop.ingest.annotations import EVALUATION, read_evaluation
from gate_action.loop.ingest.dialects.events import NAMES
from gate_action.loop.ingest.gathering import Gathering
from gate_action.loop.ingest.otlp_json import Invalid, LogEvent, read_events, read_spans
from gate_action.loop.ingest.otlp_proto import read_message
from gate_action.loop.ingest.rows import Rows
from gate_action.loop.ingest.seam import Span
from gate_action.loop.ingest.span_dumps import is_span, read_dumped
from gate_action.model.loop import FaultKind

_SURROGATE = re.compile("[\ud800-\udfff]")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]|NaN|Infinity")
_WIDE = re.compile(rb'"(?:trace_?[iI]d|span_?[iI]d)"\s*:\s*\d{19}')
"""An id as a number: beyond 64 bits orjson makes a float of it."""
_DEEPEST = 200


class Documents:
    """Adds what it recognises to a batch in the making; what it does not becomes a fault with its place."""

    def __init__(self, gathering: Gathering, rows: Rows) -> None:
        self._to = gathering
        self._rows = rows

    def add_json(self, content: bytes, place: str, *, is_whole: bool = True) -> bool:
        """``content``: one JSON value. ``is_whole``: no, if the file may have ended within it. Was it JSON?"""
        try:
            value = parse(content)
        except UnicodeDecodeError:
            self._to.fault(place, FaultKind.NOT_TEXT, "this is no UTF-8")
            return False
        except (ValueError, RecursionError) as error:
            if is_whole:
                self._to.fault(place, FaultKind.NOT_JSON, f"this is no JSON: {_plain(error)}")
            else:
                self._to.fault(place, FaultKind.TORN, "the file ends within this line; it is read again once it grows")
            return False
        self._add(value, place)
        return True

    def is_json(self, content: bytes) -> bool:
        try:
            parse(content)
        except (ValueError, RecursionError):
            return False
        return True

    def add_row(self, cells: Mapping[str, str], place: str) -> bool:
        """A row of a table. Is it one that somebody can read?"""
        return self._rows.add(cells, place)

    def add_protobuf(self, content: bytes, place: str) -> None:
        try:
            self._add_all(read_message(content), place)
        except ValueError as error:
            self._to.fault(place, FaultKind.NOT_PROTOBUF, f"this is {error}")

    def _add(self, value: Any, place: str) -> None:
        match value:
            case {"resourceSpans": _} | {"resource_spans": _}:
                self._add_all(read_spans(value), place)
            case {"resourceLogs": _} | {"resource_logs": _}:
                self._add_all(read_events(value), place)
            case Mapping() if is_span(value):
                self._add_all(read_dumped(value), place)
            case {"spans": [*entries]} | {"data": [*entries]} | [*entries]:
                for number, entry in enumerate(entries):
                    self._add_entry(entry, f"{place}[{number}]")
            case _:
                self._add_entry(value, place)

    def _add_entry(self, value: Any, place: str) -> None:
        if not isinstance(value, Mapping):
            self._to.fault(place, FaultKind.FOREIGN, "this is no object")
        elif "resourceSpans" in value or "resourceLogs" in value:
            self._add(value, place)
        elif is_span(value):
            self._add_all(read_dumped(value), place)
        elif "resourceMetrics" in value:
            self._to.fault(place, FaultKind.FOREIGN, "metrics say nothing of turns")
        elif not self._rows.add(value, place):
            self._to.fault(place, FaultKind.FOREIGN, "neither OTLP nor a span, and no mapping of rows reads it")

    def _add_all(self, found: Iterable[Span | LogEvent | Invalid], place: str) -> None:
        for one in found:
            match one:
                case Span():
                    self._to.is_understood = True
                    self._to.add_span(one)
                case LogEvent():
                    self._to.is_understood = True
                    self._add_event(one, place)
                case Invalid():
                    self._to.fault(place, FaultKind.INVALID, one.message)

    def _add_event(self, one: LogEvent, place: str) -> None:
        if one.event.name in NAMES:
            self._to.hear(one.event, one.target)
            return
        if one.event.name != EVALUATION:
            return  # other events, of which a log is full, are nobody's fault
        told = read_evaluation(one.event, one.target)
        if told is None:
            self._to.fault(place, FaultKind.INVALID, "an evaluation without a name")
        else:
            self._to.state(told)


def parse(content: bytes) -> Any:
    """Raises ValueError, RecursionError. Halves of characters become the mark for what cannot be read."""
    try:
        value = orjson.loads(content)
        is_otlp = isinstance(value, dict) and ("resourceSpans" in value or "resourceLogs" in value)
        return value if is_otlp or not _WIDE.search(content) else json.loads(content)
    except orjson.JSONDecodeError:
        if not _HALF.search(content):
            content.decode()  # tells broken text from broken JSON
            raise
    return _whole(json.loads(content.decode()), 0)


def _whole(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise RecursionError("nested too deep")
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case dict():
            return {_whole(key, depth): _whole(entry, depth + 1) for key, entry in value.items()}
        case list():
            return [_whole(entry, depth + 1) for entry in value]
        case _:
            return value


def _plain(error: Exception) -> str:
    """What is wrong, without a word of the content."""
    return error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deep"
