"""Spans as tracing SDKs and their tools print them, not in OTLP: plain attributes, ids in decimal or with 0x."""

from collections.abc import Iterator, Mapping
from typing import Any

from gate_action.loop.ingest.ids import span_id, trace_id
from gate_action.loop.ingest.otlp_json import Invalid, flatten, read_span
from gate_action.loop.ingest.seam import Event, Link, Span
from gate_action.loop.ingest.times import read_time


def is_span(value: Mapping[str, Any]) -> bool:
    """A span of its own, in whichever of the two ways."""
    return _is_dumped(value) or ("traceId" in value and "spanId" in value)


def read_dumped(value: Mapping[str, Any]) -> Iterator[Span | Invalid]:
    """One span, or an object that holds a list of them."""
    if not _is_dumped(value):
        resource = value.get("resource")
        yield read_span(value, flatten(resource.get("attributes")) if isinstance(resource, Mapping) else {})
        return
    try:
        yield _read(value)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        yield Invalid(f"a span of another shape ({type(error).__name__})")


def _is_dumped(value: Mapping[str, Any]) -> bool:
    context = value.get("context")
    return isinstance(context, Mapping) and "span_id" in context and "trace_id" in context


def _read(value: Mapping[str, Any]) -> Span | Invalid:
    context = value["context"]
    own_trace, own = trace_id(context["trace_id"]), span_id(context["span_id"])
    start = read_time(value.get("start_time"))
    if not own_trace or not own or not start:
        return Invalid("a span without trace id, span id or start time")
    parent = value.get("parent")
    parent_id = parent.get("span_id") if isinstance(parent, Mapping) else value.get("parent_id")
    status = value.get("status")
    code = status.get("status_code") if isinstance(status, Mapping) else value.get("status_code")
    resource = value.get("resource")
    return Span(
        trace_id=own_trace,
        span_id=own,
        parent_id=span_id(parent_id),
        name=str(value.get("name", "")),
        start_us=start,
        end_us=read_time(value.get("end_time")),
        is_error=str(code).upper().endswith("ERROR"),
        attributes=dict(value.get("attributes") or {}),
        resource=dict(resource.get("attributes") or {}) if isinstance(resource, Mapping) else {},
        events=tuple(_event(one) for one in value.get("events") or () if isinstance(one, Mapping)),
        links=tuple(_link(one) for one in value.get("links") or () if isinstance(one, Mapping)),
    )


def _event(one: Mapping[str, Any]) -> Event:
    return Event(str(one.get("name", "")), read_time(one.get("timestamp")), dict(one.get("attributes") or {}))


def _link(one: Mapping[str, Any]) -> Link:
    context = one.get("context")
    named = context if isinstance(context, Mapping) else one
    return Link(trace_id(named.get("trace_id")), span_id(named.get("span_id")))
