"""Where records go: providers of our own, apart from the application's, so that its sampling drops none of them."""

import atexit
import contextlib
import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from gate_action_capture.lines import Lines
from gate_action_capture.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk._logs.export import LogRecordExporter
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

_log = logging.getLogger(__name__)
_SCOPE = "gate_action_capture"


class Exporters(NamedTuple):
    """Where spans and log records go."""

    spans: "SpanExporter"
    logs: "LogRecordExporter"


@dataclass
class Capture:
    """One configured pipeline. All is queued here and sent by threads of the SDK: no call waits for a network."""

    settings: Settings
    exporters: Exporters
    is_synchronous: bool = False
    """Export before a record's call returns. For tests and for processes that live for one request."""
    _waiting: "OrderedDict[str, list[ReadableSpan]]" = field(default_factory=OrderedDict)
    """Spans of calls that were not drawn, by trace id, oldest first."""
    _spans_of: "OrderedDict[str, str]" = field(default_factory=OrderedDict)
    """Trace id -> span id of its latest call."""
    _traces_of: "OrderedDict[str, str]" = field(default_factory=OrderedDict)
    """The application's or the provider's name for a call -> trace id."""
    _spoken_of: "OrderedDict[str, str]" = field(default_factory=OrderedDict)
    """Traces that got feedback, perhaps while their call was still answering."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, SimpleLogRecordProcessor
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        resource = _resource(self.settings)
        spans, logs = self.exporters
        self._processor = SimpleSpanProcessor(spans) if self.is_synchronous else BatchSpanProcessor(spans)
        self._tracers = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        self._loggers = LoggerProvider(resource=resource, shutdown_on_exit=False)
        self._loggers.add_log_record_processor(
            SimpleLogRecordProcessor(logs) if self.is_synchronous else BatchLogRecordProcessor(logs)
        )
        self.tracer = self._tracers.get_tracer(_SCOPE)
        self.logger = self._loggers.get_logger(_SCOPE)

    def finish(self, span: "ReadableSpan", trace_id: str, *, is_drawn: bool) -> None:
        """Sends a finished span, or keeps it back until its trace gets feedback."""
        with self._lock if not is_drawn else contextlib.nullcontext():
            is_wanted = is_drawn or trace_id in self._spoken_of
            if not is_wanted:
                self._waiting.setdefault(trace_id, []).append(span)
                while len(self._waiting) > self.settings.kept_back:
                    self._waiting.popitem(last=False)
        if is_wanted:
            self._processor.on_end(span)

    def remember(self, trace_id: str, span_id: str) -> None:
        """So that feedback on a trace finds the call that it means."""
        with self._lock:
            self._keep(self._spans_of, trace_id, span_id)

    def name(self, key: str, trace_id: str) -> None:
        """So that feedback by ``key``, a join key or a response id, finds the call's trace."""
        with self._lock:
            self._keep(self._traces_of, key, trace_id, each=2)

    def _keep(self, known: "OrderedDict[str, str]", key: str, value: str, each: int = 1) -> None:
        """``each``: how many keys a call may have."""
        known[key] = value
        known.move_to_end(key)
        while len(known) > max(1, each * self.settings.kept_back):
            known.popitem(last=False)

    def release(self, trace_id: str, key: str = "") -> str:
        """Sends what was kept back of a trace, or of the call named ``key``, and what is still to come of it. The span
        id of its call, empty if this process does not know it.
        """
        with self._lock:
            trace_id = trace_id or self._traces_of.get(key, "")
            spans = self._waiting.pop(trace_id, [])
            span_id = self._spans_of.get(trace_id, "")
            if trace_id:
                self._keep(self._spoken_of, trace_id, "")
        for span in spans:
            self._processor.on_end(span)
        return span_id

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Is everything sent within ``timeout_s``?"""
        until = time.monotonic() + timeout_s
        is_sent = self._processor.force_flush(int(timeout_s * 1000))
        left_ms = max(0, int((until - time.monotonic()) * 1000))
        return bool(is_sent) and bool(self._loggers.force_flush(left_ms))

    def shutdown(self) -> None:
        """Sends what is queued and ends the threads."""
        self._processor.shutdown()
        self._loggers.shutdown()


_configured: Capture | None = None
_is_decided = False
_deciding = threading.Lock()


def configure(
    settings: Settings | None = None, *, exporters: Exporters | None = None, **options: Any
) -> Capture | None:
    """Sets up this process's capture, and ends the one before. None: it is off.

    ``settings``: by default the environment's. ``options``: fields of Settings, which is on then. ``exporters``: in
    place of the file or endpoint. Without a call, the first record configures from the environment.
    Raises SettingsError.
    """
    global _configured, _is_decided  # noqa: PLW0603  # one capture a process, like OpenTelemetry's own providers
    if settings is None:
        settings = Settings(**{"is_on": True, **options}) if options or exporters else Settings.from_environ()
    with _deciding:
        former, _configured = _configured, None
        if settings.is_on:
            _configured = Capture(settings, exporters or open_exporters(settings))
        _is_decided = True
    if former is not None:
        former.shutdown()
    return _configured


def current() -> Capture | None:
    """The process's capture; None: off. A fault in the environment is logged once, and capture stays off."""
    global _is_decided  # noqa: PLW0603  # as in configure
    if not _is_decided:
        try:
            configure()
        except Exception:  # noqa: BLE001  # as a fault of ours must not end a request of theirs
            _is_decided = True
            _log.exception("capture is off: it could not be configured from the environment")
    return _configured


def flush(timeout_s: float = 10.0) -> bool:
    """Is everything sent? True also when capture is off."""
    return _configured.flush(timeout_s) if _configured else True


def shutdown() -> None:
    """Sends what is queued and turns capture off. Python's exit does so too."""
    configure(Settings())


def open_exporters(settings: Settings) -> Exporters:
    """To the file, or to the collector at ``endpoint`` (OpenTelemetry's own variables if it is empty)."""
    if settings.file:
        return write_lines(Lines(settings.file))
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    top = settings.endpoint.rstrip("/")
    if not top:
        return Exporters(OTLPSpanExporter(), OTLPLogExporter())
    return Exporters(OTLPSpanExporter(endpoint=f"{top}/v1/traces"), OTLPLogExporter(endpoint=f"{top}/v1/logs"))


def write_lines(lines: Lines) -> Exporters:
    """The official exporters, on one file."""
    from opentelemetry.exporter.otlp.json.file._log_exporter import FileLogExporter
    from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter

    stream = cast("IO[str]", lines)  # they write, flush and ask whether it is closed
    return Exporters(FileSpanExporter(stream=stream), FileLogExporter(stream=stream))


def _resource(settings: Settings) -> Any:
    from opentelemetry.sdk.resources import Resource

    named = {
        "service.name": settings.service,
        "service.version": settings.release,
        "deployment.environment.name": settings.environment,
    }
    return Resource.create({name: value for name, value in named.items() if value})


@atexit.register
def _end() -> None:
    if _configured is not None:
        _configured.shutdown()
