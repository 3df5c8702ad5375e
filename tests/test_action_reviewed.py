"""A fork's pull request after an approving review: the step of forks-reviewed.yml, in a clone of the default branch."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from standins.github.server import serve
from standins.github.state import WORKFLOW_TOKEN, Github
from tests.repositories import Repository
from tests.wiring.on_github import GATE, PULL, make_repository

pytestmark = pytest.mark.slow


@dataclass(kw_only=True)
class Fork:
    """Its commit is in the repository as GitHub keeps it, under refs/pull, and in no clone of the branches."""

    repository: Repository
    clone: Path
    github: Github
    url: str
    head: str

    def step(self, head: str = "") -> subprocess.CompletedProcess[str]:
        reviewed = head or self.head
        home = {"full_name": "octo/app", "default_branch": "main"}
        run = {"id": 9, "run_attempt": 1, "event": "pull_request_review", "head_sha": reviewed, "head_branch": "change"}
        run |= {"head_repository": {"full_name": "mallory/app"}, "actor": {"login": "alice"}, "pull_requests": []}
        event = self.clone.parent / "event.json"
        event.write_text(json.dumps({"action": "completed", "workflow_run": run, "repository": home}))
        environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "workflow_run",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_SHA": self.repository.git("rev-parse", "main"),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_API_URL": self.url,
            "GITHUB_RUN_ID": "500",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKSPACE": str(self.clone),
            "RUNNER_TEMP": str(self.clone.parent),
            "INPUT_GITHUB-TOKEN": WORKFLOW_TOKEN,
            "INPUT_HEAD": reviewed,
            "INPUT_OUT": "out",
        }
        argv = [sys.executable, "-I", "-m", "gate_action.action"]
        return subprocess.run(
            argv, cwd=self.clone, env=environ, capture_output=True, text=True, check=False, timeout=120
        )

    def push(self) -> str:
        self.head = self.repository.commit({"README.md": "more words"})
        self.repository.git("update-ref", f"refs/pull/{PULL}/head", self.head)
        self.github.push(PULL, self.head)
        return self.head

    @property
    def told(self) -> tuple[str, str, str]:
        """The verdict, the first reason's kind, and the check's conclusion."""
        decision = json.loads((self.clone / "out" / "report.json").read_bytes())["decision"]
        *_, check = self.github.check_runs.values()
        return decision["verdict"], decision["reasons"][0]["kind"], check["conclusion"]


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[Fork]:
    made = Repository.create(tmp_path / "octo")
    make_repository(made, gate=GATE)
    made.git("checkout", "--quiet", "--detach")
    head = made.commit({"README.md": "a stranger's words"})
    made.git("update-ref", f"refs/pull/{PULL}/head", head)
    clone = tmp_path / "workspace"
    made.git("clone", "--quiet", "--branch", "main", f"file://{made.folder}", str(clone))
    github = Github(collaborators={"alice": "write", "rita": "read"})
    github.open_pull(PULL, head, head_repository="mallory/app", head_ref="change", author="mallory")
    with serve(github) as url:
        yield Fork(repository=made, clone=clone, github=github, url=url, head=head)


def test_the_reviewed_commit_is_fetched_judged_and_told_on_its_pull_request(fork: Fork):
    fork.github.add_review(PULL, "alice", "APPROVED", fork.head)
    done = fork.step()
    assert done.returncode == 0, done.stdout + done.stderr
    assert fork.told == ("pass", "no_regression", "success")
    (check,) = fork.github.check_runs.values()
    (comment,) = fork.github.comments.values()
    assert (check["head_sha"], comment["number"]) == (fork.head, PULL)
    assert "a stranger's" in done.stdout.split("Reproduce")[0]


@pytest.mark.parametrize(("who", "state"), [("rita", "APPROVED"), ("mallory", "APPROVED"), ("alice", "COMMENTED")])
def test_who_may_not_write_who_wrote_it_and_who_only_commented_start_nothing(fork: Fork, who: str, state: str):
    fork.github.add_review(PULL, who, state, fork.head)
    done = fork.step()
    assert done.returncode == 0, done.stdout + done.stderr
    assert fork.told == ("not_evaluated", "not_approved", "neutral")


def test_a_push_after_the_review_inherits_nothing(fork: Fork):
    reviewed = fork.head
    fork.github.add_review(PULL, "alice", "APPROVED", reviewed)
    pushed = fork.push()
    done = fork.step(reviewed)  # the run of the review, late
    assert done.returncode == 3
    assert f"no open pull request has {reviewed[:10]}" in done.stdout
    assert not fork.github.check_runs
    done = fork.step(pushed)  # any review of the new commit starts a run of it
    assert done.returncode == 0, done.stdout + done.stderr
    assert fork.told == ("not_evaluated", "not_approved", "neutral")
    fork.github.add_review(PULL, "alice", "APPROVED", pushed)
    assert fork.step(pushed).returncode == 0
    assert fork.told == ("pass", "no_regression", "success")
