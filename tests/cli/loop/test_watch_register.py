"""A push, its merged pull request on the GitHub stand-in and the gate's report -> entries on the branch."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gate_action.cli.commands import run_command
from standins.github.server import serve
from standins.github.state import FORK_TOKEN, WATCH_TOKEN, Github
from tests.loop.watching.production import GATE
from tests.repositories import Repository

HEAD, MERGED = "a" * 40, "c" * 40
CHANGE: dict[str, Any] = {
    "fixture_id": "refund-3",
    "kind": "improved",
    "base": [0, 3, 0],
    "head": [3, 3, 0],
    "base_mean": 0.0,
    "head_mean": 1.0,
    "metric": "answer",
}


@pytest.fixture
def github() -> Github:
    state = Github()
    state.open_pull(7, HEAD)
    return state


@pytest.fixture
def place(tmp_path: Path, github: Github, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A clone whose origin is a bare repository, in the job of a push."""
    clone = tmp_path / "clone"
    clone.mkdir()
    Repository(tmp_path).git("init", "--quiet", "--bare", "origin.git")
    Repository(clone).git("init", "--quiet")
    Repository(clone).git("remote", "add", "origin", str(tmp_path / "origin.git"))
    (clone / "gate.yaml").write_text(GATE)
    (clone / "fixtures").mkdir()
    row = {"id": "refund-3", "input": "x", "expected": "y", "provenance": {"source": "production", "cluster": "c-2"}}
    (clone / "fixtures" / "all.jsonl").write_text(json.dumps(row) + "\n")
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps({"before": "b" * 40}))
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
        monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
        yield clone


def register(place: Path, *more: str) -> int:
    return run_command(["loop", "watch", "--repository", str(place), "register", *more])


def entries(place: Path) -> list[dict[str, Any]]:
    origin = place.parent / "origin.git"
    names = Repository(origin).git("ls-tree", "-r", "--name-only", "gate-watch").split()
    return [json.loads(Repository(origin).git("show", f"gate-watch:{name}")) for name in names]


def test_a_merged_pull_request_that_says_what_it_fixes_is_watched(place: Path, github: Github):
    github.merge_pull(7, MERGED, "Better refunds.\n\nFixes-cluster: c-1\n")
    assert register(place) == 0
    (entry,) = entries(place)
    assert (entry["cluster_id"], entry["commit"], entry["pull_request"]) == ("c-1", MERGED, 7)
    assert (entry["reason"], entry["target_share"], entry["days"]) == ("said", 0.5, 28)


def test_a_promoted_fixture_that_turned_in_the_gates_report_is_watched(place: Path, github: Github):
    github.merge_pull(7, MERGED)
    report = place / "report.json"
    report.write_text(json.dumps({"gate_id": "gate", "decision": {"changes": [CHANGE]}}))
    assert register(place, "--report", str(report)) == 0
    (entry,) = entries(place)
    assert (entry["cluster_id"], entry["reason"], entry["fixtures"]) == ("c-2", "fixture", ["refund-3"])


@pytest.mark.slow
def test_a_push_that_is_told_twice_is_one_entry(place: Path, github: Github):
    github.merge_pull(7, MERGED, "Fixes-cluster: c-1")
    assert register(place) == 0
    assert register(place) == 0
    assert len(entries(place)) == 1


def test_a_push_without_a_fix_writes_nothing(place: Path, github: Github, capsys: pytest.CaptureFixture[str]):
    github.merge_pull(7, MERGED, "Only docs.")
    assert register(place) == 0
    assert "fixes no cluster" in capsys.readouterr().out
    assert Repository(place.parent / "origin.git").git("branch", "--list") == ""


def test_an_open_pull_request_of_the_same_commit_does_not_count(place: Path, github: Github):
    github.push(7, MERGED)
    github.pulls[7].body = "Fixes-cluster: c-1"
    assert register(place) == 0
    assert Repository(place.parent / "origin.git").git("branch", "--list") == ""


@pytest.mark.parametrize("more", [(), ("--pull", "7")], ids=["a push", "by hand"])
def test_where_github_refuses_nothing_is_registered_and_the_exit_code_says_so(
    place: Path,
    github: Github,
    more: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("GITHUB_TOKEN", FORK_TOKEN)
    github.tokens = {}
    assert register(place, *more) == 3
    assert "the token is wrong or has expired" in capsys.readouterr().err


def test_a_commit_is_resolved_and_one_that_is_not_there_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("GITHUB_TOKEN")  # as on a laptop
    Repository(place).git("commit", "--quiet", "--allow-empty", "-m", "fix")
    sha = Repository(place).git("rev-parse", "HEAD")
    folder = place.parent / "register"
    asked = ("--cluster", "c-1", "--register", str(folder))
    assert register(place, *asked, "--commit", "HEAD") == 0
    (told,) = folder.glob("watch/*/entry.json")
    assert json.loads(told.read_bytes())["commit"] == sha
    capsys.readouterr()
    assert register(place, *asked, "--commit", "nope") == 2
    assert "the commit 'nope' is not in this clone" in capsys.readouterr().err
    assert len(list(folder.glob("watch/*"))) == 1
