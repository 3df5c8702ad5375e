"""What users say by what they do next."""

import json
from datetime import timedelta
from typing import Any

import pytest

from gate_action.config.loop.ingest import ImplicitShape, IngestShape
from gate_action.loop.ingest.times import utc
from tests.loop.ingest.ingesting import Desk
from tests.loop.ingest.records import START, chat, line, span

SOON = utc(START // 1000) + timedelta(minutes=5)
LATER = utc(START // 1000) + timedelta(hours=2)


def signals(desk: Desk) -> list[tuple[str, str, str]]:
    asked = {row["turn_id"]: row["input"] for row in desk.rows("turn")}
    rows = (row for row in desk.rows("feedback") if row["kind"] == "implicit")
    return [(row["name"], asked[row["turn_id"]], row["label"]) for row in rows]


def talk(*questions: str, **more: Any) -> bytes:
    """A conversation, a minute a turn."""
    told = {"gen_ai.conversation.id": "c", **more}
    spans = (span(60 * n, chat(question, f"a{n}", **told), trace=n) for n, question in enumerate(questions, 1))
    return b"".join(line(one) for one in spans)


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("How long can I return it", [("retry", "How long can I return it?", "same")]),
        ("how long can I really return it?", [("retry", "How long can I return it?", "similar")]),
        ("And where is the shop?", []),
    ],
)
def test_a_question_asked_again_is_a_retry(desk: Desk, second: str, found: list[tuple[str, str, str]]):
    desk.now = SOON
    desk.read(talk("How long can I return it?", second))
    assert signals(desk) == found


@pytest.mark.parametrize(("second", "found"), [("one", "same"), ("two", "")])
def test_long_questions_are_compared_to_their_ends(desk: Desk, second: str, found: str):
    desk.now = SOON
    instruction = "Answer the question about the text that follows. " * 60
    asked = (instruction + " ".join(f"{word}{n}" for n in range(500)) for word in ("one", second))
    desk.read(talk(*asked))
    assert [(name, label) for name, _, label in signals(desk)] == ([("retry", found)] if found else [])


def test_a_question_asked_again_days_later_is_none(desk: Desk):
    desk.now = SOON
    first, second = talk("q one two", "q one two").splitlines()
    late = second.replace(str(START + 120 * 10**9).encode(), str(START + 86_400 * 10**9).encode())
    desk.read(first + b"\n" + late)
    assert signals(desk) == []


def test_another_question_in_the_same_place_is_an_edit(desk: Desk):
    desk.now = SOON
    history = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    asked = ("first try", "second attempt of it")
    turns = (json.dumps([*history, {"role": "user", "content": question}]) for question in asked)
    content = b"".join(
        line(span(60 * n, {**chat("", "a"), "gen_ai.input.messages": told, "session.id": "c"}, trace=n))
        for n, told in enumerate(turns, 1)
    )
    desk.read(content)
    assert signals(desk) == [("edit", "first try", "")]


@pytest.mark.parametrize(
    ("answer", "more", "is_abandoned"),
    [("a", {}, False), ("", {}, True), ("a", {"status": {"code": 2}}, True)],
)
def test_a_conversation_that_ends_unanswered_is_abandoned(
    desk: Desk, answer: str, more: dict[str, Any], is_abandoned: bool
):
    desk.now = SOON
    told = chat("q", answer, **{"session.id": "c"})
    if not answer:
        told.pop("gen_ai.output.messages")
    desk.read(line(span(1, told, **more)))
    assert signals(desk) == []
    desk.now = LATER
    desk.ingest()
    assert signals(desk) == ([("abandon", "q", "")] if is_abandoned else [])


def test_a_complaint_at_the_end_is_abandonment_and_praise_or_another_turn_is_not(desk: Desk):
    desk.now = LATER
    said = {
        "annotations.0.annotation.name": "thumb",
        "annotations.0.annotation.label": "down",
        "annotations.0.annotation.annotator_kind": "HUMAN",
    }
    turn = line(span(1, chat("q", "a", **{"session.id": "c"})))
    desk.read(turn)
    assert signals(desk) == []
    link = [{"traceId": f"{1:032x}", "spanId": f"{1:016x}"}]
    desk.read(line(span(5, said, trace=9, links=link)), name="late")
    assert signals(desk) == [("abandon", "q", "")]
    desk.read(line(span(60, chat("thanks", "a", **{"session.id": "c"}), trace=2)), name="more")
    assert signals(desk) == []


def test_a_tool_that_hands_over_is_an_escalation(desk: Desk):
    desk.now = SOON
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": '{"name": "handoff"}'}
    spans = (
        line(span(n, {"gen_ai.operation.name": "invoke_agent", "user_input": f"q{n}"}, trace=n))
        + line(span(n + 10, {**tool, "gen_ai.tool.name": name}, trace=n, parent=n))
        for n, name in enumerate(("transfer_to_human_agents", "find_order"), 1)
    )
    more = line(span(13, {**tool, "gen_ai.tool.name": "find_order"}, trace=1, parent=1))
    desk.read(b"".join(spans) + more + line(span(10, {**tool, "gen_ai.tool.name": "greet"}, trace=1, parent=1)))
    assert desk.rows("turn")[0]["tools"] == "greet\ntransfer_to_human_agents\nfind_order"
    assert signals(desk) == [("escalation", "q1", "transfer_to_human_agents")]
    quiet = IngestShape(implicit=ImplicitShape(enabled=False))
    desk.ingest(shape=quiet)
    assert signals(desk) == []
