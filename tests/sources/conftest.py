"""An S3 of our own on loopback, for the tests that are marked slow."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest


class S3(NamedTuple):
    endpoint: str
    key: str
    secret: str


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "MOTO_CALL_RESET_API": "false"}
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        _wait_until_open(port, server)
        yield S3(f"http://127.0.0.1:{port}", "test-key-id", "test-secret-key")
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_open(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"moto's server ended with {server.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("moto's server did not open its port")
