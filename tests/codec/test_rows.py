import json
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.row_faults import find_faults, validator
from gate_action.codec.row_files import Rows
from gate_action.codec.rows import FixtureRow, decode_row, default_id, encode_row, encode_rows
from gate_action.model.fixture import (
    ABSENT,
    Check,
    Expected,
    Fixture,
    Provenance,
    Slice,
    Split,
    Suite,
    ToolCall,
    Turn,
)
from tests.profiles import examples

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="="), min_size=1, max_size=6)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=2)
IDS = st.from_regex(r"[A-Za-z0-9._:/-]{1,20}", fullmatch=True)
CALLS = st.builds(ToolCall, name=WORDS, arguments=OBJECTS)
CONVERSATIONS = st.fixed_dictionaries(
    {
        "turns": st.lists(
            TEXTS | st.fixed_dictionaries({"content": TEXTS, "tool_results": OBJECTS}), min_size=1, max_size=3
        )
    }
)
CHATS = st.fixed_dictionaries(
    {"messages": st.lists(st.fixed_dictionaries({"role": WORDS, "content": JSON}), min_size=1, max_size=3)}
)

INPUTS = CONVERSATIONS | CHATS | JSON.filter(lambda value: not (isinstance(value, dict) and len(value) == 1))
DATES = st.just("") | st.dates(min_value=date(1000, 1, 1)).map(str)
FIXTURES = st.builds(
    Fixture,
    id=IDS,
    input=INPUTS,
    expected=st.builds(
        Expected,
        output=st.just(ABSENT) | JSON,
        tool_calls=st.just(ABSENT) | st.lists(CALLS, max_size=2).map(tuple),
        facts=st.lists(TEXTS, max_size=2).map(tuple),
    ),
    context=st.lists(TEXTS, max_size=2).map(tuple),
    checks=st.lists(st.builds(Check, evaluator=WORDS, options=OBJECTS), max_size=2).map(tuple),
    slices=st.sets(st.builds(Slice, WORDS, WORDS), max_size=4).map(lambda slices: tuple(sorted(slices))),
    cluster=TEXTS,
    is_critical=st.booleans(),
    split=st.sampled_from(Split),
    provenance=st.none() | st.builds(Provenance, source=TEXTS, mode=TEXTS, parent=TEXTS),
    consent=TEXTS,
    licence=TEXTS,
    expires=DATES,
    failing_output=st.just(ABSENT) | JSON,
)


def is_decoded(row) -> bool:
    try:
        decode_row(row)
    except msgspec.ValidationError:
        return False
    return True


@given(fixture=FIXTURES)
def test_decoding_what_was_encoded_gives_the_same_fixture(fixture):
    decoded = decode_row(encode_row(fixture))

    assert decoded == fixture
    assert decoded.digest == fixture.digest


@examples(10)
@given(fixtures=st.lists(FIXTURES, min_size=1, max_size=4, unique_by=lambda fixture: fixture.id))
def test_a_jsonl_file_of_fixtures_is_read_as_the_same_suite(fixtures):
    rows = Rows()
    rows.read("a.jsonl", encode_rows(fixtures))

    assert rows.problems == []
    assert rows.suite("a").digest == Suite(fixtures=tuple(fixtures)).digest


@given(fixture=FIXTURES)
def test_encoded_rows_fit_the_schema(fixture):
    assert list(validator().iter_errors(json.loads(json.dumps(encode_row(fixture))))) == []


FAULTY_PARTS = [{"=": "x"}, {"": "x"}, {"facts": "x"}, {"tool_calls": [{"name": ""}]}, {"a": 1}, {"output": 1, "x": 1}]
PARTS = [
    {"output": 1},
    {"facts": ["x"], "tool_calls": []},
    {"tool_calls": [{"name": "f", "arguments": {}}]},
    {"a": ["x"]},
]
CHATTY = [
    {"messages": []},
    {"messages": [{"role": "user", "x": 1}]},
    {"messages": [{"content": "x"}]},
    {"messages": "x"},
]
TURNED = [{"turns": ["x", {"content": "y"}]}, {"turns": [{"text": "y"}]}, {"turns": []}, {"turns": [1]}]
CHECKED = [[{"evaluator": "x"}], [{"evaluator": ""}], [{"evaluator": "x", "options": []}], [{"name": "x"}]]
PLAIN = [
    None,
    True,
    1,
    0.5,
    "",
    "x",
    "a b",
    "eval",
    "train",
    "2027-01-31",
    "a\n",
    "é",
    [],
    ["x"],
    [1],
    [""],
    {},
    {"a": "b"},
]
BITS = st.sampled_from(
    [
        *PLAIN,
        *PARTS,
        *FAULTY_PARTS,
        *CHATTY,
        *TURNED,
        *CHECKED,
        {"source": "x"},
        {"a": "b"},
        {"a": ["x"]},
        {"messages": "x"},
    ]
)
FIELDS = [*FixtureRow.__struct_fields__, "exptected"]


@examples(40)
@given(row=st.dictionaries(st.sampled_from(FIELDS), BITS, max_size=5) | BITS)
def test_the_fast_path_and_the_schema_accept_exactly_the_same_rows(row):
    assert is_decoded(row) == validator().is_valid(row)


@given(row=st.dictionaries(st.sampled_from(FIELDS), BITS, max_size=5) | BITS)
def test_every_refused_row_has_a_fault_and_no_accepted_one_has(row):
    assert is_decoded(row) == (find_faults(row) == ())


def test_a_row_without_an_id_takes_it_from_its_input():
    fixture = decode_row({"input": {"b": 1.0, "a": [2]}})

    assert fixture.id == default_id({"a": [2], "b": 1})
    assert len(fixture.id) == 16


@pytest.mark.parametrize("value", ["yes", 3, None, [], {}, {"answer": "yes"}, {"output": "x", "confidence": 1}])
def test_an_expected_value_that_is_not_made_of_parts_is_the_expected_output(value):
    assert decode_row({"input": "x", "expected": value}).expected == Expected(output=value)


def test_no_expectation_and_an_expected_null_are_two_things():
    assert decode_row({"input": "x"}).expected.output is ABSENT
    assert decode_row({"input": "x", "expected": None}).expected.output is None


def test_an_empty_list_of_expected_calls_means_that_none_may_be_made():
    assert decode_row({"input": "x", "expected": {"tool_calls": []}}).expected.tool_calls == ()
    assert decode_row({"input": "x", "expected": {"facts": ["f"]}}).expected.tool_calls is ABSENT


def test_slices_are_sorted_and_each_value_stands_for_itself():
    fixture = decode_row({"input": "x", "slices": {"topic": ["b", "a", "b"], "locale": "de"}})

    assert fixture.slices == (Slice("locale", "de"), Slice("topic", "a"), Slice("topic", "b"))


def test_one_text_as_context_is_a_list_of_one():
    assert decode_row({"input": "x", "context": "d"}).context == ("d",)


def test_scripted_turns_keep_their_tool_results():
    turns: list[Any] = ["hi", {"content": "where?", "tool_results": {"track": {"at": "depot"}}}]

    assert decode_row({"input": {"turns": turns}}).turns == (
        Turn(content="hi"),
        Turn(content="where?", tool_results={"track": {"at": "depot"}}),
    )
