"""The contract test's rows: for each evaluator what passes, what fails, and what it does not apply to."""

from collections.abc import Mapping, Sequence

from gate_action.model.fixture import ABSENT, Absent, Expected, Fixture, Json, JsonObject, ToolCall
from gate_action.model.score import NotScoredCause
from gate_action.model.trial import Output
from gate_action.testing import Example

ERROR = NotScoredCause.EVALUATOR_ERROR


def fixture(
    output: Json | Absent = ABSENT,
    *,
    facts: tuple[str, ...] = (),
    tool_calls: tuple[ToolCall, ...] | Absent = ABSENT,
    context: tuple[str, ...] = (),
) -> Fixture:
    expected = Expected(output=output, facts=facts, tool_calls=tool_calls)
    return Fixture(id="f", input="How long may I keep it?", expected=expected, context=context)


def judgement(verdict: str, *, quotes: Sequence[str] = (), documents: Sequence[str] = ()) -> JsonObject:
    return {
        "reasoning": "It says so.",
        "answer_quotes": list(quotes),
        "document_quotes": list(documents),
        "verdict": verdict,
    }


LOOKUP = ToolCall(name="lookup", arguments={"id": 7})
SAID = Output(content="Thirty days.")
CALLED = Output(content="Done.", tool_calls=(LOOKUP,))
NESTED: JsonObject = {"a": {"b": 1}, "c": "x"}
IN_A_LIST: JsonObject = {"fields": {"a.0.b": 1.0}, "tolerance": 0.1}
GROUNDED: JsonObject = {"preset": "groundedness", "model": "m"}
RUBRIC: JsonObject = {
    "model": "m",
    "criteria": "It names the period.",
    "rubric": [
        {"label": "full", "score": 1.0, "meaning": "Names it."},
        {"label": "half", "score": 0.5, "meaning": "Hints at it."},
        {"label": "none", "score": 0.0, "meaning": "Does not."},
    ],
}

EXAMPLES: Mapping[str, Sequence[Example]] = {
    "exact_match": (
        Example(fixture=fixture("Thirty days."), output=SAID, score=1.0),
        Example(fixture=fixture("thirty days"), output=SAID, score=0.0),
        Example(
            fixture=fixture("thirty  days"),
            output=SAID,
            options={"ignore_case": True, "ignore_punctuation": True},
            score=1.0,
        ),
        Example(fixture=fixture({"days": 30}), output=Output(content='{"days": 30.0}'), score=1.0),
        Example(fixture=fixture({"days": True}), output=Output(content={"days": 1}), score=0.0),
        Example(output=SAID),
    ),
    "contains": (
        Example(options={"all_of": ["Thirty", "days"]}, output=SAID, score=1.0),
        Example(options={"any_of": ["30", "Thirty"]}, output=SAID, score=1.0),
        Example(options={"all_of": ["Thirty", "weeks"]}, output=SAID, score=0.0),
        Example(options={"all_of": ["Thirty", "weeks"], "partial": True}, output=SAID, score=0.5),
        Example(fixture=fixture(facts=("thirty days",)), output=SAID, options={"ignore_case": True}, score=1.0),
        Example(fixture=fixture("Thirty"), output=SAID, score=1.0),
        Example(output=SAID),
    ),
    "not_contains": (
        Example(options={"none_of": ["weeks"]}, output=SAID, score=1.0),
        Example(options={"none_of": ["weeks", "DAYS"]}, output=SAID, score=0.0),
        Example(options={"none_of": ["secret"]}, output=Output(content="my s\u200becret"), score=0.0),
        Example(options={"none_of": ['a "b"']}, output=Output(content={"x": "a \u201cb\u201d"}), score=0.0),
    ),
    "regex": (
        Example(options={"pattern": r"\w+ days"}, output=SAID, score=1.0),
        Example(options={"pattern": "weeks"}, output=SAID, score=0.0),
        Example(options={"pattern": "weeks", "negate": True}, output=SAID, score=1.0),
        Example(options={"pattern": "thirty days.", "full_match": True, "ignore_case": True}, output=SAID, score=1.0),
    ),
    "json_schema": (
        Example(options={"schema": {"type": "object"}}, output=Output(content="{}"), score=1.0),
        Example(options={"schema": {"type": "object"}}, output=Output(content=[1]), score=0.0),
        Example(options={"schema": {"type": "string"}}, output=SAID, score=0.0),
    ),
    "json_fields": (
        Example(fixture=fixture(NESTED), output=Output(content='{"a": {"b": 1}, "c": "x"}'), score=1.0),
        Example(fixture=fixture(NESTED), output=Output(content={"a": {"b": 2}, "c": "x"}), score=0.5),
        Example(options=IN_A_LIST, output=Output(content={"a": [{"b": 1.05}]}), score=1.0),
        Example(fixture=fixture(NESTED), options={"paths": ["c"]}, output=Output(content={"c": "x"}), score=1.0),
        Example(fixture=fixture("text"), output=Output(content={"a": 1})),
    ),
    "numeric": (
        Example(fixture=fixture(1234.5), output=Output(content="In all: 1.234,50 EUR"), score=1.0),
        Example(fixture=fixture("12 %"), output=Output(content="It is 13 %."), score=0.0),
        Example(fixture=fixture("12 %"), options={"tolerance": 1}, output=Output(content="It is 13 %."), score=1.0),
        Example(options={"expected": 2, "field": "a.b"}, output=Output(content='{"a": {"b": 2}}'), score=1.0),
        Example(fixture=fixture("from 1 to 2"), output=Output(content="1")),
    ),
    "tool_calls": (
        Example(fixture=fixture(tool_calls=(LOOKUP,)), output=CALLED, score=1.0),
        Example(fixture=fixture(tool_calls=()), output=CALLED, score=0.0),
        Example(fixture=fixture(tool_calls=()), output=SAID, score=1.0),
        Example(options={"expected": [{"name": "lookup", "arguments": {"id": 8}}]}, output=CALLED, score=0.0),
        Example(output=CALLED),
    ),
    "refusal": (
        Example(output=Output(content="I'm sorry, I can't help with that."), score=1.0),
        Example(output=SAID, score=0.0),
        Example(output=SAID, options={"expect": "answer"}, score=1.0),
    ),
    "llm_judge": (
        Example(options=GROUNDED, output=SAID, model=(judgement("pass", quotes=["thirty days"]),), score=1.0),
        Example(options=GROUNDED, output=SAID, model=(judgement("fail", quotes=["Thirty days."]),), score=0.0),
        Example(options=RUBRIC, output=SAID, model=(judgement("half"),), score=0.5),
        Example(options=GROUNDED, output=SAID, model=(judgement("cannot_tell"),), cause=ERROR),
        Example(options={"preset": "factuality", "model": "m"}, output=SAID),
    ),
    "python": (
        Example(options={"function": "checks:tone"}, output=SAID, call=True, score=1.0),
        Example(options={"function": "checks:tone"}, output=SAID, call={"score": 0.25, "reason": "curt"}, score=0.25),
        Example(options={"function": "checks:tone"}, output=SAID, call="good", cause=ERROR),
    ),
}
