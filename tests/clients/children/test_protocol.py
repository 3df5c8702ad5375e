"""What answers mean, and that hostile ones are garbage rather than a failure of ours."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.clients.children.protocol import (
    attempt_from,
    decode_json,
    decode_object,
    nests_too_deeply,
    plain_tool_call,
)
from gate_action.model.fixture import Json
from gate_action.model.trial import Attempt, Fault, Output, TrialError, Unmeasured

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_object_or_garbage(content: bytes):
    told = decode_object(content)
    assert isinstance(told, dict) or (isinstance(told, TrialError) and told.fault is Fault.GARBAGE)


@given(
    st.dictionaries(st.sampled_from(["output", "tool_calls", "context", "usage", "error", "kind", "messages"]), JSON)
)
def test_any_object_is_an_attempt(content: dict[str, Json]):
    attempt = attempt_from(content, 1.0)
    assert isinstance(attempt, Attempt)
    assert isinstance(attempt.outcome, Output) <= ("output" in content)


@given(JSON)
def test_every_output_comes_through_unchanged(value: Json):
    told = decode_object(json.dumps({"output": value}).encode())
    assert attempt_from(told, 1.0).outcome == Output(content=value)


def test_null_is_as_good_as_absent_for_all_but_the_output():
    parts = dict.fromkeys(("tool_calls", "context", "messages", "usage", "error", "retry_after_s"))
    assert attempt_from({"output": None, **parts}, 1.0).outcome == Output(content=None)


def test_an_error_beside_an_output_is_an_error():
    assert attempt_from({"output": 1, "error": "half"}, 1.0).outcome == TrialError(fault=Fault.REFUSED, detail="half")


def test_a_long_error_is_cut():
    outcome = attempt_from({"error": "x" * 10_000}, 1.0).outcome
    assert isinstance(outcome, TrialError)
    assert len(outcome.detail) < 600


def test_what_was_not_measured_may_be_told_by_its_word():
    usage = attempt_from({"output": 1, "usage": {"cost_usd": "unpriced", "latency_s": 2.5}}, 1.0).usage
    assert (usage.cost_usd, usage.latency_s) == (Unmeasured.UNPRICED, 2.5)


@pytest.mark.parametrize(
    "claim", [{"cost_usd": 1e308}, {"latency_s": 1e10}, {"input_tokens": 10**13}, {"cost_usd": -1}]
)
def test_an_answer_that_claims_to_have_taken_what_nothing_takes_is_garbage(claim: dict[str, float]):
    outcome = attempt_from({"output": 1, "usage": claim}, 1.0).outcome
    assert isinstance(outcome, TrialError)
    assert outcome.fault is Fault.GARBAGE


@pytest.mark.parametrize("depth", [10, 63, 64, 65, 500, 100_000])
def test_nesting_is_refused_beyond_64_levels(depth: int):
    content = b"[" * depth + b"]" * depth
    assert isinstance(decode_json(content), TrialError) == (depth > 64)


def test_many_brackets_side_by_side_are_no_nesting():
    assert not nests_too_deeply(b"[" + b"[]," * 500 + b"[]]")


@pytest.mark.parametrize(
    "call",
    [
        {"name": "f", "arguments": {"a": 1}},
        {"name": "f", "arguments": '{"a": 1}'},
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
        {"type": "tool_use", "name": "f", "input": {"a": 1}},
    ],
)
def test_a_tool_call_is_read_in_every_providers_spelling(call: Json):
    assert plain_tool_call(call) == {"name": "f", "arguments": {"a": 1}}


@pytest.mark.parametrize("call", [1, None, "f", [], {"function": "f"}])
def test_what_is_no_tool_call_makes_the_answer_garbage(call: Json):
    outcome = attempt_from({"output": 1, "tool_calls": [plain_tool_call(call)]}, 1.0).outcome
    assert isinstance(outcome, TrialError)
    assert outcome.fault is Fault.GARBAGE
