"""Messages in events: as OpenTelemetry's own instrumentations record them, on the span or in a log beside it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.loop.ingest.ingesting import Desk, Pile
from tests.loop.ingest.records import START, any_value, attributes, line, span

CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3}
ASKED = [
    {"role": "system", "parts": [{"type": "text", "content": "Be kind."}]},
    {"role": "user", "parts": [{"type": "text", "content": "How long?"}]},
]
ANSWERED = [{"role": "assistant", "parts": [{"type": "text", "content": "30 days."}], "finish_reason": "stop"}]
DETAILS = "gen_ai.client.inference.operation.details"
OLD_HISTORY: list[tuple[str, dict[str, Any]]] = [
    ("gen_ai.system.message", {"content": "Be kind."}),
    ("gen_ai.user.message", {"content": "Hello"}),
    ("gen_ai.assistant.message", {"content": "Yes?"}),
    ("gen_ai.user.message", {"content": "How long?"}),
]
CHOICE = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "30 days."}}


def event(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "timeUnixNano": str(START), "attributes": attributes(told)}


def log(*records: tuple[str, dict[str, Any], bool], of: int = 1) -> bytes:
    """Records of (event name, what it says, is that its body), of span number ``of`` of the first trace."""
    made = [
        {
            "observedTimeUnixNano": str(START + of * 10**9 + 200_000_000 + number),
            "eventName": name,
            "traceId": f"{1:032x}",
            "spanId": f"{of:016x}",
            "attributes": [] if is_body else attributes(told),
            **({"body": any_value(told)} if is_body else {}),
        }
        for number, (name, told, is_body) in enumerate(records)
    ]
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": made}]}]}).encode() + b"\n"


ON_SPANS = {
    "details": [event(DETAILS, {"gen_ai.input.messages": ASKED, "gen_ai.output.messages": ANSWERED})],
    "an event a message": [
        *(event(name, told) for name, told in OLD_HISTORY),
        event("gen_ai.choice", {"index": 0, "message": json.dumps(CHOICE["message"])}),
    ],
    "an event a side": [
        event("gen_ai.content.prompt", {"gen_ai.prompt": json.dumps([{"role": "user", "content": "How long?"}])}),
        event("gen_ai.content.completion", {"gen_ai.completion": json.dumps([CHOICE["message"]])}),
    ],
}
IN_LOGS = {
    "details": log((DETAILS, {**CALL, "gen_ai.input.messages": ASKED, "gen_ai.output.messages": ANSWERED}, False)),
    "an event a message": log(*((name, told, True) for name, told in OLD_HISTORY), ("gen_ai.choice", CHOICE, True)),
}


@pytest.mark.parametrize("events", ON_SPANS.values(), ids=list(ON_SPANS))
def test_events_on_a_span_tell_what_was_asked_and_answered(pile: Pile, events: list[dict[str, Any]]):
    (turn,) = pile.read(line(span(1, CALL, events=events)))
    assert (turn["input"], turn["output"], turn["dialect"]) == ("How long?", "30 days.", "otel")


@pytest.mark.parametrize("told", IN_LOGS.values(), ids=list(IN_LOGS))
@pytest.mark.parametrize("is_log_first", [True, False])
def test_a_log_tells_what_a_span_does_not_whichever_comes_first(desk: Desk, told: bytes, is_log_first: bool):
    files = [("logs", told), ("spans", line(span(1, CALL)))]
    for name, content in files if is_log_first else reversed(files):
        desk.write(name, content)
        desk.ingest(name)
    (turn,) = desk.rows("turn")
    assert (turn["input"], turn["output"]) == ("How long?", "30 days.")
    assert (turn["span_id"], turn["model"], turn["input_tokens"]) == (f"{1:016x}", "m", 3)
    assert json.loads(turn["messages"])[0] == {"role": "system", "content": "Be kind."}


def test_of_an_agent_with_two_calls_the_last_answers(pile: Pile):
    called = {"role": "assistant", "tool_calls": [{"function": {"name": "look", "arguments": "{}"}}]}
    first = log(
        ("gen_ai.user.message", {"content": "How long?"}, True), ("gen_ai.choice", {"message": called}, True), of=2
    )
    second = log(("gen_ai.user.message", {"content": "How long?"}, True), ("gen_ai.choice", CHOICE, True), of=3)
    agent = span(1, {"gen_ai.operation.name": "invoke_agent"}, endTimeUnixNano=str(START + 10**10))
    (turn,) = pile.read(line(agent, span(2, CALL, parent=1), span(3, CALL, parent=1)) + first + second)
    assert (turn["input"], turn["output"], turn["input_tokens"]) == ("How long?", "30 days.", 6)
    assert json.loads(turn["tool_calls"]) == [{"name": "look", "arguments": {}, "result": None}]


def test_events_without_content_and_of_no_call_say_nothing(pile: Pile):
    silent = log(("gen_ai.user.message", {}, True), ("gen_ai.choice", {"message": {"role": "assistant"}}, True))
    (turn,) = pile.read(line(span(1, CALL)) + silent + silent.replace(b'"traceId": "' + b"0" * 31 + b'1"', b'"x": 1'))
    assert (turn["input"], turn["output"]) == ("", "")
    assert pile.faults() == []


def test_calls_side_by_side_whose_questions_stand_in_a_log_are_as_many_turns(pile: Pile):
    def asked(question: str, answer: str, of: int) -> bytes:
        said = ("gen_ai.user.message", {"content": question}, True)
        return log(said, ("gen_ai.choice", {"message": {"role": "assistant", "content": answer}}, True), of=of)

    spans = line(span(1, CALL), span(5, CALL), span(9, CALL))
    turns = pile.read(spans + asked("first", "one", 1) + asked("second", "two", 5) + asked("second", "three", 9))
    assert [(turn["input"], turn["output"]) for turn in turns] == [("first", "one"), ("second", "three")]
