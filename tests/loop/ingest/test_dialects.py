"""One question and one answer in every spelling of the tracing world."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.config.loop.ingest import IngestShape
from gate_action.loop.ingest.dialects.messages import read_answered, read_asked
from tests.loop.ingest.ingesting import Pile
from tests.loop.ingest.records import chat, line, span

ASKED, ANSWERED = "How long can I return it?", "30 days."
CHAT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": ASKED}]
PARTS = [{"role": "user", "parts": [{"type": "text", "content": ASKED}]}]
REPLY = [
    {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": ANSWERED}]}
]
COMPLETION = {"choices": [{"message": {"role": "assistant", "content": ANSWERED}}]}

SPELLINGS: dict[str, dict[str, Any]] = {
    "OTel, JSON in a text": {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": json.dumps(PARTS),
        "gen_ai.output.messages": json.dumps(REPLY),
    },
    "OTel, structured": {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.input.messages": PARTS,
        "gen_ai.output.messages": REPLY,
    },
    "OTel of 2024": {
        "gen_ai.operation.name": "chat",
        "gen_ai.prompt": json.dumps(CHAT),
        "gen_ai.completion": json.dumps([{"role": "assistant", "content": ANSWERED}]),
    },
    "OpenLLMetry": {
        "llm.request.type": "chat",
        "gen_ai.prompt.0.role": "system",
        "gen_ai.prompt.0.content": "Be brief.",
        "gen_ai.prompt.1.role": "user",
        "gen_ai.prompt.1.content": ASKED,
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": ANSWERED,
    },
    "OpenInference": {
        "openinference.span.kind": "LLM",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": ASKED,
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": ANSWERED,
        "input.value": "something else",
    },
    "OpenInference, contents": {
        "openinference.span.kind": "LLM",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.contents.0.message_content.type": "text",
        "llm.input_messages.0.message.contents.0.message_content.text": ASKED,
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": ANSWERED,
    },
    "OpenInference, values": {"openinference.span.kind": "CHAIN", "input.value": ASKED, "output.value": ANSWERED},
    "OpenInference, a chain's JSON": {
        "openinference.span.kind": "CHAIN",
        "input.value": json.dumps({"question": ASKED}),
        "output.value": json.dumps({"answer": ANSWERED, "sources": []}),
    },
    "traceAI, flattened": {
        "gen_ai.span.kind": "LLM",
        "gen_ai.input.messages.0.message.role": "user",
        "gen_ai.input.messages.0.message.content": ASKED,
        "gen_ai.output.messages.0.message.role": "assistant",
        "gen_ai.output.messages.0.message.content": ANSWERED,
    },
    "FITracer's guide": {"user_input": ASKED, "model_output": ANSWERED},
    "Langfuse": {
        "langfuse.observation.type": "generation",
        "langfuse.observation.input": json.dumps(CHAT),
        "langfuse.observation.output": json.dumps({"role": "assistant", "content": ANSWERED}),
    },
    "MLflow": {
        "mlflow.spanType": json.dumps("CHAT_MODEL"),
        "mlflow.spanInputs": json.dumps({"messages": CHAT, "model": "m"}),
        "mlflow.spanOutputs": json.dumps(COMPLETION),
    },
    "MLflow, a chain": {
        "mlflow.spanType": "CHAIN",
        "mlflow.spanInputs": json.dumps({"question": ASKED}),
        "mlflow.spanOutputs": json.dumps(ANSWERED),
    },
    "Traceloop": {
        "traceloop.span.kind": "workflow",
        "traceloop.entity.input": json.dumps({"question": ASKED}),
        "traceloop.entity.output": json.dumps({"answer": ANSWERED}),
    },
    "Vercel AI SDK": {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.prompt.messages": json.dumps([{"role": "user", "content": [{"type": "text", "text": ASKED}]}]),
        "ai.response.text": ANSWERED,
    },
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_question_and_answer_are_read(pile: Pile, spelling: str):
    (turn,) = pile.read(line(span(1, SPELLINGS[spelling])))
    assert (turn["input"], turn["output"]) == (ASKED, ANSWERED)
    assert pile.faults() == []


TOOL_CALL = {"name": "find_order", "arguments": {"id": 7}, "result": None}
CALLS: dict[str, dict[str, Any]] = {
    "OTel": {
        "gen_ai.output.messages": json.dumps(
            [{"role": "assistant", "parts": [{"type": "tool_call", "name": "find_order", "arguments": {"id": 7}}]}]
        )
    },
    "OpenAI": {
        "gen_ai.completion": json.dumps(
            [{"role": "assistant", "tool_calls": [{"function": {"name": "find_order", "arguments": '{"id": 7}'}}]}]
        )
    },
    "OpenInference": {
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "find_order",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"id": 7}',
    },
    "OpenLLMetry": {
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.tool_calls.0.name": "find_order",
        "gen_ai.completion.0.tool_calls.0.arguments": '{"id": 7}',
    },
    "Vercel": {"ai.response.toolCalls": json.dumps([{"toolName": "find_order", "args": {"id": 7}}])},
    "any-agent": {"gen_ai.output": json.dumps([{"tool.name": "find_order", "tool.args": '{"id": 7}'}])},
    "Anthropic": {
        "gen_ai.completion": json.dumps(
            {"role": "assistant", "content": [{"type": "tool_use", "name": "find_order", "input": {"id": 7}}]}
        )
    },
}


@pytest.mark.parametrize("spelling", CALLS)
def test_the_tools_that_a_model_asks_for_are_read(pile: Pile, spelling: str):
    (turn,) = pile.read(line(span(1, {"gen_ai.operation.name": "chat", "user_input": ASKED, **CALLS[spelling]})))
    assert json.loads(turn["tool_calls"]) == [TOOL_CALL]
    assert turn["output"] == ""


@pytest.mark.parametrize(
    "documents",
    [
        {"retrieval.documents.0.document.content": "A.", "retrieval.documents.1.document.content": "B."},
        {"gen_ai.retrieval.documents": json.dumps([{"id": "1", "content": "A."}, {"id": "2", "content": "B."}])},
        {"gen_ai.retrieval.documents": [{"content": "A."}, {"content": "B."}]},
        {"output.value": json.dumps([{"page_content": "A."}, {"page_content": "B."}])},
    ],
)
def test_what_was_retrieved_is_the_turns_context(pile: Pile, documents: dict[str, Any]):
    root = span(1, {"openinference.span.kind": "CHAIN", "input.value": ASKED, "output.value": ANSWERED})
    (turn,) = pile.read(line(root, span(2, {"openinference.span.kind": "RETRIEVER", **documents}, parent=1)))
    assert json.loads(turn["context"]) == ["A.", "B."]


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("conversation_id", "c1", {"session.id": "c1"}),
        ("conversation_id", "c1", {"langfuse.session.id": "c1"}),
        ("conversation_id", "c1", {"gen_ai.conversation.id": "c1", "session.id": "other"}),
        ("model", "m-1", {"llm.model_name": "m-1"}),
        ("model", "m-1", {"gen_ai.request.model": "m-1", "gen_ai.response.model": "m-1-2024"}),
        ("input_tokens", 12, {"llm.token_count.prompt": 12}),
        ("input_tokens", 12, {"gen_ai.usage.prompt_tokens": 12}),
        ("input_tokens", 0, {"gen_ai.usage.input_tokens": 0}),
        ("input_tokens", 12, {"langfuse.observation.usage_details": '{"input": 12, "output": 3}'}),
        ("input_tokens", None, {"gen_ai.usage.input_tokens": "many"}),
        ("cost_usd", 0.5, {"langfuse.observation.cost_details": '{"total": 0.5}'}),
        ("cost_usd", 0.75, {"gen_ai.usage.input_cost": 0.5, "gen_ai.usage.output_cost": 0.25}),
        ("weight", 10.0, {"gate.sampling.probability": 0.1}),
        ("weight", 1.0, {"gate.sampling.probability": 0.1, "gate.sampling.stratum": "feedback"}),
        ("weight", None, {"gate.sampling.probability": 0.0}),
        ("app", "shop", {"project_name": "shop"}),
        ("environment", "staging", {"deployment.environment": "staging"}),
        ("prompt_version", "3", {"llm.prompt_template.version": "3"}),
    ],
)
def test_what_stands_beside_question_and_answer(pile: Pile, column: str, value: Any, told: dict[str, Any]):
    (turn,) = pile.read(line(span(1, chat(ASKED, ANSWERED, **told))))
    assert turn[column] == value


def test_a_teams_own_names_come_first(pile: Pile):
    shape = IngestShape(
        aliases={"input": ["shop.question"], "output": ["shop.reply"], "operation": ["shop.step"], "user_id": ["uid"]},
        slices={"plan": "shop.plan"},
    )
    told = {"shop.step": "chat", "shop.question": ASKED, "shop.reply": ANSWERED, "shop.plan": "pro", "user_input": "?"}
    (turn,) = pile.read(line(span(1, told | {"uid": "ann"})), shape=shape)
    assert (turn["input"], turn["output"], bool(turn["user_key"])) == (ASKED, ANSWERED, True)
    assert pile.slices == [("plan", "pro")]


def test_an_operation_counts_more_than_a_spans_name_or_kind(pile: Pile):
    told = {
        "gen_ai.operation.name": "embeddings",
        "openinference.span.kind": "LLM",
        "input.value": "a",
        "output.value": "b",
    }
    assert pile.read(line(span(1, told, name="chat gpt-4"))) == []


def test_a_span_that_asks_nothing_or_answers_nothing_is_no_turn(pile: Pile):
    web = {"http.request.method": "POST", "url.path": "/chat"}
    assert pile.read(line(span(1, web), span(2, {"input.value": "a"}, trace=2))) == []


@given(
    st.sampled_from(["content", "text", "other"]),
    st.text() | st.none() | st.integers() | st.dictionaries(st.text(), st.text()),
)
def test_a_part_that_is_only_text_says_the_same_as_one_that_says_more(name: str, told: object):
    """The short way through the most frequent shape, beside the way of all others."""
    plain, more = ({"type": "text", name: told, **rest} for rest in ({}, {"unknown": 1}))
    for read in (read_asked, read_answered):
        for role in ("user", "assistant"):
            assert read([{"role": role, "parts": [plain]}]) == read([{"role": role, "parts": [more]}])


def test_a_call_that_encloses_another_one_answers_itself(pile: Pile):
    inner = span(2, chat("q rewritten", "inner"), parent=1)
    (turn,) = pile.read(line(span(1, chat("q", "outer"), endTimeUnixNano="1764000009000000000"), inner))
    assert (turn["input"], turn["output"]) == ("q", "outer")


def test_a_tools_arguments_are_what_it_was_given_not_what_it_takes(pile: Pile):
    schema = json.dumps({"type": "object", "properties": {"order": {"type": "integer"}}})
    tool = {"openinference.span.kind": "TOOL", "tool.name": "look", "tool.parameters": schema, "output.value": "sent"}
    (given,) = pile.read(line(span(1, chat("q", "a")), span(2, {**tool, "input.value": '{"order": 3}'}, parent=1)))
    assert json.loads(given["tool_calls"])[0]["arguments"] == {"order": 3}
    (old,) = pile.read(line(span(1, chat("q", "a")), span(2, tool | {"tool.parameters": "{}"}, parent=1)), name="old")[
        :1
    ]
    assert json.loads(old["tool_calls"])[0]["arguments"] == {}


@pytest.mark.parametrize(
    "told",
    [
        {"inputs": {"question": "q"}, "tags": [], "kwargs": {"name": "x"}},
        {"args": ["q"], "kwargs": {}},
        {"args": [], "kwargs": {"question": "q", "top": 3}},
        {"inputs": {"inputs": {"question": "q"}}},
    ],
)
def test_arguments_that_are_wrapped_once_more_are_read(told: dict[str, Any]):
    assert read_asked(json.dumps(told)).text == "q"


def test_what_is_wrapped_without_end_is_told_as_it_is():
    told: Any = {"question": "q"}
    for _ in range(100):
        told = {"inputs": told}
    assert read_asked(told).text.startswith('{"inputs":')
