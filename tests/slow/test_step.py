"""The whole step without a container: a real clone, event, gate and children; GitHub is the stand-in."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from standins.github.server import serve
from standins.github.state import FORK_TOKEN, WORKFLOW_TOKEN, Github
from tests.sinks.test_outputs import read_outputs
from tests.slow.consumer import PULL_REQUEST, REPOSITORY, PullRequest, git, open_pull_request

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One pull request, checked out, and GitHub."""

    pull_request: PullRequest
    github: Github
    url: str
    scratch: Path

    def run(self, head_repository: str = REPOSITORY, **environ: str) -> subprocess.CompletedProcess[str]:
        event = self.pull_request.event()
        pull = event["pull_request"]
        assert isinstance(pull, dict)
        pull["head"] = {**pull["head"], "repo": {"full_name": head_repository}}
        (self.scratch / "event.json").write_text(json.dumps(event))
        told = {
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(self.scratch / "event.json"),
            "GITHUB_SHA": self.pull_request.merge,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_API_URL": self.url,
            "GITHUB_WORKSPACE": str(self.pull_request.folder),
            "GITHUB_RUN_ID": "55",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_OUTPUT": str(self.scratch / "outputs"),
            "GITHUB_STEP_SUMMARY": str(self.scratch / "summary.md"),
            "RUNNER_TEMP": str(self.scratch / "temp"),
            "INPUT_GITHUB-TOKEN": WORKFLOW_TOKEN,
            **environ,
        }
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-I", "-m", "gate_action.action"],
            cwd=self.pull_request.folder,
            env={**kept, **told},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    @property
    def outputs(self) -> dict[str, str]:
        return read_outputs((self.scratch / "outputs").read_text(encoding="utf-8"))

    @property
    def summary(self) -> str:
        return (self.scratch / "summary.md").read_text(encoding="utf-8")


@pytest.fixture
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q")
    pull_request = open_pull_request(folder, is_broken=request.param)
    github = Github(repository=REPOSITORY)
    github.open_pull(PULL_REQUEST, pull_request.head)
    with serve(github) as url:
        yield Stage(pull_request=pull_request, github=github, url=url, scratch=tmp_path)


broken = pytest.mark.parametrize("stage", [True], ids=["broken"], indirect=True)
sound = pytest.mark.parametrize("stage", [False], ids=["sound"], indirect=True)


@broken
def test_exit_code_check_comment_summary_and_outputs_agree_that_it_is_blocked(stage: Stage):
    done = stage.run()
    assert done.returncode == 1, done.stdout + done.stderr
    [check] = stage.github.check_runs.values()
    [comment] = stage.github.comments.values()
    assert (check["conclusion"], check["head_sha"]) == ("failure", stage.pull_request.head)
    assert (stage.outputs["verdict"], stage.outputs["exit-code"], stage.outputs["regressed"]) == ("fail", "1", "16")
    assert stage.outputs["base-sha"] == stage.pull_request.base
    assert "BLOCKED" in comment["body"]
    assert "BLOCKED" in stage.summary
    assert (stage.pull_request.folder / stage.outputs["report-html"]).is_file()
    notes = next(iter(stage.github.annotations.values()))
    assert {note["path"] for note in notes} == {"consumer/fixtures/prices.jsonl"}
    assert len(notes) == 16
    assert len(stage.github.journal) <= 10


@sound
def test_exit_code_check_comment_and_outputs_agree_that_it_passes(stage: Stage):
    done = stage.run()
    assert done.returncode == 0, done.stdout + done.stderr
    [check] = stage.github.check_runs.values()
    [comment] = stage.github.comments.values()
    assert (check["conclusion"], stage.outputs["verdict"]) == ("success", "pass")
    assert "PASS" in comment["body"]


@broken
def test_the_line_that_reproduces_it_does_so(stage: Stage):
    done = stage.run()
    [line] = [line for line in done.stdout.splitlines() if line.startswith("Reproduce: ")]
    again = line.partition("&& gate-action ")[2].split()
    folder = stage.pull_request.folder
    repeated = subprocess.run(
        [sys.executable, "-m", "gate_action", *again], cwd=folder, capture_output=True, text=True, check=False
    )
    assert repeated.returncode == done.returncode == 1
    assert stage.pull_request.merge in repeated.stdout


@broken
def test_a_dry_run_asks_github_for_nothing_and_ends_the_same(stage: Stage):
    done = stage.run(**{"INPUT_DRY-RUN": "true"})
    assert done.returncode == 1
    assert stage.github.journal == []
    payloads = stage.pull_request.folder / ".gate" / "shop" / "payloads"
    assert sorted(path.name for path in payloads.iterdir()) == [
        "0001-create-check-run.json",
        "0002-create-comment.json",
        "job-summary.md",
    ]


@broken
def test_a_fork_s_pull_request_is_judged_and_nothing_is_asked_of_its_token(stage: Stage):
    done = stage.run(head_repository="mallory/shop", **{"INPUT_GITHUB-TOKEN": FORK_TOKEN})
    assert done.returncode == 1, done.stdout + done.stderr
    assert stage.github.journal == []
    assert "BLOCKED" in stage.summary


@sound
def test_a_github_that_refuses_everything_does_not_change_the_verdict(stage: Stage):
    stage.github.tokens.clear()
    done = stage.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Bad credentials" in done.stderr
    assert WORKFLOW_TOKEN not in done.stdout + done.stderr
    assert stage.outputs["verdict"] == "pass"
