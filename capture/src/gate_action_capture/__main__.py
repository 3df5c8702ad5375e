"""`gate-action-capture`: runs the service on its own, configured by the environment."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from gate_action_capture.app import FeedbackApp, ServiceSettings
from gate_action_capture.settings import SettingsError


def read_settings(environ: Mapping[str, str]) -> ServiceSettings:
    """From ``GATE_CAPTURE_*``. Raises SettingsError."""

    def listed(name: str) -> tuple[str, ...]:
        return tuple(one.strip() for one in environ.get(name, "").split(",") if one.strip())

    def number(name: str, default: str) -> float:
        written = environ.get(name) or default
        try:
            return float(written)
        except ValueError:
            raise SettingsError(f"{name} is {written!r}: write a number") from None

    return ServiceSettings(
        folder=Path(environ.get("GATE_CAPTURE_SPOOL") or "feedback"),
        secret=environ.get("GATE_CAPTURE_SECRET", ""),
        keys=listed("GATE_CAPTURE_KEYS"),
        origins=listed("GATE_CAPTURE_ORIGINS"),
        per_minute=number("GATE_CAPTURE_PER_MINUTE", "30"),
        trusted_proxies=int(number("GATE_CAPTURE_TRUSTED_PROXIES", "0")),
    )


def read_port(environ: Mapping[str, str]) -> int:
    """Raises SettingsError."""
    written = environ.get("GATE_CAPTURE_PORT") or "8080"
    if not (written.isdecimal() and int(written) < 2**16):
        raise SettingsError(f"GATE_CAPTURE_PORT is {written!r}: write a number below 65536")
    return int(written)


def main() -> int:
    try:
        import uvicorn
    except ModuleNotFoundError:
        print("the service needs uvicorn: pip install 'gate-action-capture[service]'", file=sys.stderr)  # noqa: T201  # said to the one who starts it
        return 2
    try:
        app = FeedbackApp(read_settings(os.environ))
        port = read_port(os.environ)
    except SettingsError as error:
        print(f"gate-action-capture: {error}", file=sys.stderr)  # noqa: T201  # said to the one who starts it
        return 2
    host = os.environ.get("GATE_CAPTURE_HOST") or "127.0.0.1"
    uvicorn.run(app, host=host, port=port, lifespan="on", access_log=False, server_header=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
