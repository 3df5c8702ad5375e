"""Whoever stops reading changes no exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "gate_action"]
ROWS = "item_id,trial,score\n" + "".join(f"q{number},0,1\n" for number in range(80))


def run_unread(folder: Path, *argv: str, stdout_too: bool) -> int:
    """The exit code of a command whose stderr (and stdout) leads to a pipe that nobody reads."""
    ours, theirs = os.pipe()
    os.close(ours)
    stdout = theirs if stdout_too else subprocess.DEVNULL
    try:
        return subprocess.run([*COMMAND, *argv], cwd=folder, stdout=stdout, stderr=theirs, check=False).returncode
    finally:
        os.close(theirs)


@pytest.mark.slow
@pytest.mark.parametrize("stdout_too", [False, True])
def test_a_verdict_stands_though_nobody_reads_it(tmp_path: Path, stdout_too: bool):
    (tmp_path / "base.csv").write_text(ROWS)
    (tmp_path / "worse.csv").write_text(ROWS.replace(",1\n", ",0\n"))
    assert run_unread(tmp_path, "compare", "base.csv", "base.csv", "--out", "out", stdout_too=stdout_too) == 0
    assert run_unread(tmp_path, "compare", "base.csv", "worse.csv", "--out", "out", stdout_too=stdout_too) == 1
    assert run_unread(tmp_path, "compare", "base.csv", "none.csv", stdout_too=stdout_too) == 2


@pytest.mark.slow
def test_an_error_that_nobody_reads_keeps_its_exit_code(tmp_path: Path):
    assert run_unread(tmp_path, "validate", stdout_too=True) == 2


@pytest.mark.slow
def test_a_command_whose_answer_nobody_reads_has_not_failed_but_been_cut_off(tmp_path: Path):
    assert run_unread(tmp_path, "--help", stdout_too=True) == 130
