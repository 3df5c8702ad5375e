"""A stranger's commit runs beside secrets once somebody with write access approved exactly it, and never before."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action.codec.documents import Shard
from gate_action.wiring.options import RunOptions
from gate_action.wiring.sharding import measure_shard
from standins.github.server import serve
from standins.github.state import Github
from tests.repositories import Repository
from tests.wiring.on_github import GATE, PULL, OnGithub, make_repository

pytestmark = pytest.mark.slow


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(Repository.create(tmp_path / "repository"))


@pytest.fixture
def github(repository: Repository) -> Github:
    state = Github(collaborators={"alice": "write"})
    state.open_pull(PULL, repository.git("rev-parse", "HEAD"), head_repository="mallory/app", author="mallory")
    return state


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


def _job(repository: Repository, url: str, trials: list[int]) -> OnGithub:
    return OnGithub(
        repository=repository,
        url=url,
        event="pull_request_target",
        head_repository="mallory/app",
        act=lambda: trials.append(1),
        moments_s=(),
        options=RunOptions(if_approved=True),
    )


def _reason(repository: Repository) -> dict[str, str]:
    report = json.loads((repository.folder.parent / "out" / "report.json").read_text(encoding="utf-8"))
    reason: dict[str, str] = report["decision"]["reasons"][0]
    return reason


def test_what_nobody_approved_does_not_run_and_says_how_to_approve_it(repository: Repository, github: Github, url: str):
    trials: list[int] = []
    assert _job(repository, url, trials).run() == 0
    assert trials == []
    assert _reason(repository)["kind"] == "not_approved"
    assert "An approving review of" in _reason(repository)["sentence"]
    [check] = github.check_runs.values()
    assert check["conclusion"] == "neutral"


def test_policy_may_let_it_block(tmp_path: Path, url: str, github: Github):
    strict = make_repository(
        Repository.create(tmp_path / "strict"), gate=GATE.replace("{trials: 1}", "{trials: 1, forks: block}")
    )
    github.open_pull(PULL, strict.git("rev-parse", "HEAD"), head_repository="mallory/app", author="mallory")
    assert _job(strict, url, []).run() == 3


def test_an_approving_review_of_exactly_this_commit_lets_it_run(repository: Repository, github: Github, url: str):
    github.add_review(PULL, "alice", "APPROVED", github.pulls[PULL].head_sha)
    trials: list[int] = []
    assert _job(repository, url, trials).run() == 0
    assert len(trials) == 160
    assert _reason(repository)["kind"] == "no_regression"


@pytest.mark.parametrize(
    "review",
    [
        ("alice", "APPROVED", "d" * 40),
        ("alice", "CHANGES_REQUESTED", ""),
        ("alice", "COMMENTED", ""),
        ("mallory", "APPROVED", ""),
        ("reader", "APPROVED", ""),
    ],
)
def test_no_other_review_does(repository: Repository, github: Github, url: str, review: tuple[str, str, str]):
    login, state, commit = review
    github.add_review(PULL, login, state, commit or github.pulls[PULL].head_sha)
    trials: list[int] = []
    assert _job(repository, url, trials).run() == 0
    assert trials == []


def test_a_commit_that_was_pushed_after_the_run_began_does_not_profit(repository: Repository, github: Github, url: str):
    github.add_review(PULL, "alice", "APPROVED", github.pulls[PULL].head_sha)
    github.pulls[PULL].head_sha = "d" * 40
    trials: list[int] = []
    _job(repository, url, trials).run()
    assert trials == []
    assert "moved on" in _reason(repository)["sentence"]


def test_a_stranger_who_brings_the_first_gate_does_not_name_who_approves(tmp_path: Path, url: str, github: Github):
    fresh = Repository.create(tmp_path / "fresh")
    fresh.commit({"README.md": "words"})
    head = make_repository(fresh, gate=f"{GATE}approvals: {{bots: [mallory]}}\n")
    fresh.git("reset", "--quiet", "--soft", "HEAD~2")
    github.open_pull(PULL, head.commit({}), head_repository="mallory/app", author="mallory")
    github.add_review(PULL, "alice", "APPROVED", github.pulls[PULL].head_sha)
    trials: list[int] = []
    assert _job(fresh, url, trials).run() == 0
    assert "base has no gate.yaml" in _reason(fresh)["sentence"]
    assert trials == []


def test_a_shard_of_it_does_not_run_either(repository: Repository, github: Github, url: str):
    trials: list[int] = []
    job = _job(repository, url, trials)
    environ = {"GITHUB_TOKEN": job.token, "GITHUB_API_URL": url, "GITHUB_REPOSITORY": "octo/app"}
    options = RunOptions(repository=repository.folder, if_approved=True, run_folder=repository.folder.parent / "shard")
    measure_shard(options, Shard(index=1, count=2), environ, job._open_watcher)
    assert trials == []
