"""The run folder's lines: what is written is read back the same, and a torn or altered line is seen."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec import records
from gate_action.model.fixture import Fixture, Place, ToolCall
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, Fault, Output, Stored, Trial, TrialError, TrialKey, Unmeasured, Usage

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.builds(TrialKey, TEXT, st.sampled_from(Arm), st.integers(0, 99))
SECONDS = st.floats(0, 1e6) | st.sampled_from(Unmeasured)
COUNTS = st.integers(0, 10**9) | st.sampled_from(Unmeasured)
USAGES = st.builds(Usage, latency_s=SECONDS, input_tokens=COUNTS, output_tokens=COUNTS, cost_usd=SECONDS)
CALLS = st.lists(st.builds(ToolCall, name=TEXT, arguments=st.dictionaries(TEXT, JSON, max_size=2)), max_size=2)
OUTPUTS = st.builds(
    Output,
    content=JSON,
    tool_calls=CALLS.map(tuple),
    context=st.lists(TEXT, max_size=2).map(tuple),
    messages=st.lists(JSON, max_size=2).map(tuple),
)
OUTCOMES = st.builds(Stored, st.integers(0, 2**40), st.integers(0, 2**30)) | st.builds(
    TrialError, fault=st.sampled_from(Fault), detail=TEXT, tail=TEXT
)
TRIALS = st.builds(Trial, key=KEYS, outcome=OUTCOMES, usage=USAGES, fresh=st.booleans(), tries=st.integers(1, 9))
RESULTS = st.builds(Score, value=st.floats(0, 1), reason=TEXT) | st.builds(
    NotScored, cause=st.sampled_from(NotScoredCause), detail=TEXT
)
SCORES = st.builds(Scored, key=KEYS, metric=TEXT, result=RESULTS)


@given(TRIALS)
def test_a_trial_is_read_back_as_it_was_written(trial: Trial):
    assert records.decode_trial(records.encode_trial(trial)) == trial


@given(KEYS, OUTPUTS)
def test_an_output_is_read_back_as_it_was_written(key: TrialKey, output: Output):
    assert records.decode_output(records.encode_output(key, output)) == (key, output)


@given(SCORES)
def test_a_score_is_read_back_as_it_was_written(scored: Scored):
    assert records.decode_score(records.encode_score(scored)) == scored


@given(SCORES, st.data())
def test_a_line_with_one_byte_changed_or_cut_off_is_refused(scored: Scored, data: st.DataObject):
    line = records.encode_score(scored)
    at = data.draw(st.integers(0, len(line) - 2))
    changed = bytes([line[at] ^ data.draw(st.integers(1, 255))])
    for torn in (line[:at], line[:at] + changed + line[at + 1 :]):
        with pytest.raises(records.TornLineError):
            records.decode_score(torn)


def test_a_line_is_json_for_any_other_reader_too():
    line = records.encode_score(Scored(key=TrialKey("a", Arm.HEAD, 0), metric="m", result=Score(value=1.0)))
    assert json.loads(line) == {
        "fixture_id": "a", "arm": "head", "attempt": 0, "metric": "m", "value": 1.0, "crc": json.loads(line)["crc"]
    }  # fmt: skip


def test_an_output_that_is_not_stored_yet_cannot_be_written_as_a_trial():
    trial = Trial(key=TrialKey("a", Arm.HEAD, 0), outcome=Output(content="x"))
    with pytest.raises(TypeError, match="store the output first"):
        records.encode_trial(trial)


def test_a_record_of_neither_outcome_is_refused():
    empty = records.seal(
        b'{"fixture_id":"a","arm":"head","attempt":0,"fresh":true,"tries":1,"usage":{"latency_s":1.0,'
        b'"input_tokens":1,"output_tokens":1,"cost_usd":1.0}}'
    )
    with pytest.raises(records.TornLineError, match="neither output nor fault"):
        records.decode_trial(empty)


def test_a_fixtures_line_tells_its_digest_and_place():
    fixture = Fixture(id="a", input="hi", place=Place("fixtures/a.jsonl", 3))
    line = json.loads(records.encode_fixture(fixture))
    assert (line["digest"], line["place"]) == (fixture.digest, {"path": "fixtures/a.jsonl", "line": 3})
