"""Both actions, read from their action.yml and run in a workflow by act, against a stateful GitHub on loopback."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from standins.github.server import serve
from standins.github.state import WORKFLOW_TOKEN, Github
from tests.slow.consumer import PULL_REQUEST, REPOSITORY, PullRequest, git, open_pull_request

pytestmark = [pytest.mark.slow, pytest.mark.needs_podman, pytest.mark.timeout(600)]

_TOP = Path(__file__).parents[2]
_ACTIONS = ["./", "./native"]
_WORKFLOW = """\
on: pull_request
permissions: {checks: write, contents: read, pull-requests: write}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with: {fetch-depth: 0}
      - uses: %(action)s
        id: gate
      - if: always()
        env:
          VERDICT: ${{ steps.gate.outputs.verdict }}
          REGRESSED: ${{ steps.gate.outputs.regressed }}
        run: echo "told the next step $VERDICT, $REGRESSED regressed"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    pull_request: PullRequest
    github: Github
    url: str
    scratch: Path

    def run(self, action: str) -> subprocess.CompletedProcess[str]:
        workflow, event = self.scratch / "gate.yml", self.scratch / "event.json"
        workflow.write_text(_WORKFLOW % {"action": action})
        event.write_text(json.dumps(self.pull_request.event()))
        command = [
            needed("GATE_TEST_ACT"),
            "pull_request",
            f"--workflows={workflow}",
            f"--eventpath={event}",
            f"--platform=ubuntu-latest={needed('GATE_TEST_JOB_IMAGE')}",
            f"--secret=GITHUB_TOKEN={WORKFLOW_TOKEN}",
            f"--env=GITHUB_API_URL={self.url}",
            "--network=host",
            "--pull=false",
            "--action-offline-mode",
        ]
        # act keeps its caches and its settings in the home folder.
        environment = {**os.environ, "HOME": str(self.scratch / "home")}
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            environment.pop(name, None)
        return subprocess.run(
            command,
            cwd=self.pull_request.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    @property
    def check(self) -> dict[str, object]:
        [check] = self.github.check_runs.values()
        return check

    @property
    def comment(self) -> str:
        [comment] = self.github.comments.values()
        assert comment["number"] == PULL_REQUEST
        return str(comment["body"])


def needed(name: str) -> str:
    value = os.environ.get(name)
    assert value, f"{name} is not set: this test is run by .ci/run 60-containers, which prepares it"
    return value


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """This repository's commit, with both actions, as the consumer's own: `uses: ./` reads them from there."""
    folder = tmp_path / "shop"
    git(tmp_path, "clone", "-q", str(_TOP), str(folder))
    git(folder, "remote", "set-url", "origin", f"https://github.com/{REPOSITORY}.git")
    return folder


@pytest.fixture
def stage(clone: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    pull_request = open_pull_request(clone, is_broken=request.param)
    github = Github(repository=REPOSITORY)
    github.open_pull(PULL_REQUEST, pull_request.head)
    (tmp_path / "home").mkdir()
    with serve(github) as url:
        yield Stage(pull_request=pull_request, github=github, url=url, scratch=tmp_path)


@pytest.mark.parametrize("action", _ACTIONS)
@pytest.mark.parametrize("stage", [True], ids=["broken"], indirect=True)
def test_a_pull_request_that_breaks_something_is_blocked_and_told_why(stage: Stage, action: str) -> None:
    done = stage.run(action)
    log = done.stdout + done.stderr
    assert done.returncode == 1, log
    # act's words for the gate's own exit code: in a container, and in the job's.
    assert re.search(r"exit with `FAILURE`: 1\b|exitcode '1': failure", log), log
    assert "told the next step fail, " in log
    assert stage.check["head_sha"] == stage.pull_request.head
    assert stage.check["conclusion"] == "failure"
    assert "refund" in stage.comment


@pytest.mark.parametrize("action", _ACTIONS)
@pytest.mark.parametrize("stage", [False], ids=["sound"], indirect=True)
def test_a_pull_request_that_breaks_nothing_passes(stage: Stage, action: str) -> None:
    done = stage.run(action)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "told the next step pass, 0 regressed" in done.stdout
    assert stage.check["conclusion"] == "success"
    assert stage.comment
