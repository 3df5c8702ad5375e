"""The feedback service's image: it starts as nobody, takes a statement, and keeps it over a restart."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

pytestmark = [pytest.mark.slow, pytest.mark.needs_podman, pytest.mark.timeout(300)]
KEY = "a-key-of-a-test-long-enough"


def needed(name: str) -> str:
    value = os.environ.get(name)
    assert value, f"{name} is not set: this test is run by .ci/run 60-containers, which makes the image"
    return value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def container(spool: Path, port: int) -> Iterator[None]:
    variables = {"GATE_CAPTURE_KEYS": KEY, "GATE_CAPTURE_HOST": "127.0.0.1", "GATE_CAPTURE_PORT": str(port)}
    given = [f"--env={name}={value}" for name, value in variables.items()]
    hardened = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
    name = f"capture-{port}"
    argv = [needed("GATE_TEST_PODMAN"), "run", "--rm", "--network=host", f"--name={name}", *hardened, *given]
    mount = f"--volume={spool}:/var/lib/feedback"
    with subprocess.Popen([*argv, mount, needed("GATE_TEST_CAPTURE_IMAGE")], stdin=subprocess.DEVNULL) as child:
        try:
            wait_for(port, child)
            yield
        finally:
            subprocess.run([needed("GATE_TEST_PODMAN"), "stop", "--time=10", name], check=False, capture_output=True)
            child.wait(30)


def wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert child.poll() is None, "the container ended at once"
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the service did not answer within half a minute")


def test_a_statement_is_kept_over_a_restart(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    os.chown(spool, 10001, 10001)
    port = free_port()
    place = f"http://127.0.0.1:{port}/v1/feedback"
    for number in range(2):
        with container(spool, port):
            stated = {"join_key": f"m{number}", "name": "thumb", "value": True}
            answer = requests.post(place, json=stated, headers={"authorization": f"Bearer {KEY}"}, timeout=10)
            assert answer.status_code == 202
            assert requests.post(place, json=stated, timeout=10).status_code == 401
    kept = "".join(file.read_text() for file in spool.glob("*.jsonl"))
    assert kept.count('"resourceLogs"') == 2
    assert {file.stat().st_uid for file in spool.iterdir()} == {10001}
