"""The workflow with service containers as it stands, run by act on an engine with networks of its own.

What is not as on GitHub: there is no registry (tests/slow/actions/docker), and GitHub listens on the job container's
own loopback. act runs a container action in the network of the job's container, GitHub in that of the services: so the
job's container is put there.
"""

import ctypes
import json
import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from standins.github.server import GithubServer, serve
from standins.github.state import Github
from tests.slow.act_bench import Bench, asked_to_write, needed
from tests.slow.consumer import GATE, PULL_REQUEST, REPOSITORY, TARGET, git, open_pull_request

pytestmark = [pytest.mark.slow, pytest.mark.needs_podman, pytest.mark.timeout(600)]

# act starts a service in a folder of its own, and without the image's CMD.
_DOCKERFILE = """\
FROM %(base)s
COPY consumer /app/consumer
ENV HOST=0.0.0.0 PORT=8080
ENTRYPOINT ["sh", "-c", "cd /app && exec python3 consumer/server.py"]
"""
_DEPLOYED = """\
target:
  kind: http
  options:
    url: {base: "http://base:8080/answer", head: "http://head:8080/answer"}
    request: {input: "{{input}}"}
"""
_GATE = GATE.replace(TARGET, _DEPLOYED).replace("trial_timeout_s: 20", "trial_timeout_s: 20, start_timeout_s: 30")
_JOB = f"act-gate-gate-{sha256(b'act-gate-gate').hexdigest()}"
"""What act calls the container of workflow gate's job gate."""
_NETWORK = 0x40000000
"""CLONE_NEWNET."""


class Connection(HTTPConnection):
    """To the engine's API."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


@dataclass(frozen=True, slots=True)
class Engine:
    file: Path
    """Its socket."""

    def ask(self, method: str, path: str, body: object = None) -> Any:
        with closing(Connection(str(self.file))) as connection:
            headers = {"Host": "engine", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body), headers)
            return json.loads(connection.getresponse().read())

    def find_process(self, name: str) -> int:
        """Of the container of that name; 0: there is none yet."""
        for shown in self.ask("GET", "/containers/json"):
            if f"/{name}" in shown["Names"]:
                return int(self.ask("GET", f"/containers/{shown['Id']}/json")["State"]["Pid"])
        return 0


@contextmanager
def listen_where_the_job_runs(github: Github, url: str, engine: Engine) -> Iterator[Event]:
    """The same GitHub on the same port of the job container's loopback, from when that container is there on."""
    is_over, is_open = Event(), Event()

    def listen() -> None:
        job = 0
        while not job:
            if is_over.wait(0.2):
                return
            job = engine.find_process(_JOB)
        _enter_network(job)
        with GithubServer(github, port=int(url.rpartition(":")[2])) as server:
            is_open.set()
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            is_over.wait()
            server.shutdown()

    thread = Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield is_open
    finally:
        is_over.set()
        thread.join(10)


def _enter_network(pid: int) -> None:
    """This thread alone: what it opens from now on is in that process's network."""
    with Path(f"/proc/{pid}/ns/net").open("rb") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _NETWORK):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def test_both_builds_answer_as_services_beside_the_job(tmp_path: Path) -> None:
    engine = Engine(Path(needed("GATE_TEST_ENGINE_APART")))
    network = f"{_JOB}-gate-network"
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
    (folder / "Dockerfile").write_text(_DOCKERFILE % {"base": needed("GATE_TEST_PYTHON_IMAGE")})
    pull_request = open_pull_request(folder, is_broken=True, gate=_GATE)
    github = Github(repository=REPOSITORY)
    github.open_pull(PULL_REQUEST, pull_request.head, head_ref="change")
    with serve(github) as url, listen_where_the_job_runs(github, url, engine) as is_open:
        engine.ask("POST", "/networks/create", {"Name": network, "CheckDuplicate": True})
        bench = Bench(
            clone=folder, github=github, url=url, scratch=tmp_path, engine=f"unix://{engine.file}", network=network
        )
        log = bench.act("service-container.yml", "pull_request", pull_request.event())
    assert is_open.is_set(), log
    assert log.endswith("[exit 1]"), log
    assert bench.conclusions == {"gate-action: shop": "failure"}, log
    (comment,) = github.comments.values()
    assert "BLOCKED" in comment["body"], log
    assert {"packages", *bench.token.written} == asked_to_write("service-container.yml")
    names = {name for image in engine.ask("GET", "/images/json") for name in image["RepoTags"] or ()}
    assert {f"ghcr.io/{REPOSITORY}/gate-{build}:{pull_request.merge}" for build in ("base", "head")} <= names
