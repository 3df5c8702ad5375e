"""The shapes of fi.simulate, read as they stand."""

import json
from typing import Any

from gate_action.codec.row_files import Rows
from gate_action.model.fixture import Slice
from gate_action.model.scenario import Scenario

ALICE = {
    "persona": {"name": "Alice", "mood": "frustrated"},
    "situation": "She cannot log into her account.",
    "outcome": "She is guided through a password reset.",
}


# As pydantic writes a typed one out, every default with it.
TYPED: dict[str, Any] = {
    **ALICE,
    "persona": {},
    "identity": {
        "name": "Alice", "role": None, "summary": None, "language": "de", "demographics": {}, "style_notes": ["short"],
    },
    "temperament": {"rajas": 0.9, "sattva": 0.2, "tamas": 0.0},
    "behavior_policy": None,
    "knowledge": [
        {"key": "order", "value": "RC-1042", "disclosure": "on_request"},
        {"key": "mail", "value": "alice@example.org", "disclosure": "volunteer"},
        {"key": "password", "value": "hunter2", "disclosure": "withhold"},
    ],
    "attack": None,
    "provenance": {"evidence_class": "hand_written", "calibrated": False, "raw": None},
    "version": "sha256:0",
}  # fmt: skip
ARC = {"steps": [{"turn": 2, "pressure": 0.5, "tactic": "urgency"}], "hold_character": True}


def read(path: str, content: str) -> Rows:
    rows = Rows()
    rows.read(path, content.encode())
    return rows


def test_a_scenario_of_fi_simulate_is_a_file_of_fixtures():
    rows = read("a.json", json.dumps({"name": "Password Reset", "description": None, "dataset": [ALICE]}))
    [fixture] = rows.fixtures
    assert fixture.id == "password-reset/alice-8fbf6bd3"
    assert fixture.input == {"situation": ALICE["situation"]}
    assert fixture.slices == (Slice("scenario", "Password Reset"),)
    assert fixture.scenario == Scenario(
        goal="She is guided through a password reset.",
        situation="She cannot log into her account.",
        persona={"name": "Alice", "mood": "frustrated"},
    )


def test_a_persona_may_have_what_fixtures_have_and_its_id_is_its_contents():
    rows = read("a.jsonl", json.dumps({**ALICE, "id": "mine", "critical": True}) + "\n" + json.dumps(ALICE) + "\n")
    named, other = rows.fixtures
    assert (named.id, named.is_critical, other.id) == ("mine", True, "alice-8fbf6bd3")
    assert named.cluster == other.cluster != ""


def test_personas_in_a_table_are_read():
    table = 'persona,situation,outcome\n"{""name"": ""Bo""}",Lost card,New card\n'
    [fixture] = read("a.csv", table).fixtures
    assert fixture.scenario == Scenario(goal="New card", situation="Lost card", persona={"name": "Bo"})


def test_faults_of_a_persona_are_told_in_its_own_words():
    rows = read("a.yaml", "name: x\ndataset:\n  - persona: [1]\n    situation: 3\n")
    assert [(one.field, one.line) for one in rows.problems] == [("outcome", 3), ("persona", 3), ("situation", 4)]


def test_a_dataset_that_is_another_file_is_refused_with_the_way_out():
    [problem] = read("a.json", '{"name": "x", "dataset": "people.csv"}').problems
    assert "name that file among the fixtures" in str(problem)


def scenario(**more: Any) -> str:
    return json.dumps({"name": "Locked out", "description": None, "dataset": [TYPED], **more})


def test_a_typed_persona_has_its_layers_as_traits_and_reveals_no_more_than_it_may():
    [fixture] = read("a.json", scenario(kind="task", goal=None, verification={"checks": []}, version="x")).fixtures
    user = fixture.scenario
    assert user is not None
    assert user.facts == ("order: RC-1042", "mail: alice@example.org")
    assert user.persona == {
        "identity": {"name": "Alice", "language": "de", "style_notes": ["short"]},
        "temperament": {"rajas": 0.9, "sattva": 0.2, "tamas": 0.0},
    }
    assert fixture.id.startswith("locked-out/alice-")
    assert fixture.provenance is None
    assert fixture.slices == (Slice("kind", "task"), Slice("scenario", "Locked out"))


def test_a_typed_scenario_bounds_what_they_know_and_says_how_they_press():
    content = scenario(constraints={"max_user_knowledge": ["order"]}, escalation=ARC, attack_type="jailbreak")
    [fixture] = read("a.json", content).fixtures
    assert fixture.scenario is not None
    assert fixture.scenario.facts == ("order: RC-1042",)
    assert fixture.scenario.persona["escalation"] == ARC
    assert fixture.scenario.persona["attack_type"] == "jailbreak"


def test_what_a_persona_knows_is_told_where_it_cannot_be_read():
    rows = read("a.yaml", "- {situation: a, outcome: b, knowledge: [{key: c}]}\n- {situation: a, outcome: b, x: 1}\n")
    assert [(one.line, one.field) for one in rows.problems] == [(1, "knowledge"), (2, "x")]


def test_a_fixtures_own_provenance_stays():
    [fixture] = read("a.jsonl", json.dumps({**ALICE, "provenance": {"source": "sdk"}})).fixtures
    assert fixture.provenance is not None
