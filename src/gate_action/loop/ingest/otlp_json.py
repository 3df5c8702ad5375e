"""OTLP in JSON, with the quirks of all who write it -> spans and log events. Knows nothing of what they mean."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gate_action.loop.ingest.ids import span_id, trace_id
from gate_action.loop.ingest.seam import Event, Link, Span
from gate_action.loop.ingest.times import read_time

_ERRORS = frozenset({2, "2", "STATUS_CODE_ERROR", "ERROR", "Error", "error"})
_DEEPEST = 40


class LogEvent(NamedTuple):
    """A log record that is an event, and the span it names."""

    event: Event
    target: Link


class Invalid(NamedTuple):
    """A span or record that cannot be used, and why."""

    message: str


def read_spans(request: Mapping[str, Any]) -> Iterator[Span | Invalid]:
    """Of an ExportTraceServiceRequest, or of TracesData."""
    for resource_spans in _objects(_either(request, "resourceSpans", "resource_spans")):
        resource = _resource(resource_spans)
        for scope in _scopes(resource_spans, "Spans"):
            for span in _listed(scope.get("spans")):
                yield read_span(span, resource) if type(span) is dict else Invalid("a span is no object")


def read_events(request: Mapping[str, Any]) -> Iterator[LogEvent | Invalid]:
    """Of an ExportLogsServiceRequest: the records that have an event's name."""
    for resource_logs in _objects(_either(request, "resourceLogs", "resource_logs")):
        for scope in _scopes(resource_logs, "Logs"):
            for record in _listed(_either(scope, "logRecords", "log_records")):
                if not isinstance(record, Mapping):
                    yield Invalid("a log record is no object")
                elif event := _read_log(record):
                    yield event


def read_span(span: Mapping[str, Any], resource: Mapping[str, Any]) -> Span | Invalid:
    try:
        own_trace = trace_id(span.get("traceId") or span.get("trace_id"))
        own = span_id(span.get("spanId") or span.get("span_id"))
        if not own_trace or not own:
            return Invalid("a span without trace and span id")
        start = read_time(span.get("startTimeUnixNano") or span.get("start_time_unix_nano"))
        if not start:
            return Invalid("a span without a start time")
        events, links, status = span.get("events"), span.get("links"), span.get("status")
        return Span(
            trace_id=own_trace,
            span_id=own,
            parent_id=span_id(span.get("parentSpanId") or span.get("parent_span_id")),
            name=str(span.get("name", "")),
            start_us=start,
            end_us=read_time(span.get("endTimeUnixNano") or span.get("end_time_unix_nano")),
            is_error=type(status) is dict and status.get("code") in _ERRORS,
            attributes=flatten(span.get("attributes")),
            resource=resource,
            events=tuple(_read_event(one) for one in events if type(one) is dict) if events else (),
            links=tuple(_read_link(one) for one in links if type(one) is dict) if links else (),
        )
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        return Invalid(f"a span of another shape ({type(error).__name__})")


def flatten(attributes: Any) -> dict[str, Any]:
    """``[{"key", "value": AnyValue}]`` -> key -> value. Of a key that stands twice, the last counts."""
    if not attributes:
        return {}
    if type(attributes) is dict:  # a writer that did not spell them as OTLP does
        return dict(attributes)
    try:
        return {
            one["key"]: text if (text := one["value"].get("stringValue")) is not None else any_value(one["value"])
            for one in attributes
        }
    except KeyError:
        return {str(one.get("key", "")): any_value(one.get("value")) for one in attributes}


def any_value(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911  # one a kind of value
    """An AnyValue. Bytes stay in base64; what is nested too deep is left out."""
    if not isinstance(value, Mapping):
        return value
    if depth > _DEEPEST:
        return None
    for kind, inner in value.items():
        match kind:
            case "stringValue" | "string_value" | "boolValue" | "bool_value" | "bytesValue" | "bytes_value":
                return inner
            case "intValue" | "int_value":
                return int(inner)
            case "doubleValue" | "double_value":
                return float(inner)
            case "arrayValue" | "array_value":
                return [any_value(one, depth + 1) for one in _listed(_either(inner, "values", "value"))]
            case "kvlistValue" | "kvlist_value":
                entries = _objects(_either(inner, "values", "value"))
                return {str(one.get("key", "")): any_value(one.get("value"), depth + 1) for one in entries}
    return None


def _read_event(event: Mapping[str, Any]) -> Event:
    at = read_time(event.get("timeUnixNano") or event.get("time_unix_nano"))
    return Event(str(event.get("name", "")), at, flatten(event.get("attributes")))


def _read_link(link: Mapping[str, Any]) -> Link:
    return Link(
        trace_id(link.get("traceId") or link.get("trace_id")), span_id(link.get("spanId") or link.get("span_id"))
    )


def _read_log(record: Mapping[str, Any]) -> LogEvent | Invalid | None:
    """None: it is no event, an ordinary line of a log."""
    try:
        attributes = flatten(record.get("attributes"))
        name = record.get("eventName") or record.get("event_name") or attributes.get("event.name")
        if not name:
            return None
        at = read_time(record.get("timeUnixNano") or record.get("time_unix_nano"))
        at = at or read_time(record.get("observedTimeUnixNano") or record.get("observed_time_unix_nano"))
        body = any_value(record.get("body"))
        if isinstance(body, Mapping):
            attributes = {**body, **attributes}
        return LogEvent(Event(str(name), at, attributes), _read_link(record))
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        return Invalid(f"a log record of another shape ({type(error).__name__})")


def _resource(holder: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return flatten((holder.get("resource") or {}).get("attributes"))
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return {}  # it says nothing; the spans below it still do


def _scopes(holder: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    for name in (f"scope{kind}", f"scope_{kind.lower()}", f"instrumentationLibrary{kind}"):
        yield from _objects(holder.get(name))


def _either(holder: Any, name: str, other: str) -> Any:
    return (holder.get(name) or holder.get(other)) if isinstance(holder, Mapping) else None


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (one for one in _listed(value) if isinstance(one, Mapping))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
