"""Feedback: both records, their target, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from gate_action_capture import FeedbackError, configure, flush, model_call, record_feedback, shutdown
from tests.capture.records import events, spans

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.fixture
def file(tmp_path: Path):
    path = tmp_path / "records.jsonl"
    configure(file=str(path), service="bot")
    yield path
    shutdown()


def test_both_records_name_the_judged_call(file: Path) -> None:
    """The carrier by its one link, from a trace of its own; the event by its ids."""
    with model_call("How long?") as call:
        call.output("Two days.")
    identifier = record_feedback(
        trace_id=call.trace_id, name="thumb", value=False, comment="Wrong.", correction="30 days.", user_id="u1"
    )
    flush()
    carrier = next(one for one in spans(file) if one["name"] == "feedback thumb")
    (event,) = events(file)
    (link,) = carrier["links"]
    assert (link["traceId"], link["spanId"]) == (call.trace_id, call.span_id)
    assert carrier["traceId"] != call.trace_id
    assert "parentSpanId" not in carrier
    annotation = {key.removeprefix("annotations.0.annotation."): one for key, one in carrier["attributes"].items()}
    assert (annotation["name"], annotation["score"], annotation["label"]) == ("thumb", 0.0, "down")
    assert (annotation["explanation"], annotation["annotator_kind"]) == ("Wrong.", "HUMAN")
    assert json.loads(annotation["metadata"]) == {"correction": "30 days.", "user_id": "u1"}
    assert event["eventName"] == "gen_ai.evaluation.result"
    assert (event["traceId"], event["spanId"]) == (call.trace_id, call.span_id)
    assert event["attributes"]["gen_ai.evaluation.score.value"] == 0.0
    assert event["attributes"]["gen_ai.evaluation.score.label"] == "down"
    assert event["attributes"]["gate.feedback.correction"] == "30 days."
    assert annotation["identifier"] == event["attributes"]["gate.feedback.identifier"] == identifier


@pytest.mark.parametrize("written", [TRACE, TRACE.upper(), f"00-{TRACE}-{SPAN}-01", f"{TRACE}-{SPAN}"])
def test_a_trace_is_named_as_it_travels(file: Path, written: str) -> None:
    """From another process, by the bare id or a whole traceparent."""
    record_feedback(trace_id=written, name="rating", value=4)
    flush()
    (carrier,), (event,) = spans(file), events(file)
    assert carrier["links"][0]["traceId"] == event["traceId"] == TRACE
    assert (event.get("spanId", "0" * 16) == SPAN) == (SPAN in written)


def test_a_join_key_serves_where_no_trace_id_is_at_hand(file: Path) -> None:
    record_feedback(join_key="message-17", name="comment", comment="Too long.")
    flush()
    (carrier,), (event,) = spans(file), events(file)
    assert "links" not in carrier
    assert carrier["attributes"]["gate.join_key"] == event["attributes"]["gate.join_key"] == "message-17"
    assert "gen_ai.evaluation.score.value" not in event["attributes"]


def test_one_users_second_thought_has_the_identifier_of_the_first(file: Path) -> None:
    first = record_feedback(trace_id=TRACE, name="thumb", value=True, user_id="u1")
    assert record_feedback(trace_id=TRACE, name="thumb", value=False, user_id="u1") == first
    assert record_feedback(trace_id=TRACE, name="thumb", value=False, user_id="u2") != first
    assert record_feedback(trace_id=TRACE, name="thumb", value=False) != record_feedback(
        trace_id=TRACE, name="thumb", value=False
    )


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"name": "thumb", "value": True}, "which call is meant"),
        ({"name": "thumb", "trace_id": TRACE}, "say what is stated"),
        ({"name": "", "trace_id": TRACE, "value": True}, "name is ''"),
        ({"name": "a\nb", "trace_id": TRACE, "value": True}, "name is"),
        ({"name": "thumb", "trace_id": "xyz", "value": True}, "32 hex digits"),
        ({"name": "thumb", "trace_id": "0" * 32, "value": True}, "32 hex digits"),
        ({"name": "thumb", "join_key": "m", "span_id": SPAN, "value": True}, "span_id"),
        ({"name": "thumb", "trace_id": TRACE, "value": float("nan")}, "finite"),
        ({"name": "thumb", "trace_id": TRACE, "value": 10**400}, "too large"),
        ({"name": "thumb", "trace_id": TRACE, "value": [1]}, "value is a list"),
        ({"name": "thumb", "trace_id": TRACE, "value": True, "author": "god"}, "author is 'god'"),
    ],
)
def test_what_nobody_could_read_later_is_refused(file: Path, stated: dict[str, Any], told: str) -> None:
    with pytest.raises(FeedbackError, match=told):
        record_feedback(**stated)
    flush()
    assert spans(file) == []
