"""Feedback as tracing systems carry it: annotations on a span or on a linked carrier, and evaluation events."""

from collections.abc import Iterator, Mapping
from typing import Any

from gate_action.loop.ingest.dialects.values import as_text, parse_maybe
from gate_action.loop.ingest.ids import span_id, trace_id
from gate_action.loop.ingest.seam import Event, Link, Span
from gate_action.loop.ingest.statements import Statement

EVALUATION = "gen_ai.evaluation.result"
_FIRST = "annotations.0.annotation.name"
_CARRIED = "gate.feedback.identifier"
_MOST = 100
"""Annotations of one span."""


def is_annotated(span: Span) -> bool:
    return _FIRST in span.attributes


def is_carrier(span: Span) -> bool:
    """Is it there for its annotations alone? It links to what it speaks of, or names it by a key of the application."""
    return is_annotated(span) and (bool(span.links) or _CARRIED in span.attributes)


def read_annotations(span: Span) -> Iterator[Statement]:
    """OpenInference's ``annotations.N.annotation.*``. The link names the target, parentage never does; without a link
    it is the span itself.
    """
    target = Link(span.trace_id, span.span_id)
    own: Mapping[str, Any] = {}
    if is_carrier(span):
        target, own = (span.links[0] if span.links else _named_target(span.attributes)), span.attributes
    for number in range(_MOST):
        prefix = f"annotations.{number}.annotation."
        if f"{prefix}name" not in span.attributes:
            return
        told = {key[len(prefix) :]: value for key, value in span.attributes.items() if key.startswith(prefix)}
        more = parse_maybe(told.get("metadata"))
        yield _annotation(told, more if isinstance(more, Mapping) else {}, own, target, span)


def _named_target(told: Mapping[str, Any]) -> Link:
    """Some backends keep no links; the target stands in attributes as well."""
    return Link(trace_id(told.get("gate.feedback.trace_id")), span_id(told.get("gate.feedback.span_id")))


def _annotation(
    told: Mapping[str, Any], more: Mapping[str, Any], own: Mapping[str, Any], target: Link, span: Span
) -> Statement:
    return Statement(
        name=as_text(told["name"]),
        value=told.get("score"),
        label=told.get("label"),
        comment=told.get("explanation"),
        correction=own.get("gate.feedback.correction", more.get("correction")),
        identifier=told.get("identifier"),
        author=own.get("gate.feedback.author_kind", told.get("annotator_kind")),
        user_id=own.get("user.id", more.get("user_id")),
        join_key=own.get("gate.join_key", more.get("join_key", more.get("response_id"))),
        trace_id=target.trace_id,
        span_id=target.span_id,
        at_us=span.end_us or span.start_us,
        raw={key: value for key, value in told.items() if key != "metadata"}
        | {key: value for key, value in more.items() if key not in {"user_id", "correction"}},
    )


def read_evaluation(event: Event, target: Link) -> Statement | None:
    """An event ``gen_ai.evaluation.result``, as a log record or within a span. None: it has no name."""
    told = event.attributes
    name = as_text(told.get("gen_ai.evaluation.name"))
    if not name:
        return None
    return Statement(
        name=name,
        value=told.get("gen_ai.evaluation.score.value"),
        label=told.get("gen_ai.evaluation.score.label"),
        comment=told.get("gen_ai.evaluation.explanation"),
        correction=told.get("gate.feedback.correction"),
        identifier=told.get("gate.feedback.identifier"),
        author=told.get("gate.feedback.author_kind"),
        user_id=told.get("user.id"),
        join_key=told.get("gate.join_key", told.get("gen_ai.response.id")),
        trace_id=target.trace_id,
        span_id=target.span_id,
        at_us=event.at_us,
        raw=told,
    )
