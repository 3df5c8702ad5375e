import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gate_action.codec.rows import decode_row, encode_row
from gate_action.loop.nearness import near_key
from gate_action.loop.promote.proposing import corrected, propose, row_id
from gate_action.model.fixture import ABSENT, Check, Fixture, Split, ToolCall, digest_json
from gate_action.model.promotion import Candidate, CorrectionSource, Failure, Passed, PromotionRules, Proposal
from gate_action.model.rejection import Rejection
from tests.loop.promote.failing import QUESTIONS, bench, failure


def only(proposal: Proposal) -> Candidate:
    (candidate,) = proposal.candidates
    return candidate


def test_a_failing_turn_becomes_a_fixture_that_says_what_must_not_be_done():
    fixture = only(propose([failure(0)], bench())).fixture
    assert fixture.input == "Can I pay by cheque?"
    assert fixture.context == ("We take cards and transfers.",)
    assert fixture.failing_output == "Yes, send the cheque with your order."
    assert fixture.expected.output is ABSENT
    assert fixture.checks == (Check(evaluator="not_contains", options={"none_of": ["send the cheque"]}),)
    assert {str(one) for one in fixture.slices} == {"locale=en", "failure_mode=hallucination"}
    assert (fixture.consent, fixture.licence, fixture.expires) == ("given with the turn", "internal", "2027-11-02")
    provenance = fixture.provenance
    assert provenance is not None
    assert (provenance.cluster, provenance.mode, provenance.release) == (
        "hallucination-payment",
        "hallucination",
        "1.4.0",
    )
    assert (provenance.trace, provenance.correction) == ("hmac:0000", "")


def test_the_row_reads_as_the_same_fixture():
    fixture = only(propose([failure(0)], bench())).fixture
    assert decode_row(json.loads(json.dumps(encode_row(fixture)))) == fixture


@pytest.mark.parametrize(("source", "name"), [(CorrectionSource.USER, "user"), (CorrectionSource.REVIEWER, "reviewer")])
def test_a_correction_is_what_is_expected(source, name):
    said = "No, we take cards and transfers only."
    candidate = only(propose([failure(0, correction=said, correction_source=source)], bench()))
    assert candidate.fixture.expected.output == said
    assert candidate.fixture.provenance is not None
    assert candidate.fixture.provenance.correction == name


def test_what_is_personal_is_the_same_pseudonym_in_every_part():
    told = failure(
        0,
        input="I am kim@mail.example, where is my parcel?",
        output="Dear kim@mail.example, it was delivered on Sunday.",
        comment="kim@mail.example never got it",
        quote="delivered on Sunday",
        slices=(("shop", "kim@mail.example"),),
    )
    candidate = only(propose([told], bench()))
    whole = json.dumps(encode_row(candidate.fixture)) + candidate.comment
    assert "kim@" not in whole
    assert candidate.fixture.input == "I am <EMAIL_1>, where is my parcel?"
    assert candidate.fixture.failing_output == "Dear <EMAIL_1>, it was delivered on Sunday."
    assert candidate.replaced == "email 1"


@pytest.mark.parametrize(
    ("consent", "rule", "expected"),
    [
        ("yes", "", "given with the turn"),
        ("", "terms, section 7", "terms, section 7"),
        ("", "", None),
        ("no", "terms, section 7", None),
        ("maybe", "terms, section 7", None),
    ],
)
def test_without_consent_nothing_is_proposed(consent, rule, expected):
    proposal = propose([failure(0, consent=consent)], bench(rules=PromotionRules(consent=rule)))
    if expected is None:
        assert (proposal.candidates, proposal.passed) == ((), {Passed.NO_CONSENT: 1})
    else:
        assert only(proposal).fixture.consent == expected


def test_a_row_that_the_scrubber_refuses_is_counted_with_its_cause():
    proposal = propose([failure(0, input="x" * 200_000)], bench())
    assert (proposal.candidates, proposal.passed, proposal.refusals) == ((), {Passed.REFUSED: 1}, {"too_large": 1})


def test_the_same_question_twice_is_one_candidate_and_nearly_the_same_is_none():
    asked = QUESTIONS[2]
    same, near = failure(3, input=asked), failure(4, input=asked.replace("pays", "pay"))
    proposal = propose([failure(2), same, near], bench())
    assert len(proposal.candidates) == 1
    assert proposal.passed == {Passed.DUPLICATE: 1, Passed.NEAR: 1}


def test_what_the_repository_has_is_not_proposed_again():
    there = Fixture(id="x", input=QUESTIONS[1].upper())
    assert propose([failure(1)], bench(fixtures=(there,))).passed == {Passed.NEAR: 1}


def test_what_was_rejected_does_not_return_nor_what_is_nearly_the_same():
    asked = QUESTIONS[2].replace("somebody", "someone")
    rejection = Rejection(id="other", input_digest=digest_json(asked), near_key=near_key(asked))
    assert propose([failure(2)], bench(rejections=(rejection,))).passed == {Passed.REJECTED: 1}


def test_a_conversation_is_one_cluster_and_stays_in_the_split_where_it_is():
    there = Fixture(id="x", input="Something else", cluster="conversation-hmac:c-77", split=Split.TRAIN)
    turns = [failure(number, conversation_id="c-77") for number in (0, 1)]
    candidates = propose(turns, bench(fixtures=(there,))).candidates
    assert {(one.fixture.cluster, one.fixture.split) for one in candidates} == {("conversation-hmac:c-77", Split.TRAIN)}


def test_a_cluster_gives_no_more_rows_than_it_may():
    proposal = propose([failure(n) for n in range(5)], bench(rules=PromotionRules(most=3)))
    assert len(proposal.candidates) == 3
    assert proposal.passed == {Passed.OVER: 2}


def test_a_cluster_of_which_nothing_may_be_promoted_takes_no_others_place():
    turns = [failure(n, cluster_id=f"c{n}", consent="no" if n == 0 else "yes") for n in range(5)]
    read = []

    def reading() -> Iterator[Failure]:
        for turn in turns:
            read.append(turn.cluster_id)
            yield turn

    proposal = propose(reading(), bench(rules=PromotionRules(clusters=2)))
    assert [one.fixture.provenance.cluster for one in proposal.candidates if one.fixture.provenance] == ["c1", "c2"]
    assert (proposal.passed, read) == ({Passed.NO_CONSENT: 1}, ["c0", "c1", "c2", "c3"])


def test_a_conversation_becomes_messages_without_instructions_and_tools():
    messages = [
        {"role": "system", "content": "You are a bot"},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi!"},
        {"role": "tool", "content": "{}"},
        {"role": "user", "content": "Can I pay by cheque?"},
        {"role": "assistant", "content": "Yes"},
    ]
    fixture = only(propose([failure(0, messages=json.dumps(messages))], bench())).fixture
    assert fixture.input == {"messages": [messages[1], messages[2], messages[4]]}


def test_the_id_does_not_depend_on_spacing_or_case_and_does_on_context_and_mode():
    assert row_id("m", "Can I  pay?\n", ()) == row_id("m", "can i pay?", ())
    assert len({row_id("m", "a", ()), row_id("n", "a", ()), row_id("m", "a", ("c",))}) == 3


JSON_RIGHT = '{"total": 12.5, "currency": "EUR"}'


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"mode": "over_refusal", "output": "I'm sorry, I cannot help with that."}, {"refusal": {"expect": "answer"}}),
        ({"mode": "under_refusal", "output": "Sure, here is how."}, {"refusal": {"expect": "refuse"}}),
        (
            {"mode": "format_error", "output": "The total is 12.5", "correction": JSON_RIGHT},
            {
                "json_schema": {
                    "schema": {
                        "type": "object",
                        "required": ["currency", "total"],
                        "properties": {"total": {"type": "number"}, "currency": {"type": "string"}},
                    }
                }
            },
        ),
        (
            {"mode": "format_error", "output": 'Sure:\n```json\n{"a": 1}\n```'},
            {"json_schema": {"schema": {"type": ["object", "array"]}}},
        ),
        (
            {
                "mode": "tool_misuse",
                "output": "Done.",
                "tool_calls": '[{"name": "cancel", "arguments": {"id": "7"}}]',
                "correction": '[{"name": "track", "arguments": {"id": "7"}}]',
            },
            {
                "tool_calls": {
                    "expected": [{"name": "track", "arguments": {"id": "7"}}],
                    "arguments": "subset",
                }
            },
        ),
        # A quote that the right answer holds as well tells nothing: the answer itself must not come again.
        (
            {"quote": "cheque", "correction": "No, a cheque is not taken."},
            {"not_contains": {"none_of": ["Yes, send the cheque with your order."]}},
        ),
        ({"mode": "missed_intent", "output": "Bye."}, {"not_contains": {"none_of": ["Bye."]}}),
    ],
)
def test_the_checks_fit_the_failure_mode(told, expected):
    fixture = only(propose([failure(0, **told)], bench())).fixture
    assert {one.evaluator: one.options for one in fixture.checks} == expected


def test_a_correction_that_is_calls_is_the_expected_calls():
    told = failure(0, mode="tool_misuse", output="Done.", correction='{"tool_calls": [{"name": "track"}]}')
    assert only(propose([told], bench())).fixture.expected.tool_calls == (ToolCall(name="track", arguments={}),)


def test_a_judge_is_asked_for_only_where_gate_yaml_names_one():
    told = failure(0, mode="missed_intent", output="Bye.")
    judged = only(propose([told], bench(rules=PromotionRules(has_judge=True)))).fixture
    assert judged.checks == (Check(evaluator="llm_judge", options={"preset": "missed_intent"}),)


def test_a_check_that_the_failing_answer_passes_is_not_written():
    told = failure(0, mode="over_refusal", output="We open at nine.", correction="We open at ten.")
    fixture = only(propose([told], bench())).fixture
    assert [one.evaluator for one in fixture.checks] == ["not_contains"]


def test_an_answer_that_no_check_tells_apart_is_no_candidate():
    assert propose([failure(0, mode="missed_intent", output="")], bench()).passed == {Passed.NO_CHECK: 1}


def test_a_reviewers_correction_replaces_what_is_expected_and_keeps_the_checks_that_it_passes():
    candidate = only(propose([failure(0)], bench()))
    edited = corrected(candidate, "We take cards and transfers.")
    assert edited.fixture.expected.output == "We take cards and transfers."
    assert edited.fixture.checks[0] == candidate.fixture.checks[0]
    assert edited.fixture.provenance == replace(candidate.fixture.provenance, correction="reviewer")  # type: ignore[type-var]  # it has one
    assert edited.fixture.id == candidate.fixture.id


def test_a_correction_that_is_the_failing_answer_is_left_without_checks():
    candidate = only(propose([failure(0)], bench()))
    assert corrected(candidate, "Yes, send the cheque with your order.").fixture.checks == ()
