"""Phoenix and MLflow as their users run them, on loopback, their data in a folder; and what an app writes there."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import requests

TOP = Path(__file__).parents[3]
_START_S, _STOP_S, _SEEN_S = 180.0, 30.0, 60.0


class Backend(Protocol):
    """A server, with what a team writes into it."""

    folder: Path
    """Its data."""
    url: str
    settings: str
    """Of ``loop.sources`` in gate.yaml."""

    def prepare(self) -> None:
        """What must be there before an app writes; again after a restart does nothing."""

    def environment(self) -> Mapping[str, str]:
        """Of the app."""

    def count_traces(self) -> int: ...

    def say(self, told: Mapping[str, Any], name: str, *, value: bool, comment: str) -> None:
        """A user's word on an answer; said twice, the second counts."""

    def judge(self, told: Mapping[str, Any], name: str, value: float) -> None:
        """A model's word."""

    def argv(self) -> list[str]: ...

    def server_environment(self) -> Mapping[str, str]: ...

    @property
    def health(self) -> str: ...


@dataclass
class Phoenix:
    folder: Path
    port: int
    url: str = field(init=False)
    settings: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = f"{{kind: phoenix, url: '{self.url}', project: shop, page_size: 5}}"

    def prepare(self) -> None:
        requests.post(f"{self.url}/v1/projects", json={"name": "shop"}, timeout=30)

    def environment(self) -> Mapping[str, str]:
        return {"OTEL_RESOURCE_ATTRIBUTES": "openinference.project.name=shop"}

    def count_traces(self) -> int:
        found = requests.get(f"{self.url}/v1/projects/shop/traces", params={"limit": 1000}, timeout=30)
        return len(found.json()["data"])

    def say(self, told: Mapping[str, Any], name: str, *, value: bool, comment: str) -> None:
        result = {"score": int(value), "label": "up" if value else "down", "explanation": comment}
        more = {"metadata": {"user_id": f"user {told['number']}"}, "identifier": f"user {told['number']}"}
        self._annotate({"span_id": told["span_id"], "name": name, "annotator_kind": "HUMAN", "result": result, **more})

    def judge(self, told: Mapping[str, Any], name: str, value: float) -> None:
        result = {"score": value}
        self._annotate({"span_id": told["span_id"], "name": name, "annotator_kind": "LLM", "result": result})

    def _annotate(self, one: Mapping[str, Any]) -> None:
        url = f"{self.url}/v1/span_annotations?sync=true"
        requests.post(url, json={"data": [one]}, timeout=30).raise_for_status()

    def argv(self) -> list[str]:
        return [str(TOP / ".venv-phoenix/bin/phoenix"), "serve"]

    def server_environment(self) -> Mapping[str, str]:
        return {
            "PHOENIX_WORKING_DIR": str(self.folder),
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(self.port),
            "PHOENIX_GRPC_PORT": str(free_port()),
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        }

    @property
    def health(self) -> str:
        return f"{self.url}/healthz"


@dataclass
class Mlflow:
    folder: Path
    port: int
    url: str = field(init=False)
    settings: str = field(init=False)
    _experiment: str = ""
    _said: dict[str, str] = field(default_factory=dict)
    """What was said of a trace -> its assessment's id."""

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = f"{{kind: mlflow, url: '{self.url}', experiment: shop, page_size: 5}}"

    def prepare(self) -> None:
        if not self._experiment:
            made = requests.post(f"{self.url}/api/2.0/mlflow/experiments/create", json={"name": "shop"}, timeout=30)
            self._experiment = made.json()["experiment_id"]

    def environment(self) -> Mapping[str, str]:
        return {"OTEL_EXPORTER_OTLP_HEADERS": f"x-mlflow-experiment-id={self._experiment}"}

    def count_traces(self) -> int:
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self._experiment}}
        asked = {"locations": [place], "max_results": 500}
        found = requests.post(f"{self.url}/api/3.0/mlflow/traces/search", json=asked, timeout=30)
        return len(found.json().get("traces", []))

    def say(self, told: Mapping[str, Any], name: str, *, value: bool, comment: str) -> None:
        key = f"{told['trace_id']} {name}"
        source = {"source_type": "HUMAN", "source_id": f"user {told['number']}"}
        overrides = {"overrides": self._said[key]} if key in self._said else {}
        more = {"feedback": {"value": value}, "rationale": comment, "span_id": told["span_id"], **overrides}
        self._said[key] = self._assess(told, {"assessment_name": name, "source": source, **more})

    def judge(self, told: Mapping[str, Any], name: str, value: float) -> None:
        source = {"source_type": "LLM_JUDGE", "source_id": "judge"}
        self._assess(told, {"assessment_name": name, "source": source, "feedback": {"value": value}})

    def _assess(self, told: Mapping[str, Any], one: Mapping[str, Any]) -> str:
        trace = f"tr-{told['trace_id']}"
        url = f"{self.url}/api/3.0/mlflow/traces/{trace}/assessments"
        made = requests.post(url, json={"assessment": {"trace_id": trace, **one}}, timeout=30)
        made.raise_for_status()
        found: str = made.json()["assessment"]["assessment_id"]
        return found

    def argv(self) -> list[str]:
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"]
        store = [
            "--backend-store-uri",
            f"sqlite:///{self.folder}/m.db",
            "--artifacts-destination",
            f"{self.folder}/art",
        ]
        return [str(TOP / ".venv-mlflow/bin/mlflow"), "server", *store, *where]

    def server_environment(self) -> Mapping[str, str]:
        return {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}

    @property
    def health(self) -> str:
        return f"{self.url}/health"


@contextmanager
def running(backend: Backend) -> Iterator[None]:
    """The server, until the block ends: then it and all it started are gone."""
    argv = backend.argv()
    environment = {**os.environ, **backend.server_environment(), "PATH": f"{Path(argv[0]).parent}:{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    with (backend.folder / "server.log").open("ab") as log:
        server = subprocess.Popen(argv, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_until_healthy(backend.health, server)
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(_STOP_S)


def answer(backend: Backend, kind: str, first: int, count: int) -> list[dict[str, Any]]:
    """An app of that kind answers ``count`` questions, the numbers from ``first`` on. What it says of each."""
    environment = {
        **os.environ,
        "OTEL_EXPORTER_OTLP_ENDPOINT": backend.url,
        "PYTHONPATH": str(TOP / "capture" / "src"),
        **backend.environment(),
    }
    program = Path(__file__).with_name("answering.py")
    argv = [sys.executable, str(program), kind, str(first), str(count)]
    before = backend.count_traces()
    done = subprocess.run(argv, env=environment, check=True, capture_output=True, text=True, timeout=120)
    _wait_until_seen(backend, before + count)
    return [json.loads(line) for line in done.stdout.splitlines()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_healthy(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if server.poll() is not None:
            raise AssertionError(f"{server.args!r} ended with {server.returncode}")
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


def _wait_until_seen(backend: Backend, traces: int) -> None:
    """Servers write in batches. Carriers of feedback are traces of their own, so it may be more."""
    until = time.monotonic() + _SEEN_S
    while backend.count_traces() < traces:
        if time.monotonic() > until:
            raise AssertionError(f"{backend.url} shows {backend.count_traces()} traces, not {traces}")
        time.sleep(0.2)
    time.sleep(1.0)
