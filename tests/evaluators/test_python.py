import asyncio
from dataclasses import replace

import pytest
from hypothesis import given

from gate_action.codec.options import OptionsError, build
from gate_action.evaluators.python import Python
from gate_action.model.fixture import Json, JsonObject, Slice, ToolCall, canonical_json
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, NotScoredCause, Score
from gate_action.model.trial import Output
from gate_action.testing import ScriptedModel
from tests.evaluators.examples import fixture
from tests.evaluators.test_exact_match import JSON

OUTPUT = Output(content={"a": 1}, tool_calls=(ToolCall(name="look", arguments={}),), context=("doc",))


def score(answer: Json, asked: list[tuple[str, JsonObject]] | None = None) -> Score | NotScored:
    async def call(function: str, payload: JsonObject) -> Json:
        if asked is not None:
            asked.append((function, payload))
        return answer

    evaluator = build(Python, {"function": "checks.tone:polite", "arguments": {"limit": 3}})
    given = replace(fixture("yes", facts=("f",)), slices=(Slice("locale", "de"), Slice("locale", "at")))
    ctx = EvaluationContext(fixture=given, output=OUTPUT, complete=ScriptedModel([]), call=call)
    return asyncio.run(evaluator.evaluate(ctx))


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (True, 1.0),
        (False, 0.0),
        (0, 0.0),
        (1, 1.0),
        (0.25, 0.25),
        ({"score": 0.5}, 0.5),
        ({"score": True, "reason": "ok"}, 1.0),
    ],
)
def test_a_number_or_a_truth_is_the_score(answer: Json, value: float):
    result = score(answer)
    assert isinstance(result, Score)
    assert result.value == value
    assert result.reason


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "1",
        [1],
        {},
        {"score": None},
        {"score": "1"},
        {"score": 1, "reason": 2},
        {"score": 1, "scor": 1},
        1.01,
        -0.1,
        float("nan"),
    ],
)
def test_anything_else_is_no_score(answer: Json):
    result = score(answer)
    assert isinstance(result, NotScored)
    assert result.cause is NotScoredCause.EVALUATOR_ERROR
    assert "checks.tone:polite returned" in result.detail


@given(JSON)
def test_whatever_comes_back_is_a_score_in_bounds_or_none(answer: Json):
    result = score(answer)
    assert isinstance(result, NotScored) or 0.0 <= result.value <= 1.0


def test_the_function_is_handed_plain_json():
    asked: list[tuple[str, JsonObject]] = []
    score(True, asked)
    ((function, payload),) = asked
    assert function == "checks.tone:polite"
    assert canonical_json(payload)
    assert payload["expected"] == {"output": "yes", "facts": ["f"]}
    assert payload["tool_calls"] == [{"name": "look", "arguments": {}}]
    assert payload["slices"] == {"locale": ["de", "at"]}
    assert payload["retrieved"] == ["doc"]
    assert payload["arguments"] == {"limit": 3}


@pytest.mark.parametrize("function", ["", "checks", "checks:", ":f", "a b:f", "os.path:join; x", "a:b.c"])
def test_a_function_that_is_no_module_and_name_is_refused(function: str):
    with pytest.raises(OptionsError, match=r"is not of the form package\.module:function"):
        build(Python, {"function": function})
