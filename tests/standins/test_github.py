"""The stand-in enforces what GitHub enforces: a client that breaks a rule must fail here too."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from standins.github.server import serve
from standins.github.state import FORK_TOKEN, PERSONAL_TOKEN, WORKFLOW_TOKEN, Github

_TOP = Path(__file__).parents[2]
_SHA = "a" * 40
_CHECK = {"name": "gate", "head_sha": _SHA, "status": "completed", "conclusion": "success"}
_NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"}


@pytest.fixture
def github() -> Github:
    state = Github()
    state.open_pull(7, _SHA)
    return state


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


def _ask(url: str, method: str, path: str, body: object = None, token: str = WORKFLOW_TOKEN) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"token {token}", "content-type": "application/json"}
    request = urllib.request.Request(f"{url}{path}", data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except HTTPError as error:
        return error.code, json.loads(error.read())


def _output(**fields: object) -> dict[str, object]:
    return {**_CHECK, "output": {"title": "t", "summary": "s", **fields}}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/check-runs", {**_CHECK, "name": ""}),
        ("/check-runs", {**_CHECK, "conclusion": "great"}),
        ("/check-runs", {"name": "gate", "head_sha": _SHA, "status": "completed"}),
        ("/check-runs", {**_CHECK, "head_sha": "b" * 40}),
        ("/check-runs", _output(summary="x" * 65_536)),
        ("/check-runs", _output(text="x" * 65_536)),
        ("/check-runs", _output(annotations=[_NOTE] * 51)),
        ("/check-runs", _output(annotations=[{**_NOTE, "start_line": 0}])),
        ("/check-runs", _output(annotations=[{**_NOTE, "path": "/etc/passwd"}])),
        ("/check-runs", _output(annotations=[{**_NOTE, "annotation_level": "error"}])),
        ("/check-runs", _output(annotations=[{**_NOTE, "message": ""}])),
        ("/check-runs", _output(annotations=[{**_NOTE, "message": "x" * 65_537}])),
        ("/check-runs", _output(annotations=[{**_NOTE, "title": "x" * 256}])),
        ("/issues/7/comments", {"body": ""}),
        ("/issues/7/comments", {"body": "x" * 65_537}),
        (f"/statuses/{_SHA}", {"state": "neutral"}),
        (f"/statuses/{_SHA}", {"state": "success", "description": "x" * 141}),
        (f"/statuses/{'b' * 40}", {"state": "success"}),
    ],
)
def test_a_request_that_breaks_a_rule_is_unprocessable(github: Github, url: str, path: str, body: object):
    status, _ = _ask(url, "POST", f"/repos/octo/app{path}", body)
    assert status == 422
    assert (github.check_runs, github.comments, github.statuses) == ({}, {}, [])


def test_annotations_of_an_update_are_appended(github: Github, url: str):
    _, check = _ask(url, "POST", "/repos/octo/app/check-runs", _output(annotations=[_NOTE] * 50))
    status, updated = _ask(url, "PATCH", f"/repos/octo/app/check-runs/{check['id']}", _output(annotations=[_NOTE]))
    assert (status, updated["output"]["annotations_count"]) == (200, 51)


@pytest.mark.parametrize(
    ("token", "path", "status"),
    [
        (FORK_TOKEN, "/check-runs", 403),
        (FORK_TOKEN, "/issues/7/comments", 403),
        (FORK_TOKEN, f"/statuses/{_SHA}", 403),
        (PERSONAL_TOKEN, "/check-runs", 403),
        (PERSONAL_TOKEN, "/issues/7/comments", 201),
        (PERSONAL_TOKEN, f"/statuses/{_SHA}", 201),
        ("nobody's", "/check-runs", 401),
    ],
)
def test_a_token_may_do_what_it_was_given_and_no_more(url: str, token: str, path: str, status: int):
    body = {**_CHECK, "body": "hello", "state": "success"}
    assert _ask(url, "POST", f"/repos/octo/app{path}", body, token)[0] == status


@pytest.mark.parametrize("path", ["/repos/octo/other/pulls/7", "/repos/octo/app/pulls/8", "/repos/octo/app/nothing"])
def test_what_is_not_there_is_not_found(url: str, path: str):
    assert _ask(url, "GET", path)[0] == 404


def test_comments_come_in_pages_of_a_hundred_at_most(github: Github, url: str):
    for number in range(120):
        github.add_comment(7, "reader", str(number))
    assert len(_ask(url, "GET", "/repos/octo/app/issues/7/comments")[1]) == 30
    assert len(_ask(url, "GET", "/repos/octo/app/issues/7/comments?per_page=500")[1]) == 100
    assert len(_ask(url, "GET", "/repos/octo/app/issues/7/comments?per_page=100&page=2")[1]) == 20


def test_a_spent_primary_limit_refuses_everything(github: Github, url: str):
    github.rate_limit = 1
    assert _ask(url, "GET", "/repos/octo/app/pulls/7")[0] == 200
    status, answer = _ask(url, "GET", "/repos/octo/app/pulls/7")
    assert (status, "API rate limit exceeded" in answer["message"]) == (403, True)


def test_a_spent_secondary_limit_refuses_writes_only(github: Github, url: str):
    github.write_limit = 0
    assert _ask(url, "GET", "/repos/octo/app/pulls/7")[0] == 200
    status, answer = _ask(url, "POST", "/repos/octo/app/issues/7/comments", {"body": "hello"})
    assert (status, "secondary rate limit" in answer["message"]) == (403, True)


def test_it_runs_by_itself_and_keeps_a_journal(tmp_path: Path):
    (tmp_path / "state.json").write_text(json.dumps({"repository": "octo/shop", "pulls": {"7": _SHA}}))
    argv = [sys.executable, "-m", "standins.github", "--state", str(tmp_path)]
    with subprocess.Popen(argv, cwd=_TOP, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().removeprefix("listening on ").strip()
        status, pull = _ask(url, "GET", "/repos/octo/shop/pulls/7")
        assert process.stdout.readline() == "GET /repos/octo/shop/pulls/7 -> 200\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (status, pull["head"]["sha"]) == (200, _SHA)
    [line] = (tmp_path / "journal.jsonl").read_text().splitlines()
    assert json.loads(line)["path"] == "/repos/octo/shop/pulls/7"
