"""Workflows, prompts and calibrations at base beside head's."""

from dataclasses import replace

import pytest

from gate_action.integrity.files import compare_instructions, compare_prompts, compare_records, compare_workflows
from gate_action.model.integrity import Area, Effect
from gate_action.model.judge import Estimate, JudgeQuality, JudgeRecord
from tests.files import FilesInMemory

GATE = "jobs: {gate: {steps: [{uses: octo/gate-action@v1}]}}"
OTHER = "jobs: {docs: {steps: [{run: make docs}]}}"
W = ".github/workflows"
BASE = {f"{W}/gate.yml": GATE, f"{W}/docs.yml": OTHER}
HALF = Estimate(0.9, 0.8, 1.0)
RECORD = JudgeRecord(
    judge="sha256:" + "0" * 64,
    model="openai/m",
    labels="sha256:" + "1" * 64,
    quality=JudgeQuality(sensitivity=HALF, specificity=HALF, j=HALF, kappa=HALF, passes=60, fails=60),
)


def changed(head: dict[str, str | None], base: dict[str, str] | None = None, running: str = "") -> dict[str, Effect]:
    before = BASE if base is None else base
    after = {path: text for path, text in {**before, **head}.items() if text is not None}
    changes = compare_workflows(FilesInMemory(before), FilesInMemory(after), running)
    assert all(change.area is Area.WORKFLOW for change in changes)
    return {f"{change.subject} {change.what}": change.effect for change in changes}


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ({f"{W}/gate.yml": GATE + " # a remark"}, f"{W}/gate.yml edited"),
        ({f"{W}/gate.yml": OTHER}, f"{W}/gate.yml edited"),
        ({f"{W}/gate.yml": None}, f"{W}/gate.yml removed"),
        ({f"{W}/second.yaml": GATE}, f"{W}/second.yaml added"),
        ({f"{W}/[x].yml": GATE}, f"{W}/[x].yml added"),
        ({f"{W}/calls.yml": "jobs: {a: {uses: ./.github/workflows/gate.yml}}"}, f"{W}/calls.yml added"),
    ],
)
def test_a_change_of_what_starts_the_gate_is_held_to_loosen(head: dict[str, str | None], told: str):
    assert changed(head) == {told: Effect.UNCLEAR}


def test_other_workflows_and_files_are_none_of_the_gates_business():
    assert changed({f"{W}/docs.yml": "jobs: {}", "README.md": "gate-action", ".github/labels.yml": "a: b"}) == {}


def test_actions_and_workflows_of_the_repository_that_the_gates_workflow_uses_count():
    base = {
        f"{W}/gate.yml": GATE + "\n  uses: ./.github/actions/setup\n  uses: './.github/workflows/build.yml'",
        ".github/actions/setup/action.yml": "runs: {}",
        f"{W}/build.yml": "jobs: {}",
    }
    told = changed({".github/actions/setup/action.yml": "runs: x", f"{W}/build.yml": "jobs: x"}, base)
    assert told == {".github/actions/setup/action.yml edited": Effect.UNCLEAR, f"{W}/build.yml edited": Effect.UNCLEAR}


def test_the_running_workflow_counts_though_it_hides_what_it_uses():
    wrapped = {f"{W}/ci.yml": "jobs: {a: {uses: octo/wrapper@v1}}"}
    running = f"{W}/ci.yml"
    assert changed({running: "jobs: {}"}, wrapped, running) == {f"{running} edited": Effect.UNCLEAR}
    assert changed({f"{W}/new.yml": "jobs: {}"}, BASE, f"{W}/new.yml") == {f"{W}/new.yml added": Effect.UNCLEAR}


def test_the_first_workflow_loosens_nothing():
    assert changed({f"{W}/gate.yml": GATE}, {"README.md": ""}) == {f"{W}/gate.yml added": Effect.NEUTRAL}


def test_a_prompt_that_head_edits_or_drops_is_held_to_loosen():
    base = FilesInMemory({"tone.md": "Is it polite?", "same.md": "x"})
    (edited,) = compare_prompts(base, FilesInMemory({"tone.md": "Pass.", "same.md": "x"}), ["tone.md", "same.md"])
    assert (edited.subject, edited.what, edited.effect) == ("tone.md", "edited", Effect.UNCLEAR)
    (removed,) = compare_prompts(base, FilesInMemory({"same.md": "x"}), ["same.md", "tone.md", "tone.md"])
    assert removed.what == "removed"


def test_what_simulated_users_are_told_is_of_the_policy():
    told = compare_instructions(FilesInMemory({"u.md": "Be rude."}), FilesInMemory({"u.md": "Be kind."}), ["u.md"])
    assert [(change.area, change.effect) for change in told] == [(Area.POLICY, Effect.UNCLEAR)]


def test_a_calibration_that_is_changed_or_removed_is_held_to_loosen_and_a_first_one_tightens():
    better = replace(RECORD, quality=replace(RECORD.quality, j=Estimate(0.99, 0.98, 1.0)))
    told = compare_records({"a": RECORD, "b": RECORD, "d": RECORD}, {"a": better, "c": RECORD, "d": RECORD}, "l.yaml")
    assert [(change.subject, change.what, change.effect) for change in told] == [
        ("l.yaml: a", "edited", Effect.UNCLEAR),
        ("l.yaml: b", "removed", Effect.UNCLEAR),
        ("l.yaml: c", "added", Effect.TIGHTENS),
    ]
    assert "J 0.90" in told[0].base
    assert "J 0.99" in told[0].head
