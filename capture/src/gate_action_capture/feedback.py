"""What somebody says of a model call, written twice for two kinds of readers: a linked carrier span and an event."""

import hashlib
import json
import logging
import math
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gate_action_capture import content, names
from gate_action_capture.pipeline import Capture, current

_log = logging.getLogger(__name__)
AUTHORS: Final = ("end_user", "reviewer", "llm", "code")
_ANNOTATORS: Final = {"end_user": "HUMAN", "reviewer": "HUMAN", "llm": "LLM", "code": "CODE"}
_TRACE = re.compile(r"(?:00-)?(?P<trace>[0-9a-f]{32})(?:-(?P<span>[0-9a-f]{16}))?(?:-[0-9a-f]{2})?")
_SPAN = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/ -]{0,63}")
_MOST_CHARS: Final = 8_000


class FeedbackError(ValueError):
    """Feedback that nobody could make sense of later. The message names the field and what to write."""


@dataclass(frozen=True)
class Feedback:
    """One statement on one call. Raises FeedbackError."""

    name: str
    """What is stated: thumb, rating, comment, correction, or the application's own word."""
    trace_id: str = ""
    """32 hex digits, or a whole ``traceparent``."""
    span_id: str = ""
    join_key: str = ""
    """The application's own name for the call, where it has no trace id at hand."""
    response_id: str = ""
    value: float | None = None
    label: str = ""
    comment: str = ""
    correction: str = ""
    """What the answer should have been."""
    author: str = "end_user"
    user_id: str = ""
    identifier: str = ""
    """Of two statements of one identifier the later counts. Empty: made from target, name and user."""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise FeedbackError(f"name is {self.name[:80]!r}: write letters, digits and _.:/- (at most 64), e.g. thumb")
        if not (self.trace_id or self.join_key or self.response_id):
            raise FeedbackError("trace_id, join_key and response_id are all missing: say which call is meant")
        if self.author not in AUTHORS:
            raise FeedbackError(f"author is {self.author!r}: write one of {', '.join(AUTHORS)}")
        if self.value is not None and not math.isfinite(self.value):
            raise FeedbackError(f"value is {self.value!r}: write a finite number")
        if self.value is None and not (self.label or self.comment or self.correction):
            raise FeedbackError("value, label, comment and correction are all missing: say what is stated")
        self._read_target()

    def _read_target(self) -> None:
        found = _TRACE.fullmatch(self.trace_id.strip().lower()) if self.trace_id else None
        if self.trace_id and (found is None or not int(found["trace"], 16)):
            raise FeedbackError(f"trace_id is {self.trace_id[:80]!r}: write 32 hex digits, or a traceparent")
        span_id = self.span_id.strip().lower() or (found["span"] if found and found["span"] else "")
        if span_id and not (_SPAN.fullmatch(span_id) and self.trace_id):
            raise FeedbackError(f"span_id is {span_id[:80]!r}: write 16 hex digits, with its trace_id")
        object.__setattr__(self, "trace_id", found["trace"] if found else "")
        object.__setattr__(self, "span_id", span_id)
        object.__setattr__(self, "identifier", self.identifier or self._make_identifier())

    def _make_identifier(self) -> str:
        """The same for one user's second thought; of an unknown user no two statements are the same."""
        who = self.user_id or secrets.token_hex(16)
        parts = (self.trace_id, self.join_key, self.response_id, self.name, self.author, who)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def record_feedback(
    *,
    name: str,
    value: float | bool | str | None = None,  # a thumb is a truth value
    trace_id: str = "",
    span_id: str = "",
    join_key: str = "",
    response_id: str = "",
    comment: str = "",
    correction: str = "",
    author: str = "end_user",
    user_id: str = "",
    identifier: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> str:
    """Records feedback from this process or another one than the call's. Returns its identifier; empty: capture is off.

    ``value``: True and False are a thumb up and down, a number is a score on the application's own scale, a text is a
    label. Raises FeedbackError for what nobody could read later; never for a destination that does not answer.
    """
    capture = current()
    if capture is None:
        return ""
    score, label = read_value(value)
    feedback = Feedback(
        name=name,
        value=score,
        label=label,
        trace_id=trace_id,
        span_id=span_id,
        join_key=join_key,
        response_id=response_id,
        comment=comment,
        correction=correction,
        author=author,
        user_id=user_id,
        identifier=identifier,
        metadata=metadata or {},
    )
    emit(capture, feedback)
    return feedback.identifier


def read_value(value: object) -> tuple[float | None, str]:
    """Score and label. Raises FeedbackError."""
    match value:
        case None:
            return None, ""
        case bool():
            return (1.0, "up") if value else (0.0, "down")
        case int() | float():
            try:
                return float(value), ""
            except OverflowError:
                raise FeedbackError("value is too large a number") from None
        case str():
            return None, content.cut(value, 200)
        case _:
            raise FeedbackError(f"value is a {type(value).__name__}: write true, false, a number or a text")


def emit(capture: Capture, feedback: Feedback) -> None:
    """Writes both records; what was kept back of the call is sent first."""
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context

    known = capture.release(feedback.trace_id, feedback.join_key or feedback.response_id)
    span_id = feedback.span_id or (known if feedback.trace_id else "")
    target = SpanContext(
        int(feedback.trace_id or "0", 16), int(span_id or "0", 16), is_remote=True, trace_flags=TraceFlags(1)
    )
    # The link names the target; attributes do too, for backends that drop links.
    # A link without a span id is kept by the SDK because it has an attribute.
    links = [Link(target, {"gate.link": "feedback"})] if feedback.trace_id else []
    now = time.time_ns()
    own = _own_attributes(feedback)
    span: Any = capture.tracer.start_span(
        f"feedback {feedback.name}",
        context=set_span_in_context(NonRecordingSpan(SpanContext(0, 0, is_remote=False))),
        kind=SpanKind.INTERNAL,
        links=links,
        attributes={**_annotation(feedback), **own, **_target_attributes(feedback.trace_id, span_id)},
        start_time=now,
    )
    span.end(now)
    capture.finish(span, "", is_drawn=True)
    capture.logger.emit(
        LogRecord(
            timestamp=now,
            context=set_span_in_context(NonRecordingSpan(target)),
            severity_number=SeverityNumber.INFO,
            event_name=names.EVALUATION_EVENT,
            attributes={**_evaluation(feedback), **own},
        )
    )


def _annotation(feedback: Feedback) -> dict[str, Any]:
    metadata = {
        **feedback.metadata,
        **{
            key: value
            for key in ("join_key", "response_id", "correction", "user_id")
            if (value := getattr(feedback, key))
        },
    }
    return _named(
        names.ANNOTATION,
        {
            "name": feedback.name,
            "score": feedback.value,
            "label": feedback.label,
            "explanation": content.cut(feedback.comment, _MOST_CHARS),
            "annotator_kind": _ANNOTATORS[feedback.author],
            "identifier": feedback.identifier,
            "metadata": json.dumps(metadata, ensure_ascii=False, default=repr) if metadata else "",
        },
    )


def _evaluation(feedback: Feedback) -> dict[str, Any]:
    return _named(
        "",
        {
            names.EVALUATION_NAME: feedback.name,
            names.EVALUATION_VALUE: feedback.value,
            names.EVALUATION_LABEL: feedback.label,
            names.EVALUATION_EXPLANATION: content.cut(feedback.comment, _MOST_CHARS),
        },
    )


def _own_attributes(feedback: Feedback) -> dict[str, Any]:
    return _named(
        "",
        {
            names.IDENTIFIER: feedback.identifier,
            names.AUTHOR_KIND: feedback.author,
            names.CORRECTION: content.cut(feedback.correction, _MOST_CHARS),
            names.JOIN_KEY: feedback.join_key,
            names.RESPONSE_ID: feedback.response_id,
            names.USER: feedback.user_id,
        },
    )


def _target_attributes(trace_id: str, span_id: str) -> dict[str, Any]:
    return _named("", {names.TARGET_TRACE: trace_id, names.TARGET_SPAN: span_id})


def _named(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {prefix + name: value for name, value in values.items() if value not in ("", None)}
