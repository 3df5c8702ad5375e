"""The `http` target where it starts the server itself."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from gate_action.errors import TargetStartError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Fault, Output, TrialError
from gate_action.targets.http import Http

pytestmark = pytest.mark.slow
LIMITS = Limits(concurrency=4, max_output_bytes=10_000, start_timeout_s=20)
SERVER = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404); self.end_headers()
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if request["input"] == "die":
            print("goodbye", file=sys.stderr, flush=True)
            os._exit(4)
        body = json.dumps({"output": [request["input"], os.getpid(), os.environ["PORT"] == sys.argv[1]]}).encode()
        self.send_response(200); self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *args): pass
if len(sys.argv) > 2: sys.exit("cannot bind")
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def build(tmp_path: Path) -> Build:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    return Build(arm=Arm.HEAD, revision=Revision(sha="a"), folder=tmp_path, environment={"PATH": "/usr/bin:/bin"})


def is_alive(pid: str) -> bool:
    return Path("/proc", str(pid)).exists()


@pytest.mark.parametrize("ready", ["", "/health"])
async def test_a_server_is_started_on_a_free_port_and_ended(build: Build, ready: str):
    target = Http(start=(sys.executable, "server.py", "{port}"), ready=ready)
    async with target.open(build, LIMITS) as attempt:
        outcome = (await attempt(Fixture(id="f", input="hi"), 0)).outcome
    assert isinstance(outcome, Output)
    said, pid, has_port = json.loads(outcome.text)
    assert (said, has_port) == ("hi", True)
    assert not is_alive(pid)


async def test_a_server_that_dies_is_started_anew_for_the_next_trial(build: Build):
    target = Http(start=(sys.executable, "server.py", "{port}"))
    async with target.open(build, LIMITS) as attempt:
        died = (await attempt(Fixture(id="f", input="die"), 0)).outcome
        later = await asyncio.gather(*(attempt(Fixture(id="f", input=text), 0) for text in "abc"))
    assert isinstance(died, TrialError)
    assert died.fault is Fault.CRASHED
    assert "ended with exit code 4" in died.detail
    assert died.tail == "goodbye"
    assert died.is_shared
    told = [json.loads(found.outcome.text) for found in later if isinstance(found.outcome, Output)]
    assert [said for said, _, _ in told] == ["a", "b", "c"]
    assert len({pid for _, pid, _ in told}) == 1


async def test_a_server_that_ends_before_it_is_ready_cannot_start(build: Build):
    target = Http(start=(sys.executable, "server.py", "{port}", "fail"))
    with pytest.raises(TargetStartError, match=r"ended with exit code 1 before it was ready") as caught:
        async with target.open(build, LIMITS):
            pytest.fail("it opened")
    assert "cannot bind" in caught.value.tail


async def test_a_server_that_never_is_ready_cannot_start_and_is_ended(build: Build):
    target = Http(start=("/bin/sh", "-c", "echo $$ > pid; echo loading; exec sleep 60"))
    with pytest.raises(TargetStartError, match=r"was not ready within 0.4 s") as caught:
        async with target.open(build, Limits(start_timeout_s=0.4)):
            pytest.fail("it opened")
    assert caught.value.tail == "loading"
    assert build.folder is not None
    assert not is_alive((build.folder / "pid").read_text().strip())
