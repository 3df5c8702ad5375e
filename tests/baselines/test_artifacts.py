"""Runs as artifacts: only those of the workflow's own runs of the branch count, and nothing in a zip leads anywhere."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate_action.baselines.artifacts import Artifacts
from gate_action.codec.baselines import encode_baseline, name_record
from gate_action.errors import ConfigError, StoreError
from gate_action.model.run import Baseline, EvalRun, NoBaseline
from gate_action.wiring.objects import build_named
from standins.github.server import serve
from standins.github.state import FORK_TOKEN, Github
from standins.github.workflows import zip_files
from tests.baselines.records import PRINT, a_year_of_runs

FIRST, SECOND = a_year_of_runs(2, fixtures=3)


@pytest.fixture
def github() -> Github:
    return Github()


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


def opened(url: str, top: Path, token: str = FORK_TOKEN, **options: Any) -> Artifacts:
    """As wiring opens it: a fork's token may read."""
    environ = {"GITHUB_REPOSITORY": "octo/app", "GITHUB_TOKEN": token, "GITHUB_API_URL": url}
    store = build_named("baselines", "artifacts", {"workflow": "gate.yml"} | options, environ, top)
    assert isinstance(store, Artifacts)
    return store


def upload(github: Github, run: EvalRun, files: dict[str, bytes] | None = None, **ran: Any) -> None:
    content = encode_baseline(run)
    run_id = github.add_run(run.revision.sha, **{"event": "push", "head_branch": "main"} | ran)
    held = files if files is not None else {f"{run.revision.sha}/{name_record(content)}": content}
    github.add_artifact(run_id, "gate-baseline", zip_files(held))


def test_a_run_of_the_branch_is_found_exact_or_older(github: Github, url: str, tmp_path: Path):
    upload(github, FIRST)
    store = opened(url, tmp_path)
    found = store.find([SECOND.revision, FIRST.revision], PRINT)
    assert isinstance(found, Baseline)
    assert (found.commits_older, found.runs[0].run_id) == (1, FIRST.run_id)
    calls = len(github.journal)
    store.find([SECOND.revision, FIRST.revision], PRINT)
    assert len(github.journal) == calls  # what was asked once is known


def test_a_run_that_failed_its_gate_was_complete_and_counts(github: Github, url: str, tmp_path: Path):
    upload(github, FIRST, conclusion="failure")
    assert isinstance(opened(url, tmp_path).find([FIRST.revision], PRINT), Baseline)


@pytest.mark.parametrize(
    "ran",
    [
        {"head_repository": "stranger/app"},
        {"head_repository": None},
        {"event": "pull_request"},
        {"event": "pull_request_target"},
        {"event": "workflow_run"},
        {"head_branch": "change"},
        {"path": ".github/workflows/other.yml"},
        {"conclusion": "cancelled"},
        {"conclusion": None, "status": "in_progress"},
    ],
)
def test_what_another_run_uploaded_under_the_same_name_does_not_count(
    github: Github, url: str, tmp_path: Path, ran: dict[str, Any]
):
    upload(github, FIRST, **ran)
    assert isinstance(opened(url, tmp_path).find([FIRST.revision], PRINT), NoBaseline)


@pytest.mark.parametrize("name", ["../../x.json", "/etc/passwd", "a\\..\\b"])
def test_an_archive_whose_names_lead_out_of_it_is_refused(github: Github, url: str, tmp_path: Path, name: str):
    upload(github, FIRST, {name: b"{}"})
    with pytest.raises(StoreError, match="lies outside of it"):
        opened(url, tmp_path).find([FIRST.revision], PRINT)


def test_an_archive_of_too_many_files_and_one_that_is_none_are_refused(github: Github, url: str, tmp_path: Path):
    upload(github, FIRST, {f"{number}.json": b"{}" for number in range(21)})
    with pytest.raises(StoreError, match="at most 20 are read"):
        opened(url, tmp_path).find([FIRST.revision], PRINT)
    run_id = github.add_run(SECOND.revision.sha, event="push", head_branch="main")
    github.add_artifact(run_id, "gate-baseline", b"no zip")
    with pytest.raises(StoreError, match="cannot be read"):
        opened(url, tmp_path).find([SECOND.revision], PRINT)


def test_a_run_speaks_of_its_own_commit_only(github: Github, url: str, tmp_path: Path):
    content = encode_baseline(SECOND)
    upload(github, FIRST, {f"{SECOND.revision.sha}/{name_record(content)}": content, "README.md": b"words"})
    store = opened(url, tmp_path)
    assert isinstance(store.find([FIRST.revision, SECOND.revision], PRINT), NoBaseline)


def test_a_run_is_saved_into_the_outbox_below_the_clones_top(url: str, tmp_path: Path):
    opened(url, tmp_path).save(FIRST)
    (record,) = (tmp_path / ".gate" / "outbox" / FIRST.revision.sha).iterdir()
    assert record.name == name_record(record.read_bytes())
    with pytest.raises(StoreError, match="partial"):
        opened(url, tmp_path).save(replace(FIRST, is_complete=False))


def test_a_token_that_may_not_read_actions_is_told_the_permission(github: Github, url: str, tmp_path: Path):
    github.tokens["blind"] = replace(github.tokens[FORK_TOKEN], permissions={"contents": "read"})
    with pytest.raises(StoreError, match="cannot be read") as told:
        opened(url, tmp_path, token="blind").find([FIRST.revision], PRINT)
    assert "actions" in told.value.hint


def test_without_a_token_or_repository_nothing_is_asked(tmp_path: Path):
    store = build_named("baselines", "artifacts", {"workflow": "gate.yml"}, {}, tmp_path)
    with pytest.raises(ConfigError, match="no repository or token"):
        store.find([FIRST.revision], PRINT)  # type: ignore[attr-defined]  # a store


def test_the_token_never_reaches_the_host_that_holds_the_zip(github: Github, url: str, tmp_path: Path):
    upload(github, FIRST)
    opened(url, tmp_path).find([FIRST.revision], PRINT)
    assert [call for call in github.calls() if "/zip" in call] == [
        f"GET /repos/octo/app/actions/artifacts/{max(github.artifacts)}/zip -> 302"
    ]


@pytest.mark.parametrize("workflow", ["gate", ".github/workflows/gate.yml"])
def test_the_workflow_is_a_files_name(workflow: str):
    with pytest.raises(ValueError, match="workflow"):
        Artifacts(workflow=workflow)
