"""The pull request behind another run: what GitHub says of its head, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gate_action.codec.github_event import Event, UpstreamRun
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.wiring.github.pull_behind import NoPullRequestError, name_pull_behind
from standins.github.server import serve
from standins.github.state import WORKFLOW_TOKEN, Github
from tests.repositories import Repository

PULL = 7


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    made.commit({"README.md": "base"})
    made.commit({"README.md": "head"})
    return made


@pytest.fixture
def github(repository: Repository) -> Github:
    state = Github()
    head = repository.git("rev-parse", "HEAD")
    state.open_pull(PULL, head, head_repository="mallory/app", head_ref="change", author="mallory")
    return state


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


def named(repository: Repository, url: str, head: str = "HEAD", token: str = WORKFLOW_TOKEN, **more: Any) -> str:
    told: dict[str, Any] = {"head_sha": repository.git("rev-parse", "HEAD"), "head_repository": "mallory/app"}
    told |= {"head_branch": "change", "event": "pull_request_review", "run_id": 9, **more}
    event = Event(name="workflow_run", repository="octo/app", upstream=UpstreamRun(**told))
    environ = {"GITHUB_TOKEN": token, "GITHUB_API_URL": url, "GITHUB_REPOSITORY": "octo/app"}
    return dict(name_pull_behind(environ, event, repository.folder, head)).get("GATE_PULL_REQUEST", "")


def test_it_is_named_by_number_and_base_branch(repository: Repository, url: str):
    assert named(repository, url) == "7 main"


@pytest.mark.parametrize("more", [{"head_repository": "octo/app"}, {"event": "push"}, {"event": "pull_request_target"}])
def test_a_run_of_our_own_or_of_no_pull_requests_workflow_has_none(repository: Repository, url: str, more: Any):
    assert named(repository, url, **more) == ""


def test_a_job_that_judges_another_commit_is_not_about_it(repository: Repository, github: Github, url: str):
    assert named(repository, url, head="HEAD~1") == ""
    assert not github.journal


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"head_branch": "other"}, "no open pull request has"),
        ({"head_repository": "eve/app"}, "no open pull request has"),
        ({"head_repository": ""}, "is gone"),
    ],
)
def test_a_run_without_an_open_pull_request_of_its_very_head_judges_nothing(
    repository: Repository, url: str, more: Any, words: str
):
    with pytest.raises(NoPullRequestError, match=words):
        named(repository, url, **more)


def test_a_pull_request_that_has_moved_on_is_not_judged_at_the_commit_that_was_reviewed(
    repository: Repository, github: Github, url: str
):
    github.push(PULL, "d" * 40)
    with pytest.raises(NoPullRequestError, match="no open pull request has"):
        named(repository, url)


def test_without_a_token_or_an_answer_nothing_is_judged(repository: Repository, url: str):
    with pytest.raises(ConfigError, match="no token"):
        named(repository, url, token="")
    with pytest.raises(NotEvaluatedError, match="could not be asked"):
        named(repository, url, token="ghs_expired")
