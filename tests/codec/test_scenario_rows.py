"""Scenarios in rows, and the shapes of fi.simulate, read as they stand."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.row_files import Rows
from gate_action.codec.rows import decode_row, encode_row
from gate_action.model.fixture import Fixture, Slice, digest_json
from gate_action.model.scenario import Ending, Scenario, ScriptLine

WORDS = st.text(min_size=1, max_size=12)
TRAITS = st.dictionaries(WORDS, WORDS | st.integers(0, 9), max_size=2)
LINES = st.builds(ScriptLine, when=st.just("") | st.sampled_from(["order", r"\d+"]), say=WORDS, ends=st.sampled_from(
    [None, *Ending]
))  # fmt: skip
SCENARIOS = st.builds(
    Scenario,
    goal=WORDS,
    situation=st.text(max_size=12),
    facts=st.lists(WORDS, max_size=2).map(tuple),
    persona=TRAITS,
    tool_results=TRAITS,
    script=st.lists(LINES, max_size=2).map(tuple),
)
ALICE = {
    "persona": {"name": "Alice", "mood": "frustrated"},
    "situation": "She cannot log into her account.",
    "outcome": "She is guided through a password reset.",
}


def read(path: str, content: str) -> Rows:
    rows = Rows()
    rows.read(path, content.encode())
    return rows


@given(SCENARIOS)
def test_a_scenario_is_read_as_it_was_written(scenario: Scenario):
    fixture = Fixture(id="a", input="hi", scenario=scenario)
    assert decode_row(encode_row(fixture)) == fixture


def test_a_scenario_changes_the_digest_and_none_leaves_it_what_it_was():
    plain = Fixture(id="a", input="hi")
    assert plain.digest == digest_json(
        {
            "input": "hi", "expected": {}, "context": [], "checks": [], "slices": [], "cluster": "",
            "critical": False, "split": "eval", "id": "a",
        }
    )  # fmt: skip
    users = [Fixture(id="a", input="hi", scenario=Scenario(goal=goal)) for goal in ("x", "y")]
    assert len({plain.digest, *(one.digest for one in users)}) == 3


def test_what_nobody_could_follow_is_told_with_its_place():
    rows = read(
        "a.jsonl",
        '{"input": {"turns": ["a"]}, "scenario": {"goal": "x", "script": [{"when": "(", "say": "x"}]}}\n'
        '{"input": "x", "scenario": {"facts": "x"}}\n',
    )
    advice = "leave it out, or give the input as messages"
    assert list(map(str, rows.problems)) == [
        f"a.jsonl:1:41: scenario: the input scripts its user's turns already ({advice})",
        "a.jsonl:1:75: scenario.script[0].when: no RE2 pattern: missing ): (",
        "a.jsonl:2:28: scenario.goal: required, and missing",
        "a.jsonl:2:38: scenario.facts: expected a list, got text",
    ]


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
