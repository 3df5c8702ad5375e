"""Containers by the command line of docker or podman: how one is started, and that none outlives its run.

The client runs as ourselves, for it needs the engine's socket; what it starts gets no socket, folder or privilege.
"""

import asyncio
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from gate_action.clients.children.process import Identity, Launch, describe_exit, run_to_end
from gate_action.clients.children.watchdog import ENGINE_VARIABLES, LABEL
from gate_action.errors import TargetStartError
from gate_action.model.dataclass import dataclass
from gate_action.model.metric import Limits

_log = logging.getLogger(__name__)

ENGINES = ("docker", "podman")
_SWEEP_TIMEOUT_S = 60.0
_PROBE_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a container may have. Empty and 0: as the engine gives it."""

    network: str = "bridge"
    memory: str = ""
    cpus: float = 0.0
    processes: int = 512
    is_read_only: bool = True
    """But for /tmp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Containers:
    """Those of one open build."""

    engine: str
    """The client's program."""
    label: str
    """Of all that is started: by it they are found again."""
    bounds: Bounds
    environment: Mapping[str, str] = field(repr=False)
    """What a container sees."""

    def launch(self, image: str, run: tuple[str, ...], *, more: tuple[str, ...] = ()) -> Launch:
        """A client that starts one container, passes stdin and stdout on, and ends with it. ``more``: further flags."""
        names = tuple(f"--env={name}" for name in sorted(self.environment))  # values stay out of every argv
        argv = (self.engine, "run", "--rm", "--interactive", "--init", *self._fences(), *names, *more, image, *run)
        environment = {**self._clients_own(), **self.environment}
        return Launch(argv=argv, folder=None, environment=environment, title=f"container of {image}")

    async def fetch(self, image: str, pull: str, limits: Limits) -> None:
        """Raises TargetStartError: no such image, or none that may be pulled."""
        if pull != "always" and not await self.call("image", "inspect", image, timeout_s=_PROBE_TIMEOUT_S):
            return
        if pull == "never":
            raise TargetStartError(f"there is no image {image} here, and pull: never forbids to fetch it")
        words = await self.call("pull", "--quiet", image, timeout_s=limits.setup_timeout_s)
        if words:
            raise TargetStartError(
                f"the image {image} cannot be pulled", tail=words, hint="is it pushed before the gate runs?"
            )

    async def build(self, tag: str, folder: Path, file: str, limits: Limits) -> None:
        """Raises TargetStartError with the end of what the build said."""
        argv = ("build", "--file", str(folder / file), "--tag", tag, f"--label={LABEL}-built=yes", str(folder))
        words = await self.call(*argv, timeout_s=limits.setup_timeout_s)
        if words:
            hint = "build it in a clean checkout of that commit"
            raise TargetStartError(f"the image of {file} cannot be built", tail=words, hint=hint)

    async def sweep(self) -> None:
        """Ends every container of this build that still runs."""
        found = await asyncio.create_subprocess_exec(
            *(self.engine, "ps", "--all", "--quiet", f"--filter=label={LABEL}-build={self.label}"),
            env=self._clients_own(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        told, _ = await found.communicate()
        if ids := told.decode("ascii", "replace").split():
            words = await self.call("rm", "--force", *ids, timeout_s=_SWEEP_TIMEOUT_S)
            if words:
                _log.warning("containers %s cannot be removed: %s", " ".join(ids), words)

    def _fences(self) -> tuple[str, ...]:
        bounds = self.bounds
        given = (
            (bounds.network, f"--network={bounds.network}"),
            (bounds.memory, f"--memory={bounds.memory}"),
            (bounds.cpus, f"--cpus={bounds.cpus:g}"),
            (bounds.processes, f"--pids-limit={bounds.processes}"),
            (bounds.is_read_only, "--read-only"),
        )
        fences = ("--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")
        labels = (f"--label={LABEL}={Path(self.label).parent}", f"--label={LABEL}-build={self.label}")
        return (*fences, *labels, *(flag for is_given, flag in given if is_given))

    async def call(self, *argv: str, timeout_s: float) -> str:
        """What the client said where it failed; empty: it did not."""
        done = await run_to_end(
            (self.engine, *argv),
            Path("/"),
            self._clients_own(),
            timeout_s=timeout_s,
            identity=Identity(),
        )
        if done.exit_code == 0:
            return ""
        ending = "it took too long" if done.exit_code is None else describe_exit(done.exit_code)
        return f"{done.tail}\n{' '.join((Path(self.engine).name, *argv[:1]))}: {ending}".strip()

    @staticmethod
    def _clients_own() -> dict[str, str]:
        return {name: os.environ[name] for name in ENGINE_VARIABLES if name in os.environ}


async def find_engine(wanted: str) -> str:
    """The client of ``wanted``, or the first of docker and podman whose engine answers. Raises TargetStartError."""
    words = []
    for name in (wanted,) if wanted else ENGINES:
        path = shutil.which(name)
        if path is None:
            words.append(f"{name}: there is no such program")
            continue
        containers = Containers(engine=path, label="", bounds=Bounds(), environment={})
        refusal = await containers.call("ps", "--quiet", timeout_s=_PROBE_TIMEOUT_S)
        if not refusal:
            return path
        words.append(refusal)
    raise TargetStartError(
        f"there is no {wanted or ' or '.join(ENGINES)} that runs containers here",
        tail="\n".join(words),
        hint="use the native action on a runner that has one; as root, podman by its socket (CONTAINER_HOST)",
    )
