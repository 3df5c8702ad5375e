"""What a run started ends with it, though the run be killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gate_action.clients.children.watchdog import watched
from tests.cli.running import pids_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found by /proc")

RUN = """
import os, subprocess, sys, time
from pathlib import Path
from gate_action.clients.children.watchdog import watched
from tests.cli.running import pids_of
folder = Path(sys.argv[1])
with watched(folder):
    for inside in sys.argv[2:]:
        environment = {"PATH": os.environ["PATH"], "TMPDIR": inside}
        child = subprocess.Popen(["sleep", "60"], env=environment, start_new_session=True)
        print(child.pid, flush=True)
    time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_runs_children_are_killed_and_nobody_elses(tmp_path: Path):
    folder = tmp_path / "gate-action-x"
    (folder / "head").mkdir(parents=True)
    argv = [sys.executable, "-c", RUN, str(folder), f"{folder}/head/home", f"{tmp_path}/gate-action-xy/head"]
    run = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    mine, other = (int(run.stdout.readline()) for _ in range(2))
    try:
        run.send_signal(signal.SIGKILL)
        run.wait()
        run.stdout.close()
        deadline = time.monotonic() + 30
        while (is_alive(mine) or folder.exists()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_alive(mine)
        assert not folder.exists()
        assert is_alive(other)
    finally:
        os.kill(other, signal.SIGKILL)


def test_the_watchdog_holds_nothing_that_judged_code_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken-value")
    environ = b""
    deadline = time.monotonic() + 30
    with watched(tmp_path / "run"):
        while b"PATH=" not in environ and time.monotonic() < deadline:  # its program has to begin first
            environ = b"".join(Path(f"/proc/{dog}/environ").read_bytes() for dog in pids_of(str(tmp_path / "run")))
    assert b"PATH=" in environ
    assert b"t0ken-value" not in environ


def test_a_run_that_ends_by_itself_is_left_alone(tmp_path: Path):
    folder = tmp_path / "run"
    folder.mkdir()
    with watched(folder):
        pass
    assert folder.exists()
