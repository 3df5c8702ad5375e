"""What the capture package writes is read completely."""

from pathlib import Path

import pytest

import gate_action_capture as capture
from tests.loop.ingest.ingesting import Desk


@pytest.fixture
def recorded(desk: Desk):
    path = desk.folder / "capture.jsonl"
    capture.configure(file=str(path), service="shop", environment="production", release="r1", sample=1.0)
    yield path
    capture.shutdown()


def test_a_call_is_a_turn_with_all_that_was_told(desk: Desk, recorded: Path):
    with capture.model_call(
        "How long can I return?",
        model="m-1",
        system="Be brief.",
        context=["30 days."],
        conversation_id="c1",
        user_id="ann",
        prompt_name="support",
        prompt_version="7",
        join_key="k1",
        consent=True,
        slices={"locale": "de"},
    ) as call:
        call.tool("lookup", {"id": 1}, {"days": 30})
        call.output("30 days.", response_id="resp-1", input_tokens=10, output_tokens=3)
    capture.record_feedback(
        trace_id=call.trace_id, name="thumb", value=False, comment="wrong", correction="14 days.", user_id="ann"
    )
    capture.record_feedback(join_key="k1", name="rating", value=5, author="reviewer")
    capture.record_feedback(response_id="resp-1", name="comment", comment="hm")
    capture.record_feedback(join_key="unknown", name="thumb", value=True)
    capture.flush()
    ingested = desk.ingest()
    (turn,) = desk.rows("turn")
    assert turn["input"] == "How long can I return?"
    assert turn["output"] == "30 days."
    assert turn["context"] == '["30 days."]'
    assert turn["tool_calls"] == '[{"name":"lookup","arguments":{"id":1},"result":{"days":30}}]'
    assert turn["messages"].startswith('[{"role":"system","content":"Be brief."}')
    told = {name: turn[name] for name in ("app", "environment", "release", "prompt_name", "prompt_version", "model")}
    assert list(told.values()) == ["shop", "production", "r1", "support", "7", "m-1"]
    assert (turn["conversation_id"], turn["join_key"], turn["response_id"]) == ("c1", "k1", "resp-1")
    assert (turn["input_tokens"], turn["output_tokens"], turn["weight"], turn["consent"]) == (10, 3, 1.0, "yes")
    assert turn["user_key"]
    assert "ann" not in turn["user_key"]
    assert (turn["status"], turn["dialect"]) == ("ok", "otel")
    assert turn["latency_s"] > 0
    assert [(row["dimension"], row["value"]) for row in desk.rows("turn_slice")] == [("locale", "de")]
    assert desk.faults() == []
    said = {row["name"] + row["join_key"]: row for row in desk.rows("feedback")}
    assert len(said) == 4
    assert ingested.orphans == 1
    thumb = said["thumb"]
    assert (thumb["turn_id"], thumb["polarity"], thumb["value"], thumb["label"]) == (turn["turn_id"], -1, 0.0, "down")
    assert (thumb["comment"], thumb["correction"], thumb["author_kind"]) == ("wrong", "14 days.", "end_user")
    assert thumb["author_key"] == turn["user_key"]
    assert "ann" not in str(desk.store.connection.execute("SELECT raw FROM feedback").fetchall())
    assert said["ratingk1"]["turn_id"] == said["commentresp-1"]["turn_id"] == turn["turn_id"]
    assert said["ratingk1"]["author_kind"] == "reviewer"
    assert said["thumbunknown"]["turn_id"] == ""


def test_feedback_is_read_once_though_it_is_written_twice(desk: Desk, recorded: Path):
    with capture.model_call("q") as call:
        call.output("a")
    for value in (True, False):
        capture.record_feedback(trace_id=call.trace_id, name="thumb", value=value, user_id="ann")
    capture.flush()
    desk.ingest()
    (row,) = desk.rows("feedback")
    assert row["label"] == "down"
