"""OTLP in protobuf -> spans and log events. The Collector frames many messages in one file; others write one."""

from collections.abc import Iterable, Iterator
from typing import Any

from gate_action.loop.ingest.ids import span_id, trace_id
from gate_action.loop.ingest.otlp_json import Invalid, LogEvent
from gate_action.loop.ingest.seam import Event, Link, Span

_ERROR = 2
_DEEPEST = 40
_TRACE_BYTES = 16


def read_message(content: bytes) -> Iterator[Span | LogEvent | Invalid]:
    """Spans of an ExportTraceServiceRequest, or events of an ExportLogsServiceRequest: they differ in their fields
    only. Raises ValueError for what is neither.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it has no types
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found: list[Any] = []
    for kind in (ExportTraceServiceRequest, ExportLogsServiceRequest):
        try:
            found.append(kind.FromString(content))
        except DecodeError:  # where a log record has its trace's id, a span has its attributes
            found.append(None)
    traces, logs = found
    if traces is not None and (logs is None or _has_spans(traces)):
        yield from _read_traces(traces)
    elif logs is not None:
        yield from _read_logs(logs)
    else:
        raise ValueError("no OTLP message in protobuf")


def _has_spans(traces: Any) -> bool:
    """The first span tells: in a log record, another type stands where a trace's id would."""
    spans = (span for one in traces.resource_spans for scope in one.scope_spans for span in scope.spans)
    first = next(spans, None)
    return first is not None and len(first.trace_id) == _TRACE_BYTES


def _read_traces(traces: Any) -> Iterator[Span | Invalid]:
    for resource_spans in traces.resource_spans:
        resource = _flatten(resource_spans.resource.attributes)
        for scope in resource_spans.scope_spans:
            for span in scope.spans:
                yield _read_span(span, resource)


def _read_span(span: Any, resource: dict[str, Any]) -> Span | Invalid:
    own_trace, own = trace_id(span.trace_id), span_id(span.span_id)
    if not own_trace or not own or not span.start_time_unix_nano:
        return Invalid("a span without trace id, span id or start time")
    return Span(
        trace_id=own_trace,
        span_id=own,
        parent_id=span_id(span.parent_span_id),
        name=span.name,
        start_us=span.start_time_unix_nano // 1000,
        end_us=span.end_time_unix_nano // 1000,
        is_error=span.status.code == _ERROR,
        attributes=_flatten(span.attributes),
        resource=resource,
        events=tuple(Event(one.name, one.time_unix_nano // 1000, _flatten(one.attributes)) for one in span.events),
        links=tuple(Link(trace_id(one.trace_id), span_id(one.span_id)) for one in span.links),
    )


def _read_logs(logs: Any) -> Iterator[LogEvent]:
    for resource_logs in logs.resource_logs:
        for scope in resource_logs.scope_logs:
            for record in scope.log_records:
                attributes = _flatten(record.attributes)
                name = record.event_name or attributes.get("event.name")
                if not name:
                    continue
                body = _value(record.body, 0)
                at_us = (record.time_unix_nano or record.observed_time_unix_nano) // 1000
                told = {**body, **attributes} if isinstance(body, dict) else attributes
                yield LogEvent(Event(str(name), at_us, told), Link(trace_id(record.trace_id), span_id(record.span_id)))


def _flatten(attributes: Iterable[Any], depth: int = 0) -> dict[str, Any]:
    return {one.key: _value(one.value, depth) for one in attributes}


def _value(value: Any, depth: int) -> Any:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return value.string_value
    if kind is None or depth > _DEEPEST:
        return None
    inner = getattr(value, kind)
    match kind:
        case "array_value":
            return [_value(one, depth + 1) for one in inner.values]
        case "kvlist_value":
            return _flatten(inner.values, depth + 1)
        case "bytes_value":
            return inner.hex()
        case _:
            return inner
