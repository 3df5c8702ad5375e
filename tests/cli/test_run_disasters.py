"""`gate-action run` on a disk that fills, and killed while its servers run: what was measured counts, nothing stays."""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.running import BAD_SLICE, GATE, argv_for, environment, pids_of, run
from tests.repositories import Repository

pytestmark = pytest.mark.slow

SERVER = """
import http.server, json, os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", "MARKER"])  # as a server's own worker
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        import time; time.sleep(5)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.mark.parametrize("kilobytes", [1, 4, 12])
def test_a_run_that_filled_the_disk_goes_on_when_there_is_room(repository: Repository, kilobytes: int):
    repository.commit({"app.py": BAD_SLICE})
    repository.commit({"README.md": "x"})
    folder = repository.folder.parent
    undisturbed = run(repository, "--run-folder", str(folder / "undisturbed"))

    def fill() -> None:
        size = 1024 * kilobytes + (folder / "undisturbed" / "fixtures.jsonl").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    full = subprocess.run(
        argv_for(repository),
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        preexec_fn=fill,  # one thread, and nothing but a limit is set
    )
    assert full.returncode == 3, full.stdout + full.stderr
    assert "cannot be written" in " ".join(full.stdout.split())
    resumed = run(repository, "--resume")
    assert (folder / "run" / "decision.json").read_bytes() == (folder / "undisturbed" / "decision.json").read_bytes()
    assert resumed.code == undisturbed.code


def test_a_killed_run_leaves_no_server_behind_nor_what_that_started(repository: Repository):
    marker = f"serve-{os.getpid()}"
    options = f"options: {{start: [python3, {marker}.py]}}"
    gate = GATE.replace("kind: command, options: {run: [python3, app.py]}", f"kind: http, {options}")
    repository.commit({"gate.yaml": gate, f"{marker}.py": SERVER.replace("MARKER", marker)})
    repository.commit({"README.md": "x"})
    place = repository.folder.parent / "temporary"
    place.mkdir()
    place.chmod(0o755)
    process = subprocess.Popen(
        argv_for(repository), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(TMPDIR=str(place))
    )
    deadline = time.monotonic() + 40
    # For a moment there are more: a process that is being started still has its parent's name.
    while (count := len(pids_of(marker))) != 4 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert count == 4, process.communicate(timeout=5)[0].decode()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    while (pids_of(marker) or any(Path(place).glob("gate-action-*"))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert pids_of(marker) == []
    assert list(Path(place).glob("gate-action-*")) == []
