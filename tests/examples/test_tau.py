import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from convert import find_solid, load_runs, main, name_task

from gate_action.codec.documents import decode_report
from gate_action.errors import ExitCode
from gate_action.model.comparison import ChangeKind
from gate_action.model.decision import Verdict
from gate_action.model.report import Report

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "tau_airline_gpt4o.jsonl"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_file(), reason="shared/data/tau_airline_gpt4o.jsonl is not here"),
]


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


def judge(folder: Path, *flags: str) -> tuple[int, Report]:
    """Does what the example's README says, and reads the report."""
    assert main([str(DATA), str(folder), *flags]) == 0
    git(folder, "init", "--quiet")
    git(folder, "add", "gate.yaml", "fixtures")
    git(folder, "commit", "--quiet", "--message", "Fixtures and gate")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "Second recording")
    command = [sys.executable, "-m", "gate_action", "run", "--base", "HEAD~1", "--head", "HEAD", "--out", "out"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_"))}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    path = folder / "out" / "report.json"
    assert path.is_file(), done.stdout + done.stderr
    return done.returncode, decode_report(path.read_bytes(), path=str(path))


def test_two_recordings_of_one_agent_are_not_blocked_and_the_report_says_what_could_hide(tmp_path):
    code, report = judge(tmp_path)
    (outcome,) = [metric for metric in report.decision.metrics if metric.metric == "outcome"]
    assert report.decision.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert code == ExitCode.PASS
    assert outcome.difference is not None
    assert (outcome.difference.fixtures, outcome.difference.base_trials) == (50, 100)
    assert outcome.could_hide is not None
    assert 0.05 < outcome.could_hide < 0.25
    assert f"{outcome.could_hide * 100:.1f}" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


def test_ten_solid_tasks_that_now_fail_block_and_head_the_list(tmp_path):
    solid = {name_task(task) for task in find_solid(load_runs(DATA))}
    code, report = judge(tmp_path, "--flip")
    first = report.decision.changes[:10]
    assert len(solid) == 10
    assert (report.decision.verdict, code) == (Verdict.FAIL, ExitCode.FAIL)
    assert {change.fixture_id for change in first} == solid
    assert {change.kind for change in first} == {ChangeKind.REGRESSED}


def test_the_recordings_hold_the_rewards_of_the_data(tmp_path):
    assert main([str(DATA), str(tmp_path)]) == 0
    rows = [
        json.loads(line)
        for arm in ("base", "head")
        for line in (tmp_path / "recordings" / f"{arm}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) == 200
    assert sum(row["output"]["reward"] for row in rows) == sum(entry["reward"] for entry in load_runs(DATA))
