import subprocess
import sys
from collections.abc import Iterator

import pytest

from gate_action.clients.github.api import Patience, PyGithubClient, open_github
from gate_action.clients.github.client import (
    CheckAnnotation,
    CheckRun,
    CommitStatus,
    ForbiddenError,
    GithubError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    UnauthorizedError,
    UnreachableError,
)
from standins.github.server import serve
from standins.github.state import BOT, FORK_TOKEN, WORKFLOW_TOKEN, Fault, Github

_SHA = "a" * 40
_NOTE = CheckAnnotation(path="a.jsonl", line=3, level="failure", title="t", message="m")
_CHECK = CheckRun(
    name="gate",
    head_sha=_SHA,
    conclusion="failure",
    details_url="https://github.com/octo/app/actions/runs/1",
    external_id="run-1",
    title="t",
    summary="s",
    annotations=(_NOTE,),
)
_STATUS = CommitStatus(sha=_SHA, state="failure", context="gate", description="d", target_url="")


@pytest.fixture
def github() -> Github:
    state = Github()
    state.open_pull(7, _SHA)
    return state


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(url: str, pauses: list[float]) -> PyGithubClient:
    patience = Patience(sleep=pauses.append, now=lambda: 1_000.0, jitter=lambda: 0.0)
    return PyGithubClient(repository="octo/app", token=WORKFLOW_TOKEN, api_url=url, patience=patience)


def test_each_question_is_one_call(github: Github, client: PyGithubClient):
    github.add_comment(7, "reader", "hello")
    assert client.fetch_login() == BOT
    assert client.fetch_pull_head(7) == _SHA
    assert [(comment.author, comment.body) for comment in client.fetch_comments(7)] == [("reader", "hello")]
    assert github.calls() == [
        "POST /graphql -> 200",
        "GET /repos/octo/app/pulls/7 -> 200",
        "GET /repos/octo/app/issues/7/comments -> 200",
    ]


def test_each_write_is_one_call(github: Github, client: PyGithubClient):
    comment = client.create_comment(7, "one")
    client.update_comment(comment, "two")
    client.delete_comment(comment)
    check = client.create_check_run(_CHECK).id
    client.append_annotations(check, _CHECK)
    client.create_status(_STATUS)
    assert [exchange.method for exchange in github.journal] == ["POST", "PATCH", "DELETE", "POST", "PATCH", "POST"]
    assert github.comments == {}
    assert len(github.annotations[check]) == 2
    assert github.statuses[0]["state"] == "failure"


def test_all_pages_of_comments_are_read(github: Github, client: PyGithubClient):
    for number in range(201):
        github.add_comment(7, "reader", str(number))
    assert [comment.body for comment in client.fetch_comments(7)] == [str(number) for number in range(201)]
    assert len(github.journal) == 3


def test_the_comment_of_a_deleted_account_has_no_author(github: Github, client: PyGithubClient):
    github.add_comment(7, "", "hello")
    assert [comment.author for comment in client.fetch_comments(7)] == [""]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_s_trouble_is_tried_again(github: Github, client: PyGithubClient, pauses: list[float], status: int):
    github.faults.append(Fault(method="GET", path="/pulls/", status=status, times=2))
    assert client.fetch_pull_head(7) == _SHA
    assert pauses == [1.0, 2.0]


def test_a_server_that_stays_in_trouble_is_given_up(github: Github, client: PyGithubClient, pauses: list[float]):
    github.faults.append(Fault(method="GET", path="/pulls/", status=503, times=99))
    with pytest.raises(ServerError):
        client.fetch_pull_head(7)
    assert len(github.journal) == 4
    assert pauses == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_is_waited_out_as_told(
    github: Github, client: PyGithubClient, pauses: list[float], status: int
):
    message = "You have exceeded a secondary rate limit."
    headers = {"retry-after": "7"}
    github.faults.append(Fault(method="POST", path="/comments", status=status, message=message, headers=headers))
    client.create_comment(7, "hello")
    assert pauses == [7.0]
    assert len(github.comments) == 1


def test_a_limit_without_a_time_is_waited_out_for_a_minute(github: Github, client: PyGithubClient, pauses: list[float]):
    github.faults.append(Fault(method="GET", path="/pulls/", status=429))
    assert client.fetch_pull_head(7) == _SHA
    assert pauses == [60.0]


def test_a_limit_that_lasts_an_hour_is_not_waited_out(github: Github, client: PyGithubClient, pauses: list[float]):
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4600"}
    github.faults.append(
        Fault(method="GET", path="/pulls/", status=403, message="API rate limit exceeded", headers=headers)
    )
    with pytest.raises(RateLimitedError):
        client.fetch_pull_head(7)
    assert pauses == []


def test_a_comment_that_may_have_been_made_is_not_made_again(github: Github, client: PyGithubClient):
    github.faults.append(Fault(method="POST", path="/comments", status=502, is_done_first=True))
    with pytest.raises(ServerError):
        client.create_comment(7, "x")
    assert len(github.comments) == 1


def test_annotations_that_may_have_been_appended_are_not_appended_again(github: Github, client: PyGithubClient):
    check = client.create_check_run(_CHECK).id
    github.faults.append(Fault(method="PATCH", path="/check-runs/", status=502, is_done_first=True))
    with pytest.raises(ServerError):
        client.append_annotations(check, _CHECK)
    assert len(github.annotations[check]) == 2


def test_all_requests_together_wait_for_three_minutes_at_most(
    github: Github, client: PyGithubClient, pauses: list[float]
):
    github.faults.append(Fault(method="GET", path="/pulls/", status=429, headers={"retry-after": "50"}, times=99))
    for _ in range(5):
        with pytest.raises(RateLimitedError):
            client.fetch_pull_head(7)
    assert pauses == [50.0, 50.0, 50.0]


def test_a_refusal_is_not_repeated(github: Github, client: PyGithubClient, pauses: list[float]):
    with pytest.raises(NotFoundError):
        client.fetch_pull_head(8)
    github.commits.clear()
    with pytest.raises(InvalidError):
        client.create_check_run(_CHECK)
    assert (len(github.journal), pauses) == (2, [])


def test_a_read_only_token_is_forbidden_to_write(url: str):
    client = PyGithubClient(repository="octo/app", token=FORK_TOKEN, api_url=url)
    assert client.fetch_comments(7) == ()
    writes = (
        lambda: client.create_comment(7, "x"),
        lambda: client.create_check_run(_CHECK),
        lambda: client.create_status(_STATUS),
    )
    for write in writes:
        with pytest.raises(ForbiddenError):
            write()


def test_a_wrong_token_is_told_and_never_shown(url: str):
    client = PyGithubClient(repository="octo/app", token="ghs_secret", api_url=url)
    with pytest.raises(UnauthorizedError) as caught:
        client.fetch_pull_head(7)
    assert "ghs_secret" not in f"{client!r} {caught.value} {caught.value.__cause__!r}"


def test_no_answer_at_all_is_an_error_that_says_where_it_looked():
    patience = Patience(sleep=lambda _: None)
    client = PyGithubClient(repository="octo/app", token="x", api_url="http://127.0.0.1:9", patience=patience)
    with pytest.raises(UnreachableError, match="GITHUB_API_URL is http://127"):
        client.fetch_pull_head(7)


def test_a_status_that_github_does_not_document_is_an_error_too(github: Github, client: PyGithubClient):
    github.faults.append(Fault(method="GET", path="/pulls/", status=418, message="a proxy's own"))
    with pytest.raises(GithubError, match="418"):
        client.fetch_pull_head(7)


@pytest.mark.parametrize(
    ("environ", "api_url", "ca_bundle"),
    [
        ({}, "https://api.github.com", ""),
        ({"GITHUB_API_URL": "https://github.corp/api/v3"}, "https://github.corp/api/v3", ""),
        ({"REQUESTS_CA_BUNDLE": "/ca.pem", "SSL_CERT_FILE": "/other.pem"}, "https://api.github.com", "/ca.pem"),
        ({"SSL_CERT_FILE": "/other.pem"}, "https://api.github.com", "/other.pem"),
    ],
)
def test_the_server_is_the_environment_s(environ: dict[str, str], api_url: str, ca_bundle: str):
    opened = open_github({"GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "octo/app", **environ})
    assert opened is not None
    assert (opened.api_url, opened.ca_bundle) == (api_url, ca_bundle)


@pytest.mark.parametrize("environ", [{}, {"GITHUB_TOKEN": "t"}, {"GITHUB_REPOSITORY": "octo/app", "GITHUB_TOKEN": ""}])
def test_without_token_or_repository_there_is_no_client(environ: dict[str, str]):
    assert open_github(environ) is None


def test_pygithub_is_not_imported_before_the_first_request():
    code = (
        "import sys\n"
        "from gate_action.clients.github.api import open_github\n"
        "import gate_action.sinks.opening\n"
        "open_github({'GITHUB_TOKEN': 't', 'GITHUB_REPOSITORY': 'o/r'})\n"
        "print(sorted({'github', 'requests', 'scipy', 'litellm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_comment_that_is_gone_is_a_finding_of_ours_and_no_library_error(client: PyGithubClient):
    with pytest.raises(NotFoundError):
        client.fetch_comment(404)
