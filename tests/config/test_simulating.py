"""target.simulate of gate.yaml."""

from pathlib import Path

import pytest

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.config.simulating import find_simulation_problems
from gate_action.errors import ConfigError
from gate_action.model.fixture import Fixture, Suite
from gate_action.model.metric import Role
from gate_action.model.scenario import Ending, Scenario, ScriptLine, Simulating

GATE = """
schema_version: 1
fixtures: [fixtures]
target: {kind: command, options: {run: [cat]}, env: [OPEN_KEY]SIMULATE}
metrics: {answer: {evaluator: contains}, other: {evaluator: refusal, role: secondary}}
"""
TALKING = Fixture(id="talks", input="hi", scenario=Scenario(goal="x"))
SCRIPTED = Fixture(id="goes-by-rules", input="hi", scenario=Scenario(goal="x", script=(ScriptLine(say="bye"),)))


def load(folder: Path, simulate: str = "") -> Config:
    text = GATE.replace("SIMULATE", f", simulate: {simulate}" if simulate else "")
    (folder / "gate.yaml").write_text(text, encoding="utf-8")
    return load_config(FolderFiles(folder))


def problems(config: Config, *fixtures: Fixture) -> list[str]:
    return [problem.message for problem in find_simulation_problems(config, Suite(fixtures=fixtures))]


def test_every_setting_is_read_and_what_is_left_out_has_its_default(tmp_path: Path):
    assert load(tmp_path).target.simulate is None
    assert load(tmp_path, "{}").target.simulate is not None
    read = load(
        tmp_path,
        "{model: openai/m, key: USER_KEY, temperature: 0, seed: 7, max_turns: 3, redraws: 0, scored: last, "
        "instructions: users.md, scenario: {goal: x, script: [{ends: gave_up}]}}",
    ).target.simulate
    assert read is not None
    script = (ScriptLine(ends=Ending.GAVE_UP),)
    assert (read.key, read.instructions) == ("USER_KEY", "users.md")
    assert read.how == Simulating(
        model="openai/m", temperature=0, seed=7, max_turns=3, redraws=0, scored="last",
        scenario=Scenario(goal="x", script=script),
    )  # fmt: skip


def test_a_metric_without_a_role_only_warns_where_users_are_simulated(tmp_path: Path):
    assert [metric.role for metric in load(tmp_path).metrics] == [Role.PRIMARY, Role.SECONDARY]
    answer, other = load(tmp_path, "{model: openai/m}").metrics
    assert (answer.role, "users are simulated" in answer.barred, other.barred) == (Role.SECONDARY, True, "")


@pytest.mark.parametrize(
    ("simulate", "told"),
    [
        ("{model: openai/m, key: OPEN_KEY}", "target.simulate.key: OPEN_KEY is the simulated users' key"),
        ("{model: openai/m, max_turns: 0}", "target.simulate.max_turns"),
        ("{model: openai/m, patience: 3}", "target.simulate.patience"),
        ('{scenario: {goal: x, script: [{when: "(", say: x}]}}', "no RE2 pattern"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, simulate: str, told: str):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, simulate)
    assert told in str(caught.value)
    assert "gate.yaml:4" in str(caught.value)


def test_recorded_outputs_are_whole_conversations(tmp_path: Path):
    text = GATE.replace("kind: command, options: {run: [cat]}", "kind: recorded, options: {base: a, head: b}")
    (tmp_path / "gate.yaml").write_text(text.replace("SIMULATE", ", simulate: {}"), encoding="utf-8")
    with pytest.raises(ConfigError, match="whole conversations already"):
        load_config(FolderFiles(tmp_path))


def test_a_scenario_wants_somebody_who_plays_it(tmp_path: Path):
    assert problems(load(tmp_path), TALKING) == ["a fixture has a scenario, 'talks' the first, and nobody is simulated"]
    assert problems(load(tmp_path, "{}"), TALKING) == ["no model, and not every scenario has a script"]
    assert problems(load(tmp_path, "{}"), SCRIPTED) == []
    assert problems(load(tmp_path, "{model: openai/m}"), TALKING) == []


def test_whoever_simulates_has_somebody_to_simulate(tmp_path: Path):
    plain = Fixture(id="plain", input="hi")
    [told] = problems(load(tmp_path, "{model: openai/m}"), plain)
    assert "nobody is simulated" in told
    assert problems(load(tmp_path, "{model: openai/m, scenario: {goal: x}}"), plain) == []
