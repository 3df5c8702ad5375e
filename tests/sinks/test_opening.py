import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate_action.codec.github_event import Event, MergeGroup, PullRequest
from gate_action.model.publication import CommentMode
from gate_action.sinks.opening import Publication, open_sinks
from gate_action.sinks.publishing import publish_all
from standins.github.state import FORK_TOKEN, Github
from tests.sinks.published import EVENT, client, failing

_FORK = replace(
    EVENT, pull_request=PullRequest(number=7, head_sha="a" * 40, base_ref="main", head_repository="mallory/app")
)
_QUEUE = Event(
    name="merge_group",
    repository="octo/app",
    sha="a" * 40,
    merge_group=MergeGroup(head_sha="a" * 40, base_sha="b" * 40, base_ref="main"),
)
_PUSH = Event(name="push", repository="octo/app", sha="a" * 40)


@pytest.mark.parametrize(
    ("event", "options", "names"),
    [
        (EVENT, {}, ["report files", "step outputs", "job summary", "check run", "comment"]),
        (EVENT, {"comment": CommentMode.OFF}, ["report files", "step outputs", "job summary", "check run"]),
        (EVENT, {"is_wanted": False}, ["report files", "step outputs"]),
        (_FORK, {}, ["report files", "step outputs", "job summary"]),
        (_QUEUE, {}, ["report files", "step outputs", "job summary", "check run"]),
        (_PUSH, {}, ["report files", "step outputs", "job summary", "check run"]),
    ],
)
def test_the_event_and_the_options_choose_the_sinks(
    tmp_path: Path, event: Event, options: dict[str, Any], names: list[str]
):
    environ = {"GITHUB_OUTPUT": str(tmp_path / "o"), "GITHUB_STEP_SUMMARY": str(tmp_path / "s")}
    publication = Publication(**{"out": tmp_path, "is_wanted": True, **options})
    assert [sink.name for sink in open_sinks(environ, event, publication, client("http://127.0.0.1:9"))] == names


def test_without_a_token_only_files_are_written(tmp_path: Path):
    publication = Publication(out=tmp_path, is_wanted=True)
    assert [sink.name for sink in open_sinks({}, EVENT, publication, None)] == ["report files"]


def test_the_actions_input_comes_before_gate_yaml(tmp_path: Path):
    publication = Publication(out=tmp_path, is_wanted=True, comment=CommentMode.UPDATE)
    sinks = open_sinks({"GATE_COMMENT": "off"}, EVENT, publication, client("http://127.0.0.1:9"))
    assert "comment" not in [sink.name for sink in sinks]


def test_a_usual_run_makes_at_most_ten_calls_and_warns_of_nothing(tmp_path: Path, github: Github, url: str):
    environ = {"GITHUB_OUTPUT": str(tmp_path / "o"), "GITHUB_STEP_SUMMARY": str(tmp_path / "s")}
    sinks = open_sinks(environ, EVENT, Publication(out=tmp_path / "out", is_wanted=True), client(url))
    assert publish_all(sinks, failing(regressed=200)) == ()
    assert len(github.journal) <= 10
    assert len(github.check_runs) == len(github.comments) == 1


def test_a_fork_s_read_only_token_costs_no_call_and_no_warning(tmp_path: Path, github: Github, url: str):
    publication = Publication(out=tmp_path, is_wanted=True)
    assert publish_all(open_sinks({}, _FORK, publication, client(url, FORK_TOKEN)), failing()) == ()
    assert github.journal == []


def test_a_server_that_is_gone_is_a_warning_a_sink(tmp_path: Path):
    publication = Publication(out=tmp_path, is_wanted=True)
    gone = client("http://127.0.0.1:9")
    warnings = publish_all(open_sinks({}, EVENT, publication, gone), failing())
    assert [warning.partition(":")[0] for warning in warnings] == ["check run", "comment"]
    assert (tmp_path / "report.json").exists()


def test_a_dry_run_writes_exactly_what_a_real_run_sends(tmp_path: Path, github: Github, url: str):
    real = open_sinks({}, EVENT, Publication(out=tmp_path / "real", is_wanted=True), client(url))
    rehearsed = Publication(out=tmp_path / "dry", is_wanted=True, payloads=tmp_path / "dry" / "payloads")
    assert publish_all(real, failing(regressed=120)) == ()
    assert publish_all(open_sinks({}, EVENT, rehearsed, None), failing(regressed=120)) == ()
    written = [json.loads(path.read_text()) for path in sorted((tmp_path / "dry" / "payloads").glob("*.json"))]
    sent = [exchange for exchange in github.journal if exchange.method != "GET"]
    assert [(each["method"], each["body"]) for each in written] == [(each.method, each.body) for each in sent]
    assert [each["path"] for each in written if each["method"] == "POST"] == [
        each.path for each in sent if each.method == "POST"
    ]


def test_a_dry_run_leaves_nothing_of_an_earlier_one(tmp_path: Path):
    publication = Publication(out=tmp_path, is_wanted=True, payloads=tmp_path / "payloads")
    publish_all(open_sinks({}, EVENT, publication, None), failing(regressed=120))
    publish_all(open_sinks({}, EVENT, publication, None), failing(regressed=1))
    assert sorted(path.name for path in (tmp_path / "payloads").iterdir()) == [
        "0001-create-check-run.json",
        "0002-create-comment.json",
        "job-summary.md",
    ]
    assert (tmp_path / "payloads" / "job-summary.md").read_text().count("BLOCKED") == 1


def test_a_dry_run_of_a_fork_s_pull_request_shows_that_only_the_summary_is_written(tmp_path: Path):
    publication = Publication(out=tmp_path, is_wanted=True, payloads=tmp_path / "payloads")
    assert publish_all(open_sinks({}, _FORK, publication, None), failing()) == ()
    assert [path.name for path in (tmp_path / "payloads").iterdir()] == ["job-summary.md"]


def test_a_dry_run_writes_through_no_link_of_the_clone(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0001-precious.json").write_text("{}")
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    (tmp_path / "clone" / "payloads").symlink_to(elsewhere)
    out = tmp_path / "clone"
    publication = Publication(out=out, is_wanted=True, payloads=out / "payloads")
    [warning] = publish_all(open_sinks({}, EVENT, publication, None), failing())
    assert warning.startswith("dry run: ")
    assert warning.endswith("is a symbolic link, and nothing is written through one")
    assert [path.name for path in elsewhere.iterdir()] == ["0001-precious.json"]


def test_a_dry_run_on_a_laptop_shows_the_check_and_the_comment(tmp_path: Path):
    publication = Publication(out=tmp_path, is_wanted=False, payloads=tmp_path / "payloads")
    assert publish_all(open_sinks({}, Event(), publication, None), failing()) == ()
    check = json.loads((tmp_path / "payloads" / "0001-create-check-run.json").read_text())
    assert check["path"] == "/repos/OWNER/REPOSITORY/check-runs"
    assert check["body"]["head_sha"] == "a" * 40
