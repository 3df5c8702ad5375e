import pytest

from gate_action.codec.options import OptionsError
from gate_action.model.fixture import Json
from gate_action.model.trial import Output
from tests.evaluators.asking import ask
from tests.evaluators.examples import CALLED, fixture


def test_all_of_and_any_of_must_both_hold():
    options: dict[str, Json] = {"all_of": ["fee"], "any_of": ["20 cents", "0.20"]}
    assert ask("contains", "The fee is 0.20 EUR.", **options).value == 1.0
    assert ask("contains", "The fee is 1 EUR.", **options).value == 0.0
    assert ask("contains", "0.20", **options).value == 0.0


def test_partial_gives_the_share_of_what_is_asked():
    options: dict[str, Json] = {"all_of": ["a", "b", "c"], "any_of": ["d", "e"], "partial": True}
    assert ask("contains", "a b e", **options).value == 0.75


def test_facts_come_before_the_expected_output():
    assert ask("contains", "thirty days", fixture("another text", facts=("thirty", "days"))).value == 1.0


def test_given_texts_come_before_the_fixture():
    assert ask("contains", "thirty days", fixture("thirty"), any_of=["weeks"]).value == 0.0


def test_the_reason_names_what_is_missing():
    assert "weeks" in ask("contains", "thirty days", all_of=["days", "weeks"]).reason


@pytest.mark.parametrize("content", [{"items": ['say "hi"']}, ['say "hi"'], {'say "hi"': 1}])
def test_json_answers_are_searched_in_their_texts_and_names(content: Json):
    assert ask("contains", content, all_of=['say "hi"']).value == 1.0


@pytest.mark.parametrize("text", ["", " ", "\u200b"])
def test_a_text_that_every_answer_contains_is_refused(text: str):
    with pytest.raises(OptionsError, match="leaves nothing to look for"):
        ask("contains", "x", all_of=[text], ignore_whitespace=True)


def test_forbidden_words_are_found_in_other_case_and_behind_invisible_marks():
    for answer in ["The PASSWORD is x", "pass\u00adword", "p\u200bassword", "pass\u2060word"]:
        assert ask("not_contains", answer, none_of=["password"]).value == 0.0


def test_forbidden_words_are_found_across_line_breaks():
    assert ask("not_contains", "top\n  secret", none_of=["top secret"]).value == 0.0


def test_forbidding_nothing_is_refused():
    with pytest.raises(OptionsError, match="every answer would pass"):
        ask("not_contains", "x", none_of=[])


@pytest.mark.parametrize("content", [" ", "\u200b\ufeff", None, {}, [], {"answer": "", "sources": []}])
def test_silence_is_no_success(content: Json):
    assert ask("not_contains", content, none_of=["x"]).value == 0.0


def test_an_answer_of_calls_alone_is_no_silence():
    assert ask("not_contains", Output(content="", tool_calls=CALLED.tool_calls), none_of=["x"]).value == 1.0
