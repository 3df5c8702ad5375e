"""json_schema and json_fields: what they read, and what no answer can do to them."""

import time

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.answers.values import Unreadable, depth_exceeds, equal, parse
from gate_action.codec.options import OptionsError
from gate_action.evaluators._paths import fields, find, parse_path, write_path
from gate_action.model.fixture import ABSENT, Json, JsonObject
from tests.evaluators.asking import ask
from tests.evaluators.examples import fixture
from tests.evaluators.test_exact_match import JSON

ORDER: JsonObject = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"}, "lines": {"$ref": "#/$defs/lines"}},
    "patternProperties": {"^x-": {"type": "integer"}},
    "additionalProperties": False,
    "$defs": {"lines": {"type": "array", "items": {"type": "number"}, "maxItems": 2}},
}
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["AB1", "AB", "ab1", 7]),
        "lines": st.lists(st.sampled_from([1, 2.5, "3"]), max_size=3),
        "x-note": st.sampled_from([1, "one"]),
        "note": st.just(1),
    },
)


@given(ANSWERS)
def test_agrees_with_jsonschema_itself(answer: JsonObject):
    is_valid = jsonschema.Draft202012Validator(ORDER).is_valid(answer)
    assert ask("json_schema", answer, schema=ORDER).value == float(is_valid)


def test_a_name_made_to_ruin_backtracking_takes_no_time():
    schema: JsonObject = {
        "type": "object",
        "patternProperties": {"^(a+)+$": False},
        "additionalProperties": {"type": "null"},
    }
    started = time.perf_counter()
    assert ask("json_schema", {"a" * 5000 + "!": None}, schema=schema).value == 1.0
    assert time.perf_counter() - started < 2.0


def test_many_equal_objects_are_told_apart_in_linear_time():
    schema: JsonObject = {"type": "array", "uniqueItems": True}
    started = time.perf_counter()
    assert ask("json_schema", [{"a": index} for index in range(20_000)], schema=schema).value == 1.0
    assert time.perf_counter() - started < 2.0
    assert ask("json_schema", [{"a": 1}, {"a": 1.0}], schema=schema).value == 0.0
    assert ask("json_schema", [1, True, "1"], schema=schema).value == 1.0


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({}, "give at least a type"),
        ({"type": "strin"}, r"at \$.type"),
        ({"$ref": "https://example.com/order.json"}, "nothing is fetched"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "leads nowhere"),
        ({"properties": {"a": {"pattern": "(?=x)"}}}, "is no RE2 pattern"),
        ({"patternProperties": {"(": {}}}, "is no RE2 pattern|not a 'regex'"),
        ({"patternProperties": {"a": {}}, "unevaluatedProperties": False}, "do not go together"),
    ],
)
def test_a_schema_that_cannot_hold_or_would_fetch_is_refused(schema: JsonObject, message: str):
    with pytest.raises(OptionsError, match=message):
        ask("json_schema", "{}", schema=schema)


def test_a_reference_inside_data_refers_to_nothing():
    schema = {"const": {"$ref": "https://example.com"}}
    assert ask("json_schema", {"$ref": "https://example.com"}, schema=schema).value == 1.0


def test_the_reason_names_the_place_and_the_rule():
    reason = ask("json_schema", {"id": "AB1", "lines": [1, "x"]}, schema=ORDER).reason
    assert reason == 'at $.lines[1]: got "x", which breaks type: "number"'


@pytest.mark.parametrize("content", ['```json\n{"id": "AB1"}\n```', ' ```\n{"id": "AB1"}\n```\n'])
def test_a_fence_is_read_only_where_it_is_allowed(content: str):
    assert ask("json_schema", content, schema=ORDER).value == 0.0
    assert ask("json_schema", content, schema=ORDER, allow_fence=True).value == 1.0


@pytest.mark.parametrize("text", ['{"a": 1} and more', '{"a": NaN}', '{"a": 1, "a": 1}', "[" * 100_000, "", "{'a': 1}"])
def test_only_strict_json_is_read(text: str):
    assert isinstance(parse(text), Unreadable)


def test_an_answer_may_nest_64_deep_and_no_deeper():
    nested: Json = 0
    for _ in range(63):
        nested = [nested]
    assert not depth_exceeds(nested)
    assert depth_exceeds([nested])
    schema: JsonObject = {
        "$ref": "#/$defs/n",
        "$defs": {"n": {"anyOf": [{"const": 0}, {"items": {"$ref": "#/$defs/n"}}]}},
    }
    assert ask("json_schema", nested, schema=schema).value == 1.0
    assert "nests deeper" in ask("json_schema", [nested], schema=schema).reason


@given(JSON)
def test_equality_is_reflexive_and_sees_a_wrapping(value: Json):
    assert equal(value, value)
    assert not equal(value, [value])


def test_the_share_of_fields_that_hold_is_the_score():
    expected: JsonObject = {"total": 10.0, "customer": {"name": "Ada", "city": "London"}, "tags": ["a", "b"]}
    answer: JsonObject = {
        "total": 10.4,
        "customer": {"name": "ADA", "city": "Paris", "zip": 1},
        "tags": ["a", "b", "c"],
    }
    assert ask("json_fields", answer, fixture(expected)).value == 0.0
    assert ask("json_fields", answer, fixture(expected), tolerance=0.5, ignore_case=True).value == 0.5


def test_the_reason_counts_and_shows_the_first_field_that_differs():
    reason = ask("json_fields", {"a.b": 2}, fields={"a\\.b": 1, "c": 3}).reason
    assert reason == "2 of 2 fields differ: a\\.b: expected 1, got 2"


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4).map(tuple))
def test_a_path_reads_back_as_written(path: tuple[str, ...]):
    assert parse_path(write_path(path)) == path


@given(st.dictionaries(st.text(min_size=1), JSON, min_size=1, max_size=4))
def test_every_field_listed_is_found_at_its_path(value: JsonObject):
    assert all(equal(member, found) for path, member in fields(value) if (found := find(value, path)) is not ABSENT)
    assert all(find(value, path) is not ABSENT for path, _ in fields(value))


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b"])
def test_a_path_with_an_empty_part_is_refused(path: str):
    with pytest.raises(OptionsError, match="is no dotted path"):
        ask("json_fields", {}, fields={path: 1})
