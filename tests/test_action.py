"""The action's plan, by a table of events, and the step that it makes."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gate_action.action import Plan, plan, read_input
from gate_action.cli.merge import command as merge_command
from gate_action.cli.run import command
from gate_action.clients.github.workflow import Checkout
from gate_action.codec.github_event import Event, UpstreamRun
from gate_action.errors import ConfigError
from tests.action_events import (
    FORK_POINT,
    HEAD,
    MAIN,
    PR_HEAD,
    PULL,
    REPOSITORY,
    REVIEWED,
    STRANGERS,
    TABLE,
    TEST_MERGE,
    TIP,
    Row,
    event_of,
)
from tests.repositories import Repository


def _plan(event: Event, checkout: Checkout, inputs: dict[str, str]) -> Plan:
    environ = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    return plan({"GITHUB_WORKSPACE": "/github/workspace", **environ}, event, checkout)


def _options(made: Plan) -> dict[str, str]:
    pairs = (word.partition("=") for word in made.argv if "=" in word)
    return {name: value for name, _, value in pairs}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_the_event_says_what_is_compared(row: Row):
    made = _plan(row.event, row.checkout, row.inputs)
    wanted = {"--repository": "/github/workspace", "--head": row.head}
    if row.base:
        wanted |= {"--base": row.base, "--base-rule": row.rule}
    assert made.argv[0] == "run"
    assert _options(made) == wanted
    assert tuple(word for word in made.argv[1:] if "=" not in word) == row.flags


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_every_plan_is_a_command_line_that_the_command_takes(row: Row):
    made = _plan(row.event, row.checkout, {**row.inputs, "config": "a b.yaml", "gate": "--x", "out": "reports"})
    parsed = command.make_context("run", list(made.argv[1:])).params
    assert (parsed["config"], parsed["gate"], parsed["head"]) == ("a b.yaml", "--x", row.head)
    assert parsed["out"] == Path("/github/workspace/reports")


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_the_line_that_reproduces_it_names_commits_and_no_place_of_the_runner(row: Row):
    made = _plan(row.event, row.checkout, {**row.inputs, "config": "gates/my gate.yaml"})
    assert "/github" not in made.reproduce
    words = shlex.split(made.reproduce.rpartition("&& ")[2])
    assert words[:2] == ["gate-action", "run"]
    parsed = command.make_context("run", words[2:]).params
    assert (parsed["head"], parsed["base"] or "", parsed["config"]) == (row.head, row.base, "gates/my gate.yaml")
    assert made.reproduce.startswith("git fetch origin ")


_UNSAFE = {
    "pull_request_target on its test merge": (
        event_of("pull_request_target", sha=TIP, pull_request=STRANGERS),
        TEST_MERGE,
    ),
    "pull_request_target on base": (event_of("pull_request_target", sha=TIP, pull_request=PULL), MAIN),
    "workflow_run of a fork": (
        event_of("workflow_run", sha=TIP, upstream=UpstreamRun(head_sha=HEAD, head_repository="m/app")),
        PR_HEAD,
    ),
    "workflow_run of a fork whose pull request is known, on another commit": (
        event_of("workflow_run", sha=TIP, upstream=REVIEWED, pull_request=STRANGERS),
        MAIN,
    ),
    "workflow_run of a deleted fork": (
        event_of("workflow_run", sha=TIP, upstream=UpstreamRun(head_sha=HEAD, head_repository="")),
        PR_HEAD,
    ),
    "workflow_run of a deleted fork, repository unknown": (
        event_of(
            "workflow_run",
            sha=TIP,
            repository="",
            upstream=UpstreamRun(head_sha=HEAD, head_repository=""),
        ),
        PR_HEAD,
    ),
    "a comment on a pull request": (event_of("issue_comment", sha=TIP), PR_HEAD),
    "a discussion": (event_of("discussion_comment", sha=TIP), PR_HEAD),
}


@pytest.mark.parametrize(("event", "checkout"), _UNSAFE.values(), ids=_UNSAFE)
def test_a_strangers_code_never_runs_beside_secrets(event: Event, checkout: Checkout):
    with pytest.raises(ConfigError) as caught:
        _plan(event, checkout, {})
    assert "pull_request" in caught.value.hint


def test_a_pull_request_without_common_history_says_to_fetch_more():
    with pytest.raises(ConfigError, match="share no history") as caught:
        _plan(event_of("pull_request", pull_request=PULL), Checkout(sha=HEAD, parents=(FORK_POINT,), tip=TIP), {})
    assert "fetch-depth: 0" in caught.value.hint


@pytest.mark.parametrize(("name", "value"), [("publish", "yes"), ("dry-run", "1"), ("comment", "always")])
def test_a_value_that_an_input_cannot_have_is_refused(name: str, value: str):
    with pytest.raises(ConfigError, match=f"the input {name} is '{value}'"):
        _plan(event_of("pull_request", pull_request=PULL), TEST_MERGE, {name: value})


def test_the_token_travels_in_the_environment_only():
    made = _plan(event_of("pull_request", pull_request=PULL), TEST_MERGE, {"github-token": "ghs_secret"})
    assert made.environment == {"GITHUB_TOKEN": "ghs_secret"}
    assert "ghs_secret" not in f"{made!r} {made.argv} {made.reproduce}"


def test_an_empty_input_is_an_unset_one():
    assert read_input({"INPUT_BASE": "  "}, "base") == ""
    assert read_input({"INPUT_GITHUB-TOKEN": "t"}, "github-token") == "t"


def test_places_are_below_the_workspace():
    inputs = {"working-directory": "app", "out": "reports", "run-folder": "/somewhere/run"}
    options = _options(_plan(event_of("pull_request", pull_request=PULL), TEST_MERGE, inputs))
    assert options["--repository"] == "/github/workspace/app"
    assert options["--out"] == "/github/workspace/reports"
    assert options["--run-folder"] == "/somewhere/run"


def test_a_shard_measures_and_leaves_publishing_to_the_merge():
    shard = _plan(event_of("pull_request", pull_request=PULL), TEST_MERGE, {"shard": "3/8", "out": "gate-out"})
    assert shard.argv[:2] == ("run", "--shard=3/8")
    assert "--no-publish" in shard.argv
    assert "--publish" not in shard.argv
    merged = _plan(event_of("pull_request", pull_request=PULL), TEST_MERGE, {"merge": "gate-shards"})
    assert merged.argv[:2] == ("merge", "/github/workspace/gate-shards")
    assert "--publish" in merged.argv
    assert merge_command.make_context("merge", list(merged.argv[1:])).params["folders"] == (
        Path("/github/workspace/gate-shards"),
    )
    with pytest.raises(ConfigError, match="shard and merge are both given"):
        _plan(event_of("pull_request", pull_request=PULL), TEST_MERGE, {"shard": "1/2", "merge": "x"})


def test_a_fork_s_run_is_told_why_it_is_weak():
    [_, note] = _plan(event_of("pull_request", pull_request=STRANGERS), TEST_MERGE, {}).notes
    assert "no secrets" in note


def _run_step(folder: Path, event: dict[str, Any], **environ: str) -> subprocess.CompletedProcess[str]:
    path = folder.parent / "event.json"
    path.write_text(json.dumps(event))
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-I", "-m", "gate_action.action"],
        cwd=folder,
        env={**kept, "GITHUB_EVENT_PATH": str(path), "GITHUB_WORKSPACE": str(folder), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_whatever_is_printed_is_no_workflow_command(tmp_path: Path):
    repository = Repository.create(tmp_path / "app")
    repository.commit({"README.md": "no gate here\n"})
    done = _run_step(
        repository.folder,
        {},
        GITHUB_EVENT_NAME="workflow_dispatch",
        INPUT_CONFIG="::set-output name=verdict::pass\n::error::forged",
    )
    assert done.returncode == 2, done.stderr
    stop, *inside, resume = done.stdout.strip().split("\n")
    token = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", stop)
    assert token
    assert resume == f"::{token[1]}::"
    assert any(line.startswith("::error::forged") or "forged" in line for line in inside)
    assert token[1] not in "\n".join(inside)


def test_an_unsafe_event_ends_with_two_and_one_error_command(tmp_path: Path):
    repository = Repository.create(tmp_path / "app")
    sha = repository.commit({"a": "1"})
    pull = {"number": 1, "head": {"sha": "d" * 40, "repo": None}, "base": {"ref": "main"}}
    done = _run_step(
        repository.folder,
        {"pull_request": pull},
        GITHUB_EVENT_NAME="pull_request_target",
        GITHUB_REPOSITORY=REPOSITORY,
        GITHUB_SHA=sha,
    )
    assert done.returncode == 2
    assert done.stdout.startswith("::error title=gate-action::on pull_request_target the commit")
    assert done.stdout.count("\n") == 1


def test_a_module_in_the_workspace_is_never_imported(tmp_path: Path):
    repository = Repository.create(tmp_path / "app")
    trap = "open('trapped', 'w').write('yes')\nraise SystemExit(0)\n"
    repository.commit({"click.py": trap, "gate_action/__init__.py": trap, "sitecustomize.py": trap})
    done = _run_step(repository.folder, {}, GITHUB_EVENT_NAME="workflow_dispatch", PYTHONPATH=str(repository.folder))
    assert not (repository.folder / "trapped").exists()
    assert done.returncode == 2
