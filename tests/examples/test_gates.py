"""The support bot behind each kind of target, through the command line: the same answers, so the same verdict."""

import subprocess
import sys
from pathlib import Path

import pytest

from demo import BROKEN_SLICE, EXPECTATIONS, FIXED, clean_environment, make_repository
from gate_action.codec.documents import decode_report
from gate_action.errors import ExitCode
from gate_action.model.comparison import ChangeKind
from gate_action.model.report import Report

pytestmark = pytest.mark.slow


def judge(repository: Path, out: Path, gate: str) -> tuple[int, Report]:
    options = ["--config", "examples/support-bot/gates.yaml", "--gate", gate, "--base", "main", "--out", str(out)]
    command = [sys.executable, "-m", "gate_action", "run", "--repository", str(repository), *options]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    path = out / "report.json"
    assert path.is_file(), done.stdout + done.stderr
    return done.returncode, decode_report(path.read_bytes(), path=str(path))


@pytest.mark.parametrize("gate", ["command", "http", "python"])
def test_every_target_sees_the_same_break_and_the_same_fixes(tmp_path, gate):
    code, report = judge(make_repository(tmp_path, EXPECTATIONS["broken"]), tmp_path / "out", gate)
    assert code == ExitCode.FAIL
    assert report.decision.reasons[0].slice == BROKEN_SLICE
    assert {change.fixture_id for change in report.decision.changes if change.kind is ChangeKind.IMPROVED} == FIXED
    assert {arm: usage.errors for arm, usage in report.usage.items()} == {"base": 0, "head": 0}
