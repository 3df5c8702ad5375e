from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support_bot.question import QuestionError, read_day, read_question
from support_bot.text import GERMAN


@pytest.mark.parametrize(
    "text", ["on 2025-03-14", "on 14 March 2025", "am 14. März 2025", "on 31 Foo 2025 or 14 march 2025"]
)
def test_a_day_is_read_however_it_is_written(text):
    assert read_day(text) == date(2025, 3, 14)


@pytest.mark.parametrize("text", ["", "soon", "31 April 2025", "2025-13-01", "14 Brumaire 2025", "0000-01-01"])
def test_a_day_that_does_not_exist_is_no_day(text):
    assert read_day(text) is None


def test_the_order_may_stand_in_an_earlier_message_of_the_customer():
    said = [("user", "It is about kp-10483."), ("assistant", "Not KP-00000?"), ("user", "Where is it?")]
    question = read_question({"messages": [{"role": role, "content": content} for role, content in said]})
    assert (question.words, question.order_id) == ("Where is it?", "KP-10483")


def test_the_orders_number_is_no_word_of_the_question():
    assert read_question("Where is kp-10483 now?").words == "Where is   now?"


def test_scripted_turns_are_read_like_messages():
    question = read_question({"turns": ["It is about KP-10483.", {"content": "Where is it?"}]})
    assert (question.words, question.order_id) == ("Where is it?", "KP-10483")


def test_a_day_in_the_question_goes_before_the_day_of_asking():
    asked = {"question": "What if I return it on 14 March 2025?", "today": "2025-02-01"}
    assert read_question(asked).day == date(2025, 3, 14)
    assert read_question({**asked, "question": "What if I return it today?"}).day == date(2025, 2, 1)


def test_a_named_locale_goes_before_the_detected_one():
    assert read_question({"question": "Versand?", "locale": "de"}).language is GERMAN


@pytest.mark.parametrize("asked", [None, 7, "", "  ", [], {}, {"messages": []}, {"messages": [{"role": "system"}]}])
def test_an_input_without_a_question_is_refused(asked):
    with pytest.raises(QuestionError, match="no question"):
        read_question(asked)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_json_in_the_place_of_turns_is_read_or_refused(junk):
    for key in ("messages", "turns", "question", "today", "locale"):
        try:
            read_question({"question": "Where?", key: junk})
        except QuestionError as error:
            assert "no question" in str(error)  # noqa: PT017  # either outcome is right, a crash is not
