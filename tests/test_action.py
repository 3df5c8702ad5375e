"""The action's plan, by a table of events; the two action.yml, docs/action.md and action.py against each other."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from gate_action.action import INPUTS, Plan, plan, read_input
from gate_action.cli.run import command
from gate_action.clients.workflow import Checkout
from gate_action.codec.github_event import Event, MergeGroup, PullRequest, UpstreamRun
from gate_action.errors import ConfigError
from gate_action.sinks.outputs import describe
from tests.repositories import Repository
from tests.sinks.published import failing

_TOP = Path(__file__).parents[1]
HEAD, BASE, MERGE, TIP, FORK_POINT, BEFORE = (letter * 40 for letter in "abcdef")
REPOSITORY = "octo/app"

_PULL = PullRequest(number=7, head_sha=HEAD, base_ref="main", head_repository=REPOSITORY)
_STRANGERS = PullRequest(number=7, head_sha=HEAD, base_ref="main", head_repository="mallory/app")
_DELETED = PullRequest(number=7, head_sha=HEAD, base_ref="main", head_repository="")
_GROUP = MergeGroup(head_sha=MERGE, base_sha=BEFORE, base_ref="main")
_TEST_MERGE = Checkout(sha=MERGE, parents=(BASE, HEAD), tip=TIP, merge_base=BASE)
_PR_HEAD = Checkout(sha=HEAD, parents=(FORK_POINT,), tip=TIP, merge_base=FORK_POINT)
_MAIN = Checkout(sha=TIP, parents=(BEFORE,), tip=TIP, merge_base=TIP)
_BRANCH = Checkout(sha=HEAD, parents=(FORK_POINT,), tip=TIP, merge_base=FORK_POINT)


def _event(name: str, **rest: Any) -> Event:
    return Event(**{"name": name, "repository": REPOSITORY, "sha": MERGE, "default_branch": "main", **rest})


@dataclass(frozen=True, kw_only=True)
class Row:
    event: Event
    checkout: Checkout = _TEST_MERGE
    inputs: dict[str, str] = field(default_factory=dict)
    base: str = ""
    rule: str = ""
    head: str = MERGE
    flags: tuple[str, ...] = ("--publish",)


TABLE = {
    "pull request, test merge": Row(event=_event("pull_request", pull_request=_PULL), base=BASE, rule="first-parent"),
    "pull request, head checked out": Row(
        event=_event("pull_request", pull_request=_PULL),
        checkout=_PR_HEAD,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
    ),
    "pull request, head is itself a merge": Row(
        event=_event("pull_request", pull_request=_PULL),
        checkout=Checkout(sha=HEAD, parents=(BEFORE, TIP), tip=TIP, merge_base=TIP),
        base=TIP,
        rule="merge-base",
        head=HEAD,
    ),
    "pull request from a fork": Row(
        event=_event("pull_request", pull_request=_STRANGERS),
        base=BASE,
        rule="first-parent",
        flags=("--publish", "--fork"),
    ),
    "pull request whose fork was deleted": Row(
        event=_event("pull_request", pull_request=_DELETED),
        base=BASE,
        rule="first-parent",
        flags=("--publish", "--fork"),
    ),
    "pull request by Dependabot": Row(
        event=_event("pull_request", pull_request=_PULL, actor="dependabot[bot]"),
        base=BASE,
        rule="first-parent",
        flags=("--publish", "--fork"),
    ),
    "pull request review": Row(event=_event("pull_request_review", pull_request=_PULL), base=BASE, rule="first-parent"),
    "merge group": Row(
        event=_event("merge_group", merge_group=_GROUP),
        checkout=Checkout(sha=MERGE, parents=(BEFORE,), tip=TIP, merge_base=TIP),
        base=TIP,
        rule="queue-tip",
    ),
    "merge group, tip unknown": Row(
        event=_event("merge_group", merge_group=_GROUP),
        checkout=Checkout(sha=MERGE, parents=(BEFORE,)),
        base=BEFORE,
        rule="queue-tip",
    ),
    "push to the default branch": Row(
        event=_event("push", sha=TIP, ref="refs/heads/main", before=BEFORE),
        checkout=_MAIN,
        base=BEFORE,
        rule="previous",
        head=TIP,
        flags=("--publish", "--store-run"),
    ),
    "push to another branch": Row(
        event=_event("push", sha=HEAD, ref="refs/heads/change", before=BEFORE),
        checkout=_BRANCH,
        base=BEFORE,
        rule="previous",
        head=HEAD,
    ),
    "push of a new branch": Row(
        event=_event("push", sha=HEAD, ref="refs/heads/change"),
        checkout=_BRANCH,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
    ),
    "push of a tag named like the default branch": Row(
        event=_event("push", sha=TIP, ref="refs/tags/main", before=BEFORE),
        checkout=_MAIN,
        base=BEFORE,
        rule="previous",
        head=TIP,
    ),
    "first push of all": Row(
        event=_event("push", sha=TIP, ref="refs/heads/main"),
        checkout=Checkout(sha=TIP, tip=TIP, merge_base=TIP),
        head=TIP,
        flags=("--publish", "--store-run"),
    ),
    "schedule": Row(
        event=_event("schedule", sha=TIP, default_branch=""),
        checkout=Checkout(sha=TIP, parents=(BEFORE,)),
        base=BEFORE,
        rule="previous",
        head=TIP,
    ),
    "dispatch on the default branch": Row(
        event=_event("workflow_dispatch", sha=TIP), checkout=_MAIN, base=BEFORE, rule="previous", head=TIP
    ),
    "dispatch on a branch": Row(
        event=_event("workflow_dispatch", sha=HEAD),
        checkout=_BRANCH,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
    ),
    "dispatch with a base": Row(
        event=_event("workflow_dispatch", sha=HEAD),
        checkout=_BRANCH,
        inputs={"base": "v1.2"},
        base="v1.2",
        rule="given",
        head=HEAD,
    ),
    "run after a run of our own": Row(
        event=_event(
            "workflow_run", sha=TIP, upstream=UpstreamRun(run_id=1, head_sha=HEAD, head_repository=REPOSITORY)
        ),
        checkout=_BRANCH,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
    ),
    "run after a fork's run, on our own commit": Row(
        event=_event(
            "workflow_run", sha=TIP, upstream=UpstreamRun(run_id=1, head_sha=HEAD, head_repository="mallory/app")
        ),
        checkout=_MAIN,
        base=BEFORE,
        rule="previous",
        head=TIP,
    ),
    "laptop": Row(event=Event(), checkout=_BRANCH, base=FORK_POINT, rule="merge-base", head=HEAD),
    "no publication": Row(
        event=_event("pull_request", pull_request=_PULL),
        inputs={"publish": "false", "dry-run": "True"},
        base=BASE,
        rule="first-parent",
        flags=("--no-publish", "--dry-run"),
    ),
}


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
    "pull_request_target": (_event("pull_request_target", sha=TIP, pull_request=_PULL), _PR_HEAD),
    "pull_request_target on base": (_event("pull_request_target", sha=TIP, pull_request=_PULL), _MAIN),
    "workflow_run of a fork": (
        _event("workflow_run", sha=TIP, upstream=UpstreamRun(run_id=1, head_sha=HEAD, head_repository="m/app")),
        _PR_HEAD,
    ),
    "workflow_run of a deleted fork": (
        _event("workflow_run", sha=TIP, upstream=UpstreamRun(run_id=1, head_sha=HEAD, head_repository="")),
        _PR_HEAD,
    ),
    "a comment on a pull request": (_event("issue_comment", sha=TIP), _PR_HEAD),
    "a discussion": (_event("discussion_comment", sha=TIP), _PR_HEAD),
}


@pytest.mark.parametrize(("event", "checkout"), _UNSAFE.values(), ids=_UNSAFE)
def test_a_strangers_code_never_runs_beside_secrets(event: Event, checkout: Checkout):
    with pytest.raises(ConfigError) as caught:
        _plan(event, checkout, {})
    assert "pull_request" in caught.value.hint


def test_a_pull_request_without_common_history_says_to_fetch_more():
    with pytest.raises(ConfigError, match="share no history") as caught:
        _plan(_event("pull_request", pull_request=_PULL), Checkout(sha=HEAD, parents=(FORK_POINT,), tip=TIP), {})
    assert "fetch-depth: 0" in caught.value.hint


@pytest.mark.parametrize(("name", "value"), [("publish", "yes"), ("dry-run", "1"), ("comment", "always")])
def test_a_value_that_an_input_cannot_have_is_refused(name: str, value: str):
    with pytest.raises(ConfigError, match=f"the input {name} is '{value}'"):
        _plan(_event("pull_request", pull_request=_PULL), _TEST_MERGE, {name: value})


def test_the_token_travels_in_the_environment_only():
    made = _plan(_event("pull_request", pull_request=_PULL), _TEST_MERGE, {"github-token": "ghs_secret"})
    assert made.environment == {"GITHUB_TOKEN": "ghs_secret"}
    assert "ghs_secret" not in f"{made!r} {made.argv} {made.reproduce}"


def test_an_empty_input_is_an_unset_one():
    assert read_input({"INPUT_BASE": "  "}, "base") == ""
    assert read_input({"INPUT_GITHUB-TOKEN": "t"}, "github-token") == "t"


def test_places_are_below_the_workspace():
    inputs = {"working-directory": "app", "out": "reports", "run-folder": "/somewhere/run"}
    options = _options(_plan(_event("pull_request", pull_request=_PULL), _TEST_MERGE, inputs))
    assert options["--repository"] == "/github/workspace/app"
    assert options["--out"] == "/github/workspace/reports"
    assert options["--run-folder"] == "/somewhere/run"


def test_a_fork_s_run_is_told_why_it_is_weak():
    [_, note] = _plan(_event("pull_request", pull_request=_STRANGERS), _TEST_MERGE, {}).notes
    assert "no secrets" in note


# --- the step itself -----------------------------------------------------------------------------------------------


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
    pull = {"number": 1, "head": {"sha": sha, "repo": None}, "base": {"ref": "main"}}
    done = _run_step(
        repository.folder,
        {"pull_request": pull},
        GITHUB_EVENT_NAME="pull_request_target",
        GITHUB_REPOSITORY=REPOSITORY,
        GITHUB_SHA=sha,
    )
    assert done.returncode == 2
    assert done.stdout.startswith("::error title=gate-action::on pull_request_target the gate would run")
    assert done.stdout.count("\n") == 1


def test_a_module_in_the_workspace_is_never_imported(tmp_path: Path):
    repository = Repository.create(tmp_path / "app")
    trap = "open('trapped', 'w').write('yes')\nraise SystemExit(0)\n"
    repository.commit({"click.py": trap, "gate_action/__init__.py": trap, "sitecustomize.py": trap})
    done = _run_step(repository.folder, {}, GITHUB_EVENT_NAME="workflow_dispatch", PYTHONPATH=str(repository.folder))
    assert not (repository.folder / "trapped").exists()
    assert done.returncode == 2


# --- what is written about it --------------------------------------------------------------------------------------


def _action(path: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((_TOP / path).read_text(encoding="utf-8"))
    return read


def _table(title: str) -> list[list[str]]:
    """The rows of the table below a heading of docs/action.md, without its head."""
    page = (_TOP / "docs" / "action.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


def test_both_actions_take_the_inputs_that_the_plan_reads():
    container, native = _action("action.yml"), _action("native/action.yml")
    assert container["inputs"] == native["inputs"]
    assert tuple(container["inputs"]) == INPUTS


def test_the_native_action_hands_every_input_on():
    *_, gate = _action("native/action.yml")["runs"]["steps"]
    handed = {name: value for name, value in gate["env"].items() if name.startswith("INPUT_")}
    assert handed == {f"INPUT_{name.upper()}": f"${{{{ inputs.{name} }}}}" for name in INPUTS}


def test_no_script_of_the_native_action_holds_an_expression():
    scripts = [step["run"] for step in _action("native/action.yml")["runs"]["steps"]]
    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_both_actions_tell_the_outputs_that_the_sink_writes():
    container, native = _action("action.yml")["outputs"], _action("native/action.yml")["outputs"]
    paths = ("report-json", "report-markdown", "report-html", "run-folder")
    assert tuple(container) == (*describe(failing()), *paths) == tuple(native)
    for name, output in native.items():
        assert output["value"] == f"${{{{ steps.gate.outputs.{name} }}}}"
        assert output["description"] == container[name]["description"]


def test_the_page_has_a_row_for_each_input_and_output():
    declared = _action("action.yml")
    inputs = [[name, str(each["default"]), each["description"]] for name, each in declared["inputs"].items()]
    outputs = [[name, each["description"]] for name, each in declared["outputs"].items()]
    assert _table("Inputs") == inputs
    assert _table("Outputs") == outputs
