"""The two action.yml, docs/action.md, action.py and the outputs' sink against each other."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gate_action.action import INPUTS
from gate_action.sinks.outputs import describe
from tests.sinks.published import failing

_TOP = Path(__file__).parents[1]


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


@pytest.mark.parametrize("path", ["native/action.yml", "setup/action.yml"])
def test_no_script_of_a_composite_action_holds_an_expression(path: str):
    scripts = [step["run"] for step in _action(path)["runs"]["steps"]]
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


def test_the_workflows_to_copy_use_inputs_and_permissions_that_there_are():
    for path in sorted((_TOP / "examples" / "workflows").glob("*.yml")):
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] == {}, path
        steps = [
            step for job in workflow["jobs"].values() for step in job["steps"] if "gate-action" in step.get("uses", "")
        ]
        assert steps or path.name == "forks-review.yml", "a workflow that only starts another one"
        for step in steps:
            is_command_alone = "gate-action/setup@" in step["uses"]
            assert set(step.get("with", {})) <= ({"loop"} if is_command_alone else set(INPUTS)), path


def test_no_push_waits_in_a_group_of_which_github_drops_all_but_the_newest():
    for path in sorted((_TOP / "examples" / "workflows").glob("*.yml")):
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        groups = [part["concurrency"]["group"] for part in (workflow, *_on_push(workflow)) if "concurrency" in part]
        if "push" in workflow[True]:  # YAML's name for "on"
            assert all("github.sha" in group for group in groups), path


def test_jobs_that_write_the_loops_store_wait_for_one_another():
    cycle, watch = (
        yaml.safe_load((_TOP / "examples" / "workflows" / f"loop-{name}.yml").read_text(encoding="utf-8"))
        for name in ("cycle", "watch")
    )
    assert cycle["concurrency"] == watch["jobs"]["watch"]["concurrency"]
    assert "cancel-in-progress" not in cycle["concurrency"]


def _on_push(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    """Jobs that a push starts."""
    return [job for job in workflow["jobs"].values() if job.get("if") != "github.event_name == 'schedule'"]


def test_the_sharded_workflow_measures_as_many_shards_as_it_says_and_names_them_by_index_and_attempt():
    workflow = yaml.safe_load((_TOP / "examples" / "workflows" / "eight-shards.yml").read_text(encoding="utf-8"))
    measuring, deciding = workflow["jobs"]["shard"], workflow["jobs"]["gate"]
    assert measuring["strategy"]["matrix"]["shard"] == list(range(1, 9))
    assert measuring["permissions"] == {"contents": "read"}
    gate, upload = measuring["steps"][-2:]
    assert gate["with"]["shard"] == "${{ matrix.shard }}/8"
    assert upload["with"]["path"] == f"{gate['with']['out']}/shard"
    assert "matrix.shard" in upload["with"]["name"]
    assert "github.run_attempt" in upload["with"]["name"]
    download, merge = deciding["steps"][-2:]
    assert download["with"]["path"] == merge["with"]["merge"]
    assert deciding["if"] == "${{ !cancelled() }}"
