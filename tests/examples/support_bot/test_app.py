import pytest
from support_bot.app import answer


def test_an_answer_is_the_sentence_that_fits_with_its_page_and_what_was_retrieved():
    replied = answer("How much does a parcel of up to 10 kg cost?")
    assert replied["output"]["answer"] == "A parcel of up to 10 kg costs 9.50 euros."
    assert replied["output"]["citations"] == ["shipping-rates#parcel-within-german"]
    assert replied["output"]["confidence"] == 1.0
    assert any("up to 31 kg" in text for text in replied["context"])
    assert replied["tool_calls"] == []


def test_what_no_page_tells_is_refused():
    output = answer("Who won the football world cup?")["output"]
    assert output["refused"] is True
    assert (output["citations"], output["confidence"]) == ([], 0.0)
    assert "can't answer" in output["answer"]


def test_a_question_in_german_is_answered_from_the_german_pages():
    output = answer("Ist die Originalverpackung nötig?")["output"]
    assert (output["locale"], output["answer"]) == ("de", "Die Originalverpackung ist nicht nötig.")


@pytest.mark.parametrize(
    ("question", "call", "words"),
    [
        ("Where is my order KP-10451?", {"name": "order_status"}, "on its way"),
        ("Until when is KP-10423 under warranty?", {"name": "warranty_end"}, "2030-03-07"),
        ("What do I get back if I return KP-10412 on 20 April 2025?", {"name": "refund_quote"}, "voucher of 74.50"),
        ("What do I get back if I return KP-10412?", {"name": "refund_quote"}, "On which day"),
        ("Where is my order KP-99999?", {"name": "order_status"}, "no order KP-99999"),
        ("Wann wird KP-10466 geliefert?", {"name": "order_status"}, "noch nicht gepackt"),
    ],
)
def test_a_question_about_an_order_is_answered_by_the_tool_that_fits(question, call, words):
    replied = answer(question)
    assert [made["name"] for made in replied["tool_calls"]] == [call["name"]]
    assert words in replied["output"]["answer"]


def test_the_day_of_the_return_is_handed_to_the_tool():
    (call,) = answer("What refund do I get if I return KP-10412 on 20 April 2025?")["tool_calls"]
    assert call["arguments"] == {"order_id": "KP-10412", "returned_on": "2025-04-20"}


def test_an_order_number_in_a_question_of_policy_calls_no_tool():
    replied = answer("I have KP-10412: does the warranty cover moth holes?")
    assert replied["tool_calls"] == []
    assert "not covered" in replied["output"]["answer"]


def test_the_same_question_gets_the_same_answer():
    assert answer("Do you repair helmets?") == answer("Do you repair helmets?")
