"""What is recorded and where it goes, from arguments or the environment. Knows nothing of OpenTelemetry."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

_ON = {"on", "true", "1", "yes"}
_OFF = {"off", "false", "0", "no"}


class SettingsError(ValueError):
    """A setting that cannot be meant. The message names it, its value and what to write."""


@dataclass(frozen=True)
class Settings:
    """``is_on`` is false unless a destination is known: a service that configures nothing records nothing."""

    is_on: bool = False
    service: str = "unknown_service"
    environment: str = ""
    release: str = ""
    """The application's version or commit."""
    file: str = ""
    """OTLP JSON lines are appended here; empty: they go to ``endpoint``."""
    endpoint: str = ""
    """An OTLP/HTTP collector, e.g. ``http://collector:4318``. Neither given: OpenTelemetry's own variables."""
    sample: float = 1.0
    """The share of model calls that is recorded, in (0, 1]. A call that gets feedback is recorded whatever the draw."""
    has_content: bool = True
    """Record inputs, outputs, contexts and tool arguments, or only that there were calls."""
    max_chars: int = 32_000
    """Longer texts are cut, and say so."""
    kept_back: int = 1_000
    """Calls that were not drawn are kept this many deep, for feedback that may still come to this process."""

    def __post_init__(self) -> None:
        if not 0 < self.sample <= 1:
            raise SettingsError(f"sample is {self.sample!r}: a share in (0, 1], e.g. 0.1 for one call in ten")
        if self.max_chars < 1 or self.kept_back < 0:
            raise SettingsError("max_chars must be at least 1, and kept_back at least 0")
        if self.file and self.endpoint:
            raise SettingsError("give a file or an endpoint, not both")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Reads ``GATE_CAPTURE*``, and OpenTelemetry's own names for what it names. Raises SettingsError."""
        file = environ.get("GATE_CAPTURE_FILE", "")
        endpoint = "" if file else environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
        return cls(
            is_on=_switch(environ, "GATE_CAPTURE", default=bool(file or endpoint)),
            service=environ.get("OTEL_SERVICE_NAME") or "unknown_service",
            environment=environ.get("GATE_CAPTURE_ENVIRONMENT", ""),
            release=environ.get("GATE_CAPTURE_RELEASE", ""),
            file=file,
            endpoint=endpoint,
            sample=_share(environ, "GATE_CAPTURE_SAMPLE", default=1.0),
            has_content=_switch(environ, "GATE_CAPTURE_CONTENT", default=True),
        )


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in _ON | _OFF:
        return value in _ON
    raise SettingsError(f"{name} is {value!r}: write on or off")


def _share(environ: Mapping[str, str], name: str, *, default: float) -> float:
    value = environ.get(name, "").strip()
    if not value:
        return default
    try:
        return float(value)
    except ValueError:
        raise SettingsError(f"{name} is {value!r}: write a share in (0, 1], e.g. 0.1") from None
