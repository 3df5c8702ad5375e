"""One model call as a span: what went in, what came out, and what is needed to find it again when a user speaks."""

import logging
import random
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from gate_action_capture import content, names
from gate_action_capture.pipeline import Capture, current

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Span

_log = logging.getLogger(__name__)
_draw = random.random


class ModelCall:
    """A call in progress. Every method returns at once and raises nothing of its own, whatever it is handed."""

    def __init__(self, capture: Capture | None, name: str, attributes: Mapping[str, Any]) -> None:
        self._capture = capture
        self._name = name
        self._attributes = attributes
        self._span: Span | None = None
        self._token: Any = None
        self.trace_id = ""
        """32 hex digits, to be sent along with the answer; empty when capture is off."""
        self.span_id = ""
        """16 hex digits; empty when capture is off."""
        self.is_drawn = False
        self.is_current = True
        """Are spans that are opened meanwhile its children? Not for generators: they may be resumed elsewhere."""

    def output(
        self,
        value: object,
        *,
        model: str = "",
        response_id: str = "",
        finish_reason: str = "",
        input_tokens: int | None = None,
        output_tokens: int | None = None,
    ) -> None:
        """What the model answered: a text, a message or messages."""
        if self._capture is None or self._span is None:
            return
        settings = self._settings
        if response_id:
            self._capture.name(response_id, self.trace_id)
        self._set(
            {
                names.OUTPUT_MESSAGES: content.messages(value, "assistant", settings.max_chars)
                if settings.has_content
                else "",
                names.RESPONSE_MODEL: model,
                names.RESPONSE_ID: response_id,
                names.FINISH_REASONS: (finish_reason,) if finish_reason else (),
                names.INPUT_TOKENS: input_tokens,
                names.OUTPUT_TOKENS: output_tokens,
            }
        )

    def tool(self, name: str, arguments: object = None, result: object = None, *, call_id: str = "") -> None:
        """A tool that was called on the way: a span of its own below the call's."""
        if self._capture is None or self._span is None:
            return
        most, has_content = self._settings.max_chars, self._settings.has_content
        from opentelemetry.trace import SpanKind, set_span_in_context

        attributes = {names.OPERATION: "execute_tool", names.TOOL_NAME: name, names.TOOL_CALL_ID: call_id}
        if has_content:
            attributes[names.TOOL_ARGUMENTS] = content.as_text(arguments, most) if arguments is not None else ""
            attributes[names.TOOL_RESULT] = content.as_text(result, most) if result is not None else ""
        span = self._start(f"execute_tool {name}", attributes, set_span_in_context(self._span), SpanKind.INTERNAL)
        span.end()
        self._capture.finish(span, self.trace_id, is_drawn=self.is_drawn)

    def context(self, documents: Sequence[object]) -> None:
        """What was retrieved for the answer: texts, or mappings such as ``{"id", "content", "score"}``."""
        if self._span is not None and self._settings.has_content:
            self._set({names.RETRIEVAL_DOCUMENTS: content.documents(documents, self._settings.max_chars)})

    def __enter__(self) -> Self:
        if self._capture is not None:
            try:
                self._open(self._capture)
            except Exception:  # noqa: BLE001  # a fault of ours must not end a request of theirs; it is logged
                self._capture = self._span = None
                _log.exception("a model call is not captured")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        if self._capture is not None and self._span is not None:
            try:
                self._close(self._capture, self._span, error)
            except Exception:  # noqa: BLE001  # as above
                _log.exception("a model call is not captured")
        return False

    def _open(self, capture: Capture) -> None:
        from opentelemetry import context as contexts
        from opentelemetry.trace import SpanKind, set_span_in_context

        self.is_drawn = _draw() < capture.settings.sample
        self._span = self._start(self._name, self._attributes, None, SpanKind.CLIENT)
        own = self._span.get_span_context()
        self.trace_id, self.span_id = f"{own.trace_id:032x}", f"{own.span_id:016x}"
        capture.remember(self.trace_id, self.span_id)
        if key := self._attributes.get(names.JOIN_KEY):
            capture.name(key, self.trace_id)
        if self.is_current:
            self._token = contexts.attach(set_span_in_context(self._span))

    def _close(self, capture: Capture, span: "Span", error: BaseException | None) -> None:
        from opentelemetry import context as contexts
        from opentelemetry.trace import Status, StatusCode

        if self._token is not None:
            contexts.detach(self._token)
        drawn = {names.PROBABILITY: capture.settings.sample, names.STRATUM: "uniform" if self.is_drawn else "feedback"}
        self._set(drawn)
        if error is not None and not isinstance(error, GeneratorExit):  # whoever read a stream may stop: no fault
            self._set({names.ERROR_TYPE: type(error).__qualname__})
            span.set_status(Status(StatusCode.ERROR, content.cut(str(error), 500)))
        span.end()
        capture.finish(span, self.trace_id, is_drawn=self.is_drawn)

    def _start(self, name: str, attributes: Mapping[str, Any], context: Any, kind: Any) -> "Span":
        assert self._capture is not None  # noqa: S101  # asked by all callers
        kept = {key: value for key, value in attributes.items() if value not in ("", None, ())}
        span = self._capture.tracer.start_span(
            name, context=context, kind=kind, attributes=kept, start_time=time.time_ns()
        )
        return cast("Span", span)

    def _set(self, attributes: Mapping[str, Any]) -> None:
        if self._span is not None:
            self._span.set_attributes({key: value for key, value in attributes.items() if value not in ("", None, ())})

    @property
    def _settings(self) -> Any:
        assert self._capture is not None  # noqa: S101  # as above
        return self._capture.settings


OFF = ModelCall(None, "", {})
"""Handed out when capture is off: it holds nothing, so one serves all."""


def model_call(
    input: object = None,  # noqa: A002  # the field's word
    *,
    model: str = "",
    provider: str = "",
    operation: str = "chat",
    system: object = None,
    context: Sequence[object] = (),
    conversation_id: str = "",
    user_id: str = "",
    prompt_name: str = "",
    prompt_version: str = "",
    join_key: str = "",
    consent: bool | None = None,
    slices: Mapping[str, str] | None = None,
) -> ModelCall:
    """Records one model call while its block runs, on the current trace (an instrumented app's own) or a new one.

    ``input``: a text, a message or messages. ``system``: instructions. ``context``: retrieved documents. ``join_key``:
    the application's own name for the call. ``slices``: what the traffic may be cut by, e.g. ``{"locale": "de"}``.

    >>> with model_call("How long can I return?", model="gpt-4o-mini", prompt_version="7") as call:
    ...     call.output("30 days.")
    """
    capture = current()
    if capture is None:
        return OFF
    most, has_content = capture.settings.max_chars, capture.settings.has_content
    attributes = {
        names.OPERATION: operation,
        names.PROVIDER: provider,
        names.REQUEST_MODEL: model,
        names.CONVERSATION: conversation_id,
        names.USER: user_id,
        names.PROMPT_NAME: prompt_name,
        names.PROMPT_VERSION: prompt_version,
        names.JOIN_KEY: join_key,
        names.CONSENT: consent,
        **{f"gate.slice.{key}": value for key, value in (slices or {}).items()},
    }
    if has_content:
        attributes[names.INPUT_MESSAGES] = content.messages(input, "user", most) if input is not None else ""
        attributes[names.SYSTEM_INSTRUCTIONS] = content.instructions(system, most) if system is not None else ""
        attributes[names.RETRIEVAL_DOCUMENTS] = content.documents(context, most) if context else ""
    return ModelCall(capture, f"{operation} {model}".strip(), attributes)
