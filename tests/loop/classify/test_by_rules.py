import json
from typing import Any

import pytest

from gate_action.loop.classify.answer import Found
from gate_action.loop.classify.by_rules import RulesClassifier, load_rules
from gate_action.loop.classify.subjects import Statement, Subject
from tests.loop.classify.answers import RUBRIC
from tests.loop.complaints import MONDAY

RULES = RulesClassifier(rubric=RUBRIC, rules=load_rules())


def judge(*statements: Statement, asked: str = "When?", said: str = "On Tuesday.", **told: Any) -> Found:
    return RULES.judge(
        Subject(turn_id="t", voice="u", at=MONDAY, input=asked, output=said, statements=statements, **told)
    )


def bad(comment: str = "", **told: Any) -> Statement:
    return Statement(name="thumb", polarity=-1, comment=comment, **told)


def quotes(found: Found) -> dict[str, str]:
    return {mode.mode: mode.quote for mode in found.modes if mode.is_present}


@pytest.mark.parametrize(
    ("comment", "label"),
    [
        ("You made that up.", "hallucination"),
        ("Diesen Paragraphen gibt es gar nicht!", "hallucination"),
        ("C'est faux, cette page n'existe pas", "hallucination"),
        ("Eso es falso", "hallucination"),
        ("That's not what I asked.", "missed_intent"),
        ("Du hast mich falsch verstanden", "missed_intent"),
        ("Vous n'avez pas répondu", "missed_intent"),
        ("No es lo que pedí", "missed_intent"),
        ("not valid JSON", "format_error"),
        ("Der Text ist abgeschnitten", "format_error"),
        ("it cancelled the wrong order", "tool_misuse"),
        ("You should not have told me her address", "under_refusal"),
        ("It would be nice if it could also book hotels", "unmet_need"),
        ("sorry, wrong button", "not_a_failure"),
        ("bad", "unknown"),
        ("¡malo!", "unknown"),
        ("", "unknown"),
    ],
)
def test_words_of_four_languages_are_known_and_other_words_are_not_guessed_at(comment: str, label: str):
    assert judge(bad(comment)).label == label


def test_each_mode_that_is_present_quotes_the_sentence_word_for_word():
    found = judge(bad("Hello there. You made that up! And it is NOT valid JSON"))
    assert quotes(found) == {"hallucination": "You made that up", "format_error": "And it is NOT valid JSON"}


def test_an_answer_that_is_no_json_though_json_was_asked_for_is_a_format_error_whatever_was_said():
    assert judge(bad(), asked="Give me valid JSON", said="Sure: {a: 1}").label == "format_error"
    assert judge(bad(), asked="Give me valid JSON", said='{"a": 1}').label == "unknown"
    assert judge(bad(), asked="What is JSON?", said="A notation.").label == "unknown"


def test_a_refusal_is_an_over_refusal_only_where_somebody_says_so_or_knew_the_answer():
    refusal = "I'm sorry, but I can't help with that."
    assert judge(bad("why do you refuse this?"), said=refusal).label == "over_refusal"
    assert judge(bad("why do you refuse this?"), said="On Tuesday.").label == "unknown"
    corrected = judge(Statement(name="correction", correction="On Monday."), said=refusal)
    assert quotes(corrected) == {"over_refusal": "I'm sorry, but I can't help with that"}
    silent = judge(bad(), said=refusal)
    assert silent.label == "unknown"
    assert "rules cannot tell" in silent.cause


def test_a_tools_error_in_a_turn_that_was_complained_of_is_tool_misuse():
    calls = json.dumps([{"name": "cancel", "arguments": {}, "result": {"error": "no such order"}}])
    assert quotes(judge(bad(), tool_calls=calls)) == {"tool_misuse": '{"error": "no such order"}'}
    assert judge(bad(), tool_calls='[{"name": "x", "result": "ok"}]').label == "unknown"
    assert judge(bad(), tool_calls="no JSON").label == "unknown"


def test_a_retry_that_a_rule_found_is_a_missed_intent_with_the_question_as_its_quote():
    retry = Statement(name="retry", kind="implicit", polarity=-1, author_kind="code")
    assert quotes(judge(retry, asked="Where is order 7?")) == {"missed_intent": "Where is order 7?"}


def test_praise_is_no_failure_whatever_words_it_has():
    assert judge(Statement(name="thumb", polarity=1, comment="You made that up? Great!")).label == "not_a_failure"


def test_what_is_unknown_says_why():
    assert judge(bad()).cause == "nobody wrote what was wrong"
    assert "none of the words" in judge(bad("bad")).cause


def test_the_digest_follows_the_words_and_not_the_turns():
    assert RULES.digest == RulesClassifier(rubric=RUBRIC, rules=load_rules()).digest
    assert RULES.digest.startswith("sha256:")
