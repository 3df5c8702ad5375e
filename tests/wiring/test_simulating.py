"""Simulated users of a run: what they lack is told before anything is spent; other ones are not compared."""

from pathlib import Path

import pytest

from gate_action.clients.files import FolderFiles
from gate_action.codec.answers import Answer, Header, Place
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.engine.simulated.replies import ARM
from gate_action.errors import ConfigError, MissingKeyError
from gate_action.model.fixture import Fixture, Suite
from gate_action.model.scenario import Scenario, ScriptLine
from gate_action.wiring.masking import find_secrets
from gate_action.wiring.replaying import open_run_tape
from gate_action.wiring.simulating import check_users, digest_users

GATE = """
schema_version: 1
fixtures: [fixtures]
target:
  kind: command
  options: {run: [cat]}
  simulate: SIMULATE
metrics: {answer: {evaluator: contains}}
"""
TALKING = Suite(fixtures=(Fixture(id="f", input="hi", scenario=Scenario(goal="x")),))
SCRIPTED = Suite(fixtures=(Fixture(id="f", input="hi", scenario=Scenario(goal="x", script=(ScriptLine(say="x"),))),))


def load(folder: Path, simulate: str) -> Config:
    (folder / "gate.yaml").write_text(GATE.replace("SIMULATE", simulate), encoding="utf-8")
    return load_config(FolderFiles(folder))


def test_a_model_without_its_key_and_a_scenario_without_a_model_are_refused(tmp_path: Path):
    config = load(tmp_path, "{model: openai/m, key: USER_KEY}")
    with pytest.raises(MissingKeyError, match="USER_KEY"):
        check_users(config, TALKING, {})
    check_users(config, TALKING, {"USER_KEY": "k"})
    check_users(load(tmp_path, "{}"), SCRIPTED, {})
    with pytest.raises(ConfigError, match="cannot simulate its users"):
        check_users(load(tmp_path, "{}"), TALKING, {})


def test_the_key_stands_in_no_report(tmp_path: Path):
    config = load(tmp_path, "{model: openai/m, key: USER_KEY}")
    assert find_secrets(config, {"USER_KEY": "secret-of-theirs"}) == ("secret-of-theirs",)


def test_other_settings_or_instructions_are_other_users(tmp_path: Path):
    files = FolderFiles(tmp_path)
    (tmp_path / "users.md").write_text("Write in German.", encoding="utf-8")
    digests = {
        digest_users(load(tmp_path, simulate), files)
        for simulate in (
            "{model: openai/m}",
            "{model: openai/n}",
            "{model: openai/m, max_turns: 2}",
            "{model: openai/m, scenario: {goal: x}}",
            "{model: openai/m, instructions: users.md}",
        )
    }
    (tmp_path / "users.md").write_text("Write in French.", encoding="utf-8")
    digests.add(digest_users(load(tmp_path, "{model: openai/m, instructions: users.md}"), files))
    assert len(digests) == 6
    assert digest_users(load(tmp_path, "{model: openai/m, key: OTHER}"), files) in digests


def test_instructions_that_are_not_there_are_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"users\.md"):
        digest_users(load(tmp_path, "{model: openai/m, instructions: users.md}"), FolderFiles(tmp_path))


def test_an_interrupted_run_goes_on_with_the_replies_that_it_has(tmp_path: Path):
    header = Header(recorded_at="2026-11-26T00:00:00+00:00")
    place, answer = Place("f", 0, 0, 0), Answer(status=200, content_type="application/json", chunks=(b"hi",))
    path = tmp_path / "simulated.jsonl"
    with open_run_tape(path, header) as tape:
        tape.add(ARM, "digest", place, answer)
    with path.open("ab") as file:
        file.write(b'{"torn')
    with open_run_tape(path, header) as tape:
        assert tape.find(ARM, "digest", place) == answer
