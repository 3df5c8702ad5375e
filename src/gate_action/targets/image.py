"""Runs a container image for each build: pulled by the revision's name, or built from the checkout's Dockerfile."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Literal

from gate_action.clients.children.containers import ENGINES, Bounds, Containers, find_engine
from gate_action.clients.children.json_lines import JsonLinesChild, open_json_lines
from gate_action.clients.children.one_shot import ask_once
from gate_action.clients.children.process import Launch
from gate_action.clients.children.protocol import attempt_from, request_of
from gate_action.clients.http_answer import Parts
from gate_action.errors import TargetStartError
from gate_action.model.fixture import Fixture, Json
from gate_action.model.metric import Limits
from gate_action.model.protocols import Try
from gate_action.model.replay import Tracing
from gate_action.model.run import OWN_FOLDERS, PASSED_ON, Build
from gate_action.model.trial import Attempt
from gate_action.targets.http import Http

_MEMORY = re.compile(r"[1-9]\d*[bkmg]?")
_DEFAULTS = Http(start=ENGINES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Speaks ``command``'s protocols over stdin and stdout, or HTTP on a published port (docs/contracts.md, 3)."""

    image: str = ""
    """Where ``{sha}`` stands for the revision's commit: ``ghcr.io/acme/bot:{sha}``. Empty: it is built."""
    build: str = ""
    """The Dockerfile, a path in the repository; the checkout is its context."""
    run: tuple[str, ...] = ()
    """Arguments instead of the image's own; its entrypoint stays."""
    protocol: Literal["jsonl", "once", "http"] = "jsonl"
    port: int = 8080
    """Where an HTTP server listens inside: told by the variable PORT."""
    path: str = "/"
    ready: str = ""
    request: Json = field(default_factory=lambda: _DEFAULTS.request)
    response: Literal["text"] | Parts = field(default_factory=Parts)
    pull: Literal["missing", "always", "never"] = "missing"
    network: str = "bridge"
    """``none``, ``bridge``, ``host`` or a network's name; ``none`` where the build needs no model provider."""
    memory: str = ""
    """At most so much, as ``2g``; empty: no bound."""
    cpus: float = 0.0
    processes: int = 512
    read_only: bool = True
    """The image's file system; /tmp can be written to."""
    engine: Literal["", "docker", "podman"] = ""
    """Empty: the first of the two that is there."""

    def __post_init__(self) -> None:
        if bool(self.image) == bool(self.build):
            raise ValueError("image: name one, or build: a Dockerfile of the repository; not both")
        if self.image.startswith("-") or self.network.startswith("-"):
            raise ValueError("image: and network: are names, no flags")
        if PurePosixPath(self.build).is_absolute() or ".." in PurePosixPath(self.build).parts:
            raise ValueError(f"build: {self.build!r} leaves the repository")
        if self.memory and not _MEMORY.fullmatch(self.memory):
            raise ValueError(f"memory: {self.memory!r} is no size such as 512m or 2g")
        if not 1 <= self.port <= 65535:  # noqa: PLR2004  # TCP's ports
            raise ValueError(f"port: {self.port} is none")
        if self.protocol == "http" and self.network == "none":
            raise ValueError("network: none has no port to ask: use protocol jsonl or once, or another network")
        self._server()

    @property
    def needs_folder(self) -> bool:
        return bool(self.build)

    @property
    def programs(self) -> tuple[str, ...]:
        """What must be there to start: `validate` compares it with what the container has."""
        return (self.engine or ENGINES[0],)

    @asynccontextmanager
    async def open(self, build: Build, limits: Limits) -> AsyncIterator[Try]:
        """Raises TargetStartError: no engine, no such image, a build that fails, a server that does not get ready."""
        own = {name: value for name, value in build.environment.items() if name not in (*PASSED_ON, *OWN_FOLDERS)}
        containers = Containers(
            engine=await find_engine(self.engine),
            label=_label(build),
            bounds=Bounds(
                network=self.network,
                memory=self.memory,
                cpus=self.cpus,
                processes=self.processes,
                is_read_only=self.read_only,
            ),
            environment=own,
        )
        image = await self._make(containers, build, limits)
        try:
            async with self._speak(containers, image, limits, build.tracing) as tries:
                yield tries
        finally:
            await containers.sweep()

    async def _make(self, containers: Containers, build: Build, limits: Limits) -> str:
        """The image's name."""
        if self.image:
            image = self.image.replace("{sha}", build.revision.sha)
            await containers.fetch(image, self.pull, limits)
            return image
        if build.folder is None:
            raise TargetStartError(f"{build.arm} has no checkout to build {self.build} in")
        tag = f"localhost/gate-action-build:{build.arm}-{build.revision.sha[:12]}"
        await containers.build(tag, build.folder, self.build, limits)
        return tag

    @asynccontextmanager
    async def _speak(
        self, containers: Containers, image: str, limits: Limits, tracing: Tracing | None
    ) -> AsyncIterator[Try]:
        match self.protocol:
            case "once":
                yield partial(ask_once, containers.launch(image, self.run), limits, tracing)
            case "jsonl":
                async with open_json_lines(containers.launch(image, self.run), limits) as child:
                    yield partial(_ask, child, tracing)
            case "http":
                async with self._server().serve(self._served(containers, image), limits, tracing) as tries:
                    yield tries

    def _served(self, containers: Containers, image: str) -> Launch:
        """A host's network has the host's ports: there PORT is the free one; else it is published on loopback."""
        if self.network == "host":
            return containers.launch(image, self.run, more=("--env=PORT",))
        published = f"--publish=127.0.0.1:{{port}}:{self.port}"
        return containers.launch(image, self.run, more=(f"--env=PORT={self.port}", published))

    def _server(self) -> Http:
        return Http(
            start=ENGINES,  # what is started is told to serve()
            url=f"http://127.0.0.1:{{port}}/{self.path.removeprefix('/')}",
            ready=self.ready,
            request=self.request,
            response=self.response,
        )


def _label(build: Build) -> str:
    """Below the run's folder, which the watchdog knows its containers by."""
    return str(Path(build.environment["TMPDIR"]).parent)


async def _ask(child: JsonLinesChild, tracing: Tracing | None, fixture: Fixture, attempt: int) -> Attempt:
    reply = await child.ask(request_of(fixture, attempt, tracing))
    return attempt_from(reply.content, reply.latency_s)
