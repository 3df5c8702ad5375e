"""The stand-in's git objects, people, runs and artifacts, asked by PyGithub as the gate's clients ask GitHub."""

import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
import requests
from github import Auth, GithubException, InputGitTreeElement
from github import Github as PyGithub
from github.Repository import Repository

from standins.github.git_objects import GitObjects
from standins.github.server import serve
from standins.github.state import APP_TOKEN, FORK_TOKEN, Github
from standins.github.workflows import zip_files


@pytest.fixture
def github() -> Github:
    """One file on main, and a fork's pull request that alice approved and labelled."""
    state = Github(collaborators={"alice": "maintain"})
    state.open_pull(7, state.git.commit_file("main", "README.md", b"hello"), head_repository="mallory/app")
    state.add_review(7, "alice", "APPROVED", state.pulls[7].head_sha)
    state.add_label(7, "gate: run", "alice")
    return state


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


def _open(url: str, token: str = APP_TOKEN, name: str = "octo/app") -> Repository:
    opened = PyGithub(
        base_url=url, auth=Auth.Token(token), retry=None, seconds_between_requests=0, seconds_between_writes=0
    )
    return opened.get_repo(name)


@pytest.fixture
def repository(url: str) -> Repository:
    return _open(url)


def _refusal(call: object, *given: object, **named: object) -> int:
    with pytest.raises(GithubException) as caught:
        call(*given, **named)  # type: ignore[operator]  # PyGithub's own methods
    return caught.value.status


def test_objects_have_git_s_own_names():
    git = GitObjects()
    assert git.add_blob(b"hello") == "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"
    assert git.add_tree({}) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_a_commit_is_made_of_blobs_and_trees_and_its_branch_moves_forward_only(github: Github, repository: Repository):
    first = repository.get_branch("main").commit.sha
    blob = repository.create_git_blob("one", "utf-8")
    tree = repository.create_git_tree(
        [InputGitTreeElement("runs/1.json", "100644", "blob", sha=blob.sha)], repository.get_git_tree(first)
    )
    commit = repository.create_git_commit("a run", tree, [repository.get_git_commit(first)])
    ref = repository.create_git_ref("refs/heads/gate-baselines", commit.sha)
    assert repository.get_contents("runs/1.json", ref="gate-baselines").decoded_content == b"one"  # type: ignore[union-attr]
    assert [entry.path for entry in repository.get_git_tree(tree.sha, recursive=True).tree] == [
        "README.md",
        "runs",
        "runs/1.json",
    ]
    other = repository.create_git_commit("another run", tree, [repository.get_git_commit(first)])
    assert _refusal(ref.edit, other.sha) == 422
    assert _refusal(repository.create_git_ref, "refs/heads/gate-baselines", other.sha) == 422
    ref.edit(other.sha, force=True)
    assert github.git.refs["refs/heads/gate-baselines"] == other.sha
    assert [found.ref for found in repository.get_git_matching_refs("heads/")] == [
        "refs/heads/gate-baselines",
        "refs/heads/main",
    ]


def test_a_file_is_overwritten_by_those_only_who_have_seen_it(repository: Repository):
    made = repository.create_file("notes/a.txt", "add", "one")["content"]
    assert _refusal(repository.update_file, "notes/a.txt", "edit", "two", "0" * 40) == 409
    assert _refusal(repository.create_file, "notes/a.txt", "add", "two") == 422
    changed = repository.update_file("notes/a.txt", "edit", "two", made.sha)["content"]
    assert [each.path for each in repository.get_contents("")] == ["README.md", "notes"]  # type: ignore[union-attr]
    repository.delete_file("notes/a.txt", "remove", changed.sha)
    assert _refusal(repository.get_contents, "notes/a.txt") == 404


def test_reviews_and_labels_say_who_made_them_and_permissions_what_they_may(repository: Repository):
    pull, issue = repository.get_pull(7), repository.get_issue(7)
    assert [(each.user.login, each.state, each.commit_id) for each in pull.get_reviews()] == [
        ("alice", "APPROVED", pull.head.sha)
    ]
    assert [(each.event, each.actor.login, each.label.name) for each in issue.get_events()] == [
        ("labeled", "alice", "gate: run")
    ]
    assert [repository.get_collaborator_permission(login) for login in ("alice", "mallory")] == ["write", "read"]
    issue.add_to_labels("two words")
    issue.remove_from_labels("gate: run")
    assert [label.name for label in issue.get_labels()] == ["two words"]
    assert [each.event for each in issue.get_events()] == ["labeled", "labeled", "unlabeled"]


def test_pull_requests_are_found_by_commit_and_by_branch(github: Github, repository: Repository):
    head = github.pulls[7].head_sha
    assert [pull.number for pull in repository.get_commit(head).get_pulls()] == [7]
    assert [pull.number for pull in repository.get_pulls(head="mallory:change")] == [7]
    github.pulls[7].state = "closed"
    assert [pull.number for pull in repository.get_pulls()] == []


def test_the_head_of_a_deleted_fork_has_no_repository(github: Github, repository: Repository):
    github.open_pull(8, "d" * 40, head_repository="")
    assert repository.get_pull(8).raw_data["head"]["repo"] is None


def test_an_artifact_lies_behind_a_redirect_that_wants_no_token(github: Github, url: str):
    run = github.add_run("a" * 40, head_repository="mallory/app")
    number = github.add_artifact(run, "report", zip_files({"report.json": b"{}"}))
    repository = _open(url)
    assert [found.id for found in repository.get_workflow_runs(head_sha="a" * 40)] == [run]
    assert [found.name for found in repository.get_workflow_run(run).get_artifacts()] == ["report"]
    assert [found.id for found in repository.get_artifacts(name="other")] == []
    headers = {"authorization": f"Bearer {APP_TOKEN}"}
    where = f"{url}/repos/octo/app/actions/artifacts/{number}/zip"
    with zipfile.ZipFile(BytesIO(requests.get(where, headers=headers, timeout=10).content)) as archive:
        assert archive.read("report.json") == b"{}"
    signed = requests.get(where, headers=headers, timeout=10, allow_redirects=False).headers["location"]
    assert requests.get(signed, headers=headers, timeout=10).status_code == 403
    github.artifacts[number].is_expired = True
    assert requests.get(where, headers=headers, timeout=10).status_code == 410


def test_another_repository_of_the_server_is_reached_by_its_name(github: Github, url: str):
    github.others["octo/lib"] = Github(repository="octo/lib")
    assert _open(url, name="octo/lib").full_name == "octo/lib"
    assert _refusal(_open, url, APP_TOKEN, "octo/none") == 404


def test_a_token_that_can_only_read_writes_nothing(github: Github, url: str):
    reader = _open(url, FORK_TOKEN)
    writes = (
        lambda: reader.create_git_blob("x", "utf-8"),
        lambda: reader.create_file("x", "add", "x"),
        lambda: reader.get_issue(7).add_to_labels("x"),
        lambda: reader.get_issue(7).remove_from_labels("gate: run"),
    )
    assert [_refusal(write) for write in writes] == [403, 403, 403, 403]
    assert github.pulls[7].labels == ["gate: run"]


@pytest.mark.parametrize("limit", ["rate_limit", "points_limit", "write_limit"])
@pytest.mark.parametrize("status", [403, 429])
def test_each_limit_refuses_in_either_way(github: Github, url: str, limit: str, status: int):
    repository = _open(url)
    setattr(github, limit, 0)
    github.limit_status = status
    assert _refusal(repository.create_file, "x", "add", "x") == status


def test_a_listing_may_lag_behind_what_was_written(github: Github, repository: Repository):
    issue = repository.get_issue(7)
    issue.create_comment("hello")
    github.lag = 1
    assert [comment.body for comment in issue.get_comments()] == []
    assert [comment.body for comment in issue.get_comments()] == ["hello"]
