"""A consumer's repository and GitHub, in which act runs the workflows of examples/workflows/ as they stand.

GitHub's own actions are stood in for by tests/slow/actions; OWNER/gate-action is this repository's commit. The job's
token may do what the workflow declares, and nothing else.
"""

import json
import os
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from standins.github.state import BOT, Github, Token
from tests.slow.consumer import git

TOP = Path(__file__).parents[2]
WORKFLOWS = TOP / "examples" / "workflows"
_ACTIONS = Path(__file__).parent / "actions"
_STANDS_IN = {
    "actions/checkout@v5": "checkout",
    "actions/setup-python@v6": "setup-python",
    "actions/upload-artifact@v6": "upload-artifact",
    "actions/download-artifact@v7": "download-artifact",
}
JOB_TOKEN = "ghs_job"


def needed(name: str) -> str:
    value = os.environ.get(name)
    assert value, f"{name} is not set: this test is run by .ci/run 60-containers, which prepares it"
    return value


@dataclass(frozen=True, kw_only=True)
class NotedToken(Token):
    """Notes what it was used for."""

    written: set[str] = field(default_factory=set)
    """Permissions by which it wrote."""

    def may(self, permission: str, level: str) -> bool:
        is_allowed = super().may(permission, level)
        if is_allowed and level == "write":
            self.written.add(permission)
        return is_allowed


def declared(workflow: str, jobs: Collection[str] = ()) -> dict[str, str]:
    """Permission -> ``read`` or ``write``: what the jobs (all, where none is named) ask for, by the API's names."""
    read = yaml.safe_load((WORKFLOWS / workflow).read_text(encoding="utf-8"))
    parts = [read["jobs"][name].get("permissions", read.get("permissions", {})) for name in jobs or read["jobs"]]
    asked: dict[str, str] = {}
    for permission, level in (each for part in parts for each in part.items()):
        name = permission.replace("-", "_")
        asked[name] = max(asked.get(name, ""), level)  # "write" comes after "read"
    return asked


def asked_to_write(workflow: str, jobs: Collection[str] = ()) -> set[str]:
    return {permission for permission, level in declared(workflow, jobs).items() if level == "write"}


@dataclass(kw_only=True)
class Bench:
    """``clone``: what is checked out where the job begins. ``scratch``: a folder; its ``artifacts`` is all jobs'."""

    clone: Path
    github: Github
    url: str
    scratch: Path
    engine: str = ""
    """The engine's address; empty: DOCKER_HOST."""
    network: str = "host"
    """Of jobs."""
    token: NotedToken = field(default_factory=lambda: NotedToken(login=BOT, permissions={}))
    """The last jobs'."""

    def act(
        self,
        workflow: str,
        event: str,
        payload: Mapping[str, Any],
        *,
        jobs: Collection[str] = (),
        token: str = "",
        environ: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """The log, with ``[exit N]`` as its last line.

        ``jobs``: those that the event starts; none: all. ``token``: another one than the jobs' own.
        """
        self.token = NotedToken(login=BOT, permissions=declared(workflow, jobs))
        self.github.tokens[JOB_TOKEN] = self.token
        path = self.scratch / "event.json"
        path.write_text(json.dumps(payload), encoding="utf-8")
        local = {"OWNER/gate-action@v0.1.0": self._source()}
        local |= {name: _ACTIONS / folder for name, folder in _STANDS_IN.items()}
        told = {
            "env": {"GITHUB_API_URL": self.url, **(environ or {})},
            "secret": {"GITHUB_TOKEN": token or JOB_TOKEN, "OPENAI_API_KEY": "no-key", **(secrets or {})},
            "var": variables or {},
            "local-repository": local,
        }
        argv = self._command(workflow, event, path, told)
        done = subprocess.run(
            argv,
            cwd=self.clone,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return f"{done.stdout}{done.stderr}\n[exit {done.returncode}]"

    def _command(self, workflow: str, event: str, path: Path, told: Mapping[str, Mapping[str, object]]) -> list[str]:
        """``told``: by the name of act's option."""
        volumes = (
            f"{self.scratch / 'artifacts'}:/artifacts",
            f"{self.clone}:/repo:ro",
            f"{_ACTIONS / 'docker'}:/usr/local/bin/docker:ro",
        )
        return [
            needed("GATE_TEST_ACT"),
            event,
            f"--workflows={WORKFLOWS / workflow}",
            f"--eventpath={path}",
            f"--platform=ubuntu-latest={needed('GATE_TEST_READY_IMAGE')}",
            f"--network={self.network}",
            "--rm",
            "--rebuild=false",  # the container action's image is there: .ci/layers/60-containers
            "--pull=false",
            "--action-offline-mode",
            f"--container-options={' '.join(f'--volume={each}' for each in volumes)}",
            *(f"--{flag}={name}={value}" for flag, values in told.items() for name, value in values.items()),
        ]

    def _source(self) -> Path:
        """A clone of this repository's commit."""
        source = self.scratch / "gate-action"
        if not source.exists():
            git(self.scratch, "clone", "-q", str(TOP), str(source))
        return source

    def _environment(self) -> dict[str, str]:
        """act keeps its caches and its settings in the home folder."""
        home = self.scratch / "home"
        for folder in (home, self.scratch / "artifacts"):
            folder.mkdir(exist_ok=True)
        environment = {**os.environ, "HOME": str(home), "DOCKER_HOST": self.engine or needed("DOCKER_HOST")}
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            environment.pop(name, None)
        return environment

    @property
    def conclusions(self) -> dict[str, str]:
        return {check["name"]: check["conclusion"] for check in self.github.check_runs.values()}
