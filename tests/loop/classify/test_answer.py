import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.classify.answer import Found, Unusable, read_answer
from tests.loop.classify.answers import RUBRIC, answer

RECORD: dict[str, Any] = {
    "input": "May I return a kettle?",
    "answer": "You have 90 days,\n   whatever   the box says.",
    "documents": ["Returns: 14 days."],
    "tool_calls": [{"name": "look_up", "arguments": {"order": 17}, "result": "not found"}],
    "feedback": [{"name": "thumb", "polarity": -1, "comment": "It is 14 days!"}],
}


def read(said: Any) -> Found | Unusable:
    return read_answer(said if isinstance(said, str) else json.dumps(said), RUBRIC, RECORD)


def present(found: Found | Unusable) -> dict[str, str]:
    assert isinstance(found, Found), found
    return {mode.mode: mode.quote for mode in found.modes if mode.is_present}


@pytest.mark.parametrize(
    "quote", ["You have 90 days", "90 days, whatever the box", "14 days.", "not found", '"order": 17']
)
def test_a_quote_may_come_from_any_text_of_the_record_and_only_white_space_may_differ(quote: str):
    assert present(read(answer("hallucination", hallucination=quote))) == {"hallucination": quote}


@pytest.mark.parametrize(
    "quote", ["you have 90 days", "You have 90 days.", "You have 60 days", "", "  ", "14", "days.not"]
)
def test_a_mode_whose_quote_is_not_there_is_not_present_and_is_counted(quote: str):
    found = read(answer("missed_intent", hallucination=quote, missed_intent="It is 14 days!"))
    assert present(found) == {"missed_intent": "It is 14 days!"}
    assert found.invented_quotes == 1


def test_a_label_whose_mode_nothing_shows_makes_the_answer_unusable():
    found = read(answer("hallucination", hallucination="You have a thousand days"))
    assert isinstance(found, Unusable)
    assert found.invented_quotes == 1
    assert isinstance(read(answer("hallucination")), Unusable)


@pytest.mark.parametrize(
    "said",
    [
        "no JSON",
        "[]",
        '{"label": "unknown"}',
        answer("terrible"),
        answer("unknown") | {"confidence": 1},
        answer("unknown") | {"modes": {}},
        answer("unknown") | {"modes": {**answer("unknown")["modes"], "slow": {"present": False, "quote": ""}}},
        answer("unknown") | {"sentence": None},
        answer("unknown") | {"label": ["unknown"]},
        answer("unknown") | {"modes": dict.fromkeys(RUBRIC.mode_names, True)},
        json.dumps(answer("unknown")) + " and more",
        '{"label": "unknown", ' + json.dumps(answer("not_a_failure"))[1:],
    ],
)
def test_an_answer_of_another_shape_or_with_another_label_is_unusable(said: Any):
    assert isinstance(read(said), Unusable)


def test_a_fenced_answer_is_read():
    assert isinstance(read(f"```json\n{json.dumps(answer('unknown'))}\n```"), Found)


def test_a_name_is_proposed_for_other_alone_and_made_plain():
    found = read(answer("other", name="Rude tone!\x1b[31m"))
    assert isinstance(found, Found)
    assert found.proposed_name == "rude_tone_31m"
    named = read(answer("unknown", name="rude"))
    assert isinstance(named, Found)
    assert not named.proposed_name


@given(st.text())
def test_no_text_makes_the_reader_fall_over(text: str):
    assert isinstance(read_answer(text, RUBRIC, RECORD), Unusable)
