"""Scenarios in rows."""

from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.row_files import Rows
from gate_action.codec.rows import decode_row, encode_row
from gate_action.model.fixture import Fixture, digest_json
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
