import json

import pytest

from gate_action.codec.github_event import Event, MergeGroup, PullRequest, UpstreamRun, decode_event
from gate_action.errors import ConfigError

_SHA = "a" * 40
_ENVIRON = {
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_REPOSITORY": "octo/app",
    "GITHUB_SHA": "c" * 40,
    "GITHUB_RUN_ID": "500",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_ACTOR": "octocat",
}


def _pull(**head: object) -> dict[str, object]:
    side = {"sha": _SHA, "ref": "change", "repo": {"full_name": "octo/app"}, **head}
    return {
        "action": "synchronize",
        "repository": {"full_name": "octo/app", "default_branch": "main", "private": False},
        "pull_request": {"number": 7, "head": side, "base": {"ref": "release/1.x", "sha": "b" * 40}, "title": "x"},
    }


def _decode(payload: object, **environ: str) -> Event:
    return decode_event({**_ENVIRON, **environ}, json.dumps(payload).encode())


def test_a_laptop_has_no_event():
    event = decode_event({}, b"")
    assert event == Event()
    assert event.is_local
    assert event.run_url == ""


def test_a_pull_request_is_read():
    event = _decode(_pull())
    assert event.pull_request == PullRequest(
        number=7, head_sha=_SHA, base_ref="release/1.x", head_repository="octo/app"
    )
    assert (event.action, event.run_id, event.run_attempt) == ("synchronize", 500, 2)
    assert event.run_url == "https://github.com/octo/app/actions/runs/500"
    assert not event.is_fork


@pytest.mark.parametrize("repo", [{"full_name": "mallory/app"}, None])
def test_a_head_elsewhere_or_deleted_is_a_fork(repo: object):
    assert _decode(_pull(repo=repo)).is_fork


def test_dependabot_is_told_by_who_started_the_run():
    assert _decode(_pull(), GITHUB_ACTOR="dependabot[bot]").is_dependabot
    assert not _decode(_pull()).is_dependabot


def test_a_merge_group_is_read():
    group = {"head_sha": _SHA, "head_ref": "refs/heads/q", "base_sha": "b" * 40, "base_ref": "refs/heads/main"}
    event = _decode({"merge_group": group}, GITHUB_EVENT_NAME="merge_group")
    assert event.merge_group == MergeGroup(head_sha=_SHA, base_sha="b" * 40, base_ref="main")


@pytest.mark.parametrize(("before", "known"), [("b" * 40, "b" * 40), ("0" * 40, ""), (None, "")])
def test_a_new_branch_has_no_commit_before_the_push(before: str | None, known: str):
    assert _decode({"before": before}, GITHUB_EVENT_NAME="push").before == known


def test_a_workflow_run_is_read():
    told = {"id": 9, "run_attempt": 2, "event": "pull_request", "head_sha": _SHA, "head_branch": "change"}
    told |= {"head_repository": {"full_name": "mallory/app"}, "actor": {"login": "mallory"}, "pull_requests": []}
    event = _decode({"workflow_run": told}, GITHUB_EVENT_NAME="workflow_run")
    assert event.upstream == UpstreamRun(
        head_sha=_SHA,
        head_repository="mallory/app",
        run_id=9,
        run_attempt=2,
        event="pull_request",
        head_branch="change",
        actor="mallory",
    )


def test_the_pull_request_behind_a_workflow_run_is_the_one_that_the_action_names_and_its_head_is_the_runs():
    told = {"head_sha": _SHA, "head_repository": {"full_name": "mallory/app"}}
    environ = {"GITHUB_EVENT_NAME": "workflow_run", "GATE_PULL_REQUEST": "7 release/1"}
    event = _decode({"workflow_run": told}, **environ)
    assert event.pull_request == PullRequest(
        number=7, head_sha=_SHA, base_ref="release/1", head_repository="mallory/app"
    )
    assert (event.is_fork, event.has_secrets, event.can_write) == (True, True, True)
    assert _decode(_pull(), GATE_PULL_REQUEST="8 main").pull_request == _decode(_pull()).pull_request
    assert _decode({}, GITHUB_EVENT_NAME="push", GATE_PULL_REQUEST="8 main").pull_request is None
    for wrong in ("x main", "7 -x", "-7 main"):
        with pytest.raises(ConfigError, match="GATE_PULL_REQUEST"):
            _decode({"workflow_run": told}, **{**environ, "GATE_PULL_REQUEST": wrong})


def test_a_schedule_says_little_and_is_read():
    event = _decode({"schedule": "0 3 * * *"}, GITHUB_EVENT_NAME="schedule")
    assert (event.name, event.default_branch, event.pull_request) == ("schedule", "", None)


def test_an_empty_dispatch_is_read():
    assert decode_event({**_ENVIRON, "GITHUB_EVENT_NAME": "workflow_dispatch"}, b"").name == "workflow_dispatch"


def test_github_enterprise_server_has_its_own_pages():
    event = _decode(_pull(), GITHUB_SERVER_URL="https://github.corp.example/")
    assert event.run_url == "https://github.corp.example/octo/app/actions/runs/500"


@pytest.mark.parametrize(
    ("payload", "environ", "words"),
    [
        (_pull(sha="main"), {}, "pull_request.head.sha = 'main'"),
        (_pull(sha="--upload-pack=evil"), {}, "pull_request.head.sha"),
        (_pull(repo={"full_name": "../../secrets"}), {}, "repository"),
        ({"pull_request": {"number": 1, "head": {"sha": _SHA}, "base": {"ref": "-x"}}}, {}, "base.ref = '-x'"),
        ({"pull_request": {"number": 1, "head": {"sha": _SHA}, "base": {"ref": "a b"}}}, {}, "base.ref = 'a b'"),
        ({"pull_request": {"number": "7", "head": {}, "base": {}}}, {}, "cannot be read"),
        ({"pull_request": []}, {}, "cannot be read"),
        ([], {}, "cannot be read"),
        ({}, {}, "the event payload of pull_request tells of none"),
        ({}, {"GITHUB_EVENT_NAME": "pull_request_target"}, "tells of none"),
        ({}, {"GITHUB_EVENT_NAME": "merge_group"}, "tells of none"),
        ({}, {"GITHUB_EVENT_NAME": "workflow_run"}, "tells of none"),
        (_pull(), {"GITHUB_RUN_ID": "x"}, "GITHUB_RUN_ID = 'x'"),
        (_pull(), {"GITHUB_REPOSITORY": "no-owner"}, "repository = 'no-owner'"),
    ],
)
def test_what_github_would_not_write_is_refused(payload: object, environ: dict[str, str], words: str):
    with pytest.raises(ConfigError, match=words.replace("[", r"\[")):
        _decode(payload, **environ)


def test_a_payload_that_is_no_json_is_refused():
    with pytest.raises(ConfigError, match="cannot be read"):
        decode_event(_ENVIRON, b"<html>")


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        (f"refs/heads/gh-readonly-queue/main/pr-104-{_SHA}", 104),
        (f"refs/heads/gh-readonly-queue/release/1.x/pr-9-{_SHA}", 9),
        (f"refs/heads/gh-readonly-queue/main/pr-104-{_SHA}\n", 0),
        ("refs/heads/main", 0),
        (f"refs/heads/mine/pr-104-{_SHA}", 0),
    ],
)
def test_the_queues_ref_tells_whose_entry_it_is(ref: str, number: int):
    group = {"head_sha": _SHA, "base_sha": "b" * 40, "base_ref": "refs/heads/main", "head_ref": ref}
    event = _decode({"merge_group": group}, GITHUB_EVENT_NAME="merge_group")
    assert event.merge_group is not None
    assert event.merge_group.pull_request == number


def test_the_running_workflow_is_known_where_it_is_this_repositorys_and_a_guarded_branch_as_such():
    told = _decode(_pull(), GITHUB_WORKFLOW_REF="octo/app/.github/workflows/gate.yml@refs/pull/7/merge")
    assert (told.workflow, told.is_ref_protected) == (".github/workflows/gate.yml", False)
    others = _decode(
        _pull(),
        GITHUB_WORKFLOW_REF="octo/shared/.github/workflows/gate.yml@refs/heads/main",
        GITHUB_REF_PROTECTED="true",
    )
    assert (others.workflow, others.is_ref_protected) == ("", True)
