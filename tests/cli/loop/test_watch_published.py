"""The scheduled job, whole: register on a branch, store, the GitHub stand-in, a webhook, hour after hour."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from gate_action.cli.commands import run_command
from standins.github.server import serve
from standins.github.state import WATCH_TOKEN, Github
from standins.webhook import receive
from tests.loop.watching.production import CLUSTER, DEPLOYED, GATE, Production
from tests.repositories import Repository

WORKFLOW = Path(__file__).parents[3] / "examples" / "workflows" / "loop-watch.yml"
HEAD, MERGED = "a" * 40, "c" * 40


@pytest.fixture
def github() -> Github:
    state = Github()
    state.open_pull(7, HEAD)
    state.merge_pull(7, MERGED, f"Fixes-cluster: {CLUSTER}")
    state.add_deployment(MERGED)
    return state


@pytest.fixture
def clone(tmp_path: Path, github: Github, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    Repository(tmp_path).git("init", "--quiet", "--bare", "origin.git")
    clone = Repository.create(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    (clone.folder / "gate.yaml").write_text(GATE)
    payload = tmp_path / "event.json"
    payload.write_text("{}")
    with serve(github) as url:
        environ = {
            "GITHUB_TOKEN": WATCH_TOKEN,
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_API_URL": url,
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(payload),
            "GITHUB_SHA": MERGED,
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        for name in ("GITHUB_SERVER_URL", "GATE_WATCH_WEBHOOK", "GATE_WATCH_WEBHOOK_KEY"):
            monkeypatch.delenv(name, raising=False)
        yield clone.folder


def watch(clone: Path, *more: str) -> int:
    return run_command(["loop", "watch", "--repository", str(clone), *more])


@pytest.mark.slow
def test_a_fix_is_registered_held_and_taken_back_when_the_failure_returns(
    clone: Path, github: Github, monkeypatch: pytest.MonkeyPatch
):
    Production(after=((168, 0.02), (96, 0.15))).write(clone / "memory" / "store.duckdb")
    assert watch(clone, "register", "--deployed-at", DEPLOYED.isoformat()) == 0
    with receive() as receiver:
        monkeypatch.setenv("GATE_WATCH_WEBHOOK", receiver.url)
        for at in ("2026-11-10T12:00Z", "2026-11-17T09:00Z", "2026-11-17T10:00Z", "2026-11-21T09:00Z"):
            assert watch(clone, "--publish", "--at", at) == 0
    told = [json.loads(body) for _, body in receiver.taken]
    assert told[0]["verdict"] == "held"
    assert told[0]["fixed"]
    assert told[-1]["has_returned"]
    assert len(told) == 2
    (comment,) = github.comments.values()
    assert "Not held" in comment["body"] or "Regressed" in comment["body"]
    (issue,) = github.issues.values()
    assert issue.state == "open"
    assert "the fix held" in issue.body
    (deployment,) = github.deployments.values()
    assert [status["state"] for status in deployment.statuses] == ["success", "failure"]
    names = Repository(clone.parent / "origin.git").git("ls-tree", "-r", "--name-only", "gate-watch").split()
    assert [Path(name).name.partition("-")[0] for name in names] == ["entry.json", "event", "event", "pin.json"]


@pytest.mark.slow
def test_what_cannot_be_told_is_a_warning_and_the_verdict_is_kept(
    clone: Path, github: Github, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    Production().write(clone / "memory" / "store.duckdb")
    assert watch(clone, "register", "--deployed-at", DEPLOYED.isoformat()) == 0
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_expired")
    assert watch(clone, "--publish", "--at", "2026-11-17T09:00Z") == 0
    assert "warning: the watch of" in capsys.readouterr().err
    names = Repository(clone.parent / "origin.git").git("ls-tree", "-r", "--name-only", "gate-watch")
    assert "-held.json" in names


def test_the_workflow_to_copy_runs_commands_that_there_are(capsys: pytest.CaptureFixture[str]):
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    lines = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert len(lines) == 2
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "gate-action"
        assert run_command([*arguments, "--help"]) == 0
    assert "Watch the clusters" in capsys.readouterr().out
