"""Ctrl-C, SIGTERM and SIGHUP at each phase: exit code 130, no child left, and what can be told is told."""

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from gate_action.cli.interrupts import signals_as_interrupts
from tests.cli.running import argv_for, environment
from tests.repositories import Repository
from tests.signals import kept_handlers

pytestmark = pytest.mark.slow

_GATE = """
schema_version: 1
fixtures: [all.jsonl]
target: {kind: command, options: {run: [sh, app.sh]}, setup: {run: [sh, setup.sh]}}
metrics: {answer: {evaluator: exact_match}}
"""
_SLOW_GIT = """#!/bin/sh
case "$*" in *"{2}"*) test -e {0} || {{ touch {0}; sleep 60; }};; esac
PATH={1} exec git "$@"
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    row = json.dumps({"id": "a", "input": "x", "expected": "y"})
    made.commit({"gate.yaml": _GATE, "all.jsonl": f"{row}\n", "app.sh": "cat", "setup.sh": "sleep 60"})
    made.commit({"README.md": "words"})
    return made


def interrupt(repository: Repository, started: Path, *numbers: int, path: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the gate until ``started`` exists, then signals it and all of its terminal's foreground group."""
    builds = repository.folder.parent / "builds"
    builds.mkdir()
    own = {"TMPDIR": str(builds), "PATH": f"{path}{os.pathsep}{os.environ['PATH']}" if path else os.environ["PATH"]}
    with kept_handlers():
        process = subprocess.Popen(
            argv_for(repository),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(**own),
            start_new_session=True,
        )
    deadline = time.monotonic() + 30
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert started.exists(), "it came to what it is interrupted in"
    for number in numbers:
        os.killpg(process.pid, number)
        time.sleep(0.05)
    try:
        stdout, stderr = process.communicate(timeout=20)  # whatever was running would have run for a minute
    finally:
        process.kill()
    assert list(builds.iterdir()) == [], "the builds' folder is gone"
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def test_signalled_twice_during_the_setup_it_still_tells_its_report(repository: Repository, tmp_path: Path):
    (tmp_path / "mark").mkdir()
    (tmp_path / "mark").chmod(0o777)  # setups may run under another uid
    started = tmp_path / "mark" / "started"
    repository.commit({"setup.sh": f"touch {started}; sleep 60"})
    repository.commit({"README.md": "more"})
    done = interrupt(repository, started, signal.SIGTERM, signal.SIGTERM, signal.SIGINT)
    assert done.returncode == 130, done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["decision"]["reasons"][0]["kind"] == "interrupted"


@pytest.mark.parametrize(
    ("phase", "number"),
    [
        ("cat-file --batch-check", signal.SIGINT),
        pytest.param("cat-file --batch-check", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("checkout --quiet", signal.SIGINT, marks=pytest.mark.slow),
        ("checkout --quiet", signal.SIGHUP),
    ],
)
def test_while_git_works_it_ends_at_once_with_exit_code_130_and_blames_no_commit(
    repository: Repository, tmp_path: Path, phase: str, number: int
):
    started, tools = tmp_path / "started", tmp_path / "tools"
    tools.mkdir()
    (tools / "git").write_text(_SLOW_GIT.format(started, os.environ["PATH"], phase), encoding="utf-8")
    (tools / "git").chmod(0o755)
    done = interrupt(repository, started, number, path=str(tools))
    assert done.returncode == 130, done.stdout + done.stderr
    assert "cannot be checked out" not in done.stdout


def test_in_another_thread_signals_stay_as_they_are():
    seen = []

    def look() -> None:
        with signals_as_interrupts():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]


def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_as_interrupts():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_sigterm_is_told_like_ctrl_c_inside_and_as_before_outside():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), signals_as_interrupts():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before
