"""The `image` target, with real containers: what they can see and do, what they answer, and that none stays."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gate_action.errors import TargetStartError
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError
from gate_action.targets.image import Image
from tests.repositories import Repository
from tests.targets.test_docs_of_targets import FIXTURE, files_of

pytestmark = [pytest.mark.slow, pytest.mark.needs_podman, pytest.mark.timeout(300)]

LIMITS = Limits(concurrency=2, trial_timeout_s=60.0, start_timeout_s=60.0)
ANSWERING = """
import json, os, sys, time
for line in sys.stdin:
    request = json.loads(line)
    if request["input"] == "hang":
        time.sleep(600)
    if request["input"] == "die":
        os._exit(3)
    try:
        answer = eval(request["input"])
    except Exception as error:
        answer = type(error).__name__
    print(json.dumps({"id": request["id"], "output": answer}), flush=True)
"""
SERVING = """
import http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"output": f"you asked {asked['input']}"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


def needed(name: str) -> str:
    value = os.environ.get(name)
    assert value, f"{name} is not set: this test is run by .ci/run 60-containers, which makes the images"
    return value


@pytest.fixture(autouse=True)
def podman_in_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(needed('GATE_TEST_PODMAN')).parent}:{os.environ['PATH']}")


def containers_of(folder: Path) -> list[str]:
    argv = [needed("GATE_TEST_PODMAN"), "ps", "--all", "--quiet", f"--filter=label=gate-action={folder}"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def build_of(folder: Path, program: str = ANSWERING) -> Build:
    checkout, home = folder / "head" / "checkout", folder / "head" / "home"
    for one in (checkout, home):
        one.mkdir(parents=True)
    (checkout / "app.py").write_text(program, encoding="utf-8")
    (checkout / "Dockerfile").write_text(dockerfile(), encoding="utf-8")
    environment = {"PATH": "/nowhere", "HOME": str(home), "TMPDIR": str(home), "GATE_ARM": "head", "KEY": "s3cret"}
    return Build(arm=Arm.HEAD, revision=Revision(sha="f" * 40), folder=checkout, environment=environment)


def dockerfile() -> str:
    return f'FROM {needed("GATE_TEST_PYTHON_IMAGE")}\nCOPY app.py /app.py\nENTRYPOINT ["python3", "/app.py"]\n'


def ask(target: Image, build: Build, *questions: str, limits: Limits = LIMITS) -> list[Attempt]:
    async def work() -> list[Attempt]:
        async with target.open(build, limits) as tries:
            return [await tries(Fixture(id="f", input=question), 0) for question in questions]

    return asyncio.run(work())


def contents(attempts: list[Attempt]) -> list[object]:
    return [one.outcome.content if isinstance(one.outcome, Output) else one.outcome for one in attempts]


def test_a_container_answers_lines_and_has_nothing_that_it_was_not_given(tmp_path: Path):
    target = Image(build="Dockerfile", network="none", memory="256m")
    answered = contents(
        ask(
            target,
            build_of(tmp_path),
            "sorted(set(os.environ) & {'KEY', 'HOME', 'GATE_ARM', 'TMPDIR', 'GITHUB_TOKEN', 'CONTAINERS_CONF'})",
            "[os.environ['KEY'], os.environ['PATH'] == '/nowhere']",
            "open('/written', 'w')",
            "open('/' + 'tmp/written', 'w').write('x')",
            "[os.path.exists(p) for p in ('/var/run/docker.sock', '/run/podman/podman.sock')]",
            "[x.split()[1] for x in open('/proc/self/status') if x.startswith(('CapEff', 'NoNewPrivs'))]",
            "__import__('socket').create_connection(('192.0.2.1', 80), 2)",
        )
    )
    assert answered == [
        ["GATE_ARM", "HOME", "KEY"],
        ["s3cret", False],
        "OSError",
        1,
        [False, False],
        ["0000000000000000", "1"],
        "OSError",
    ]
    assert containers_of(tmp_path) == []


def test_a_container_that_dies_is_the_builds_failure_and_another_one_goes_on(tmp_path: Path):
    attempts = ask(Image(build="Dockerfile", network="none"), build_of(tmp_path), "1", "die", "2")
    assert contents(attempts)[::2] == [1, 2]
    assert isinstance(attempts[1].outcome, TrialError)
    assert attempts[1].outcome.fault is Fault.CRASHED


def test_once_starts_a_container_for_each_trial(tmp_path: Path):
    once = "import json, sys\nprint('asked', json.load(sys.stdin)['input'])"
    answered = contents(
        ask(Image(build="Dockerfile", protocol="once", network="none"), build_of(tmp_path, once), "a", "b")
    )
    assert answered == ["asked a", "asked b"]


def test_a_server_in_a_container_is_told_its_port_and_asked_over_http(tmp_path: Path):
    target = Image(build="Dockerfile", protocol="http", network="host")
    assert contents(ask(target, build_of(tmp_path, SERVING), "a", "b")) == ["you asked a", "you asked b"]
    assert containers_of(tmp_path) == []


def test_an_image_is_named_by_the_revision_and_one_that_is_not_there_is_told(tmp_path: Path):
    build = build_of(tmp_path)
    tag = f"localhost/app:{build.revision.sha}"
    argv = [needed("GATE_TEST_PODMAN"), "tag", needed("GATE_TEST_PYTHON_IMAGE"), tag]
    subprocess.run(argv, check=True)
    target = Image(image="localhost/app:{sha}", run=("python3", "-c", ANSWERING), pull="never", network="none")
    assert contents(ask(target, build, "6 * 7")) == [42]
    with pytest.raises(TargetStartError, match="pull: never"):
        ask(Image(image="localhost/other:{sha}", pull="never"), build, "1")


def test_a_dockerfile_that_cannot_be_built_is_told_with_what_was_said(tmp_path: Path):
    build = build_of(tmp_path)
    assert build.folder is not None
    (build.folder / "Dockerfile").write_text(f"{dockerfile()}COPY not-there /x\n", encoding="utf-8")
    with pytest.raises(TargetStartError, match="image of Dockerfile cannot be built") as caught:
        ask(Image(build="Dockerfile", network="none"), build, "1")
    assert "not-there" in caught.value.tail


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_container_outlives_the_run_that_started_it(tmp_path: Path, number: signal.Signals):
    gate = {
        "schema_version": 1,
        "fixtures": ["fixtures"],
        "target": {"kind": "image", "options": {"build": "Dockerfile", "network": "none"}},
        "metrics": {"answer": {"evaluator": "contains"}},
    }
    fixture = {"id": "f", "input": "hang", "expected": {"facts": ["x"]}}
    repository = Repository.create(tmp_path / "repository")
    files = {"gate.yaml": json.dumps(gate), "fixtures/f.jsonl": json.dumps(fixture)}
    repository.commit({**files, "app.py": ANSWERING, "Dockerfile": dockerfile()})
    repository.commit({"README.md": "words"})
    (tmp_path / "builds").mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GIT_"))}
    run = subprocess.Popen(
        [sys.executable, "-m", "gate_action", "run", "--out", tmp_path / "out", "--run-folder", tmp_path / "r"],
        cwd=repository.folder,
        # As root the gate gives up what a podman without a service would need.
        env={**environment, "TMPDIR": str(tmp_path / "builds"), "CONTAINER_HOST": needed("DOCKER_HOST")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    found: list[str] = []
    place = tmp_path
    deadline = time.monotonic() + 120
    while len(found) < 2 and run.poll() is None and time.monotonic() < deadline:
        found = [name for folder in (tmp_path / "builds").iterdir() for name in containers_of(folder)]
        place = next((tmp_path / "builds").glob("gate-action-*"), tmp_path)
        time.sleep(0.2)
    assert len(found) == 2, run.communicate()[0].decode()
    run.send_signal(number)
    run.communicate()
    while containers_of(place) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert containers_of(place) == []


def test_the_example_of_the_documentation_runs_on_both_builds_and_answers_right(tmp_path: Path):
    files = files_of("image")
    files["Dockerfile"] = files["Dockerfile"].replace("python:3.12-slim", needed("GATE_TEST_PYTHON_IMAGE"))
    repository = Repository.create(tmp_path / "repository")
    repository.commit({**files, "fixtures/first.jsonl": json.dumps(FIXTURE)})
    repository.commit({"README.md": "words"})
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GIT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "gate_action", "run", "--out", tmp_path / "out", "--run-folder", tmp_path / "r"],
        cwd=repository.folder,
        env={**environment, "CONTAINER_HOST": needed("DOCKER_HOST")},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    [metric] = report["decision"]["metrics"]
    assert (metric["difference"]["base_mean"], metric["difference"]["head_mean"]) == (1.0, 1.0), done.stdout
