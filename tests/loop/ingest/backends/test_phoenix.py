"""Phoenix's spans and annotations become turns and feedback: all of them, once, with the right author."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gate_action.config.loop.backends import PhoenixSource
from gate_action.errors import StoreError
from standins.backends.phoenix import Phoenix, annotation, span
from standins.backends.server import Answer, Asked, Served, serve
from tests.loop.ingest.backends.passes import NOW, Loop

pytestmark = pytest.mark.slow

AT = "2026-11-24T09:00:0{}+00:00"


@pytest.fixture
def phoenix() -> Phoenix:
    return Phoenix(spans=[span(number, AT.format(number)) for number in range(1, 6)])


@pytest.fixture
def server(phoenix: Phoenix) -> Iterator[Served]:
    with serve(phoenix) as served:
        yield served


def settings(server: Served, **more: object) -> PhoenixSource:
    return PhoenixSource(url=server.url, **{"project": "shop", "page_size": 2, **more})  # type: ignore[arg-type]


def test_annotations_of_spans_traces_and_sessions_find_their_turn_notes_too(
    phoenix: Phoenix, server: Served, loop: Loop
):
    phoenix.annotations = {
        "span": [
            annotation(1, "span", f"{1:016x}", AT.format(7), metadata={"user_id": "user 1", "correction": "30 days."}),
            annotation(2, "span", f"{2:016x}", AT.format(7), name="note", result={"explanation": "look at this"}),
        ],
        "trace": [annotation(1, "trace", f"{3:032x}", AT.format(7), name="rating", result={"score": 2})],
        "session": [annotation(1, "session", "session 4", AT.format(7), name="csat", result={"score": 1})],
    }
    tally = loop.read(settings(server))
    assert (tally.turns, tally.feedback) == (5, 4)
    turns = {turn["turn_id"]: turn["input"] for turn in loop.told("turn")}
    told = {(turns[one["turn_id"]], one["name"], one.get("comment"), one.get("correction")) for one in loop.told()}
    assert told == {
        ("question 1", "thumb", None, "30 days."),
        ("question 2", "note", "look at this", None),
        ("question 3", "rating", None, None),
        ("question 4", "csat", None, None),
    }
    assert not any("user 1" in str(row) for row in loop.rows("feedback"))


def test_users_reviewers_models_and_code_stay_apart(phoenix: Phoenix, server: Served, loop: Loop):
    target = f"{1:016x}"
    phoenix.annotations["span"] = [
        annotation(1, "span", target, AT.format(1)),
        annotation(2, "span", target, AT.format(2), source="APP", user_id="VXNlcjox"),
        annotation(3, "span", target, AT.format(3), annotator_kind="LLM"),
        annotation(4, "span", target, AT.format(4), annotator_kind="CODE"),
    ]
    loop.read(settings(server))
    assert [one["author_kind"] for one in loop.told()] == ["end_user", "reviewer", "llm", "code"]


def test_a_second_pass_changes_nothing_and_a_changed_annotation_replaces_itself(
    phoenix: Phoenix, server: Served, loop: Loop
):
    phoenix.annotations["span"] = [annotation(1, "span", f"{1:016x}", AT.format(1))]
    loop.read(settings(server))
    phoenix.annotations["span"] = [annotation(1, "span", f"{1:016x}", AT.format(9), result={"score": 1.0})]
    again = loop.read(settings(server), NOW + timedelta(hours=1))
    assert (again.turns, again.turns_replaced, again.feedback, again.feedback_replaced) == (0, 0, 0, 1)
    assert [one["value"] for one in loop.told()] == [1.0]


def test_feedback_comes_days_after_its_turn_and_spans_two_days_late(phoenix: Phoenix, server: Served, loop: Loop):
    loop.read(settings(server))
    later = NOW + timedelta(days=5)
    phoenix.spans.append(span(9, "2026-11-23T12:00:00+00:00"))
    phoenix.annotations["span"] = [annotation(1, "span", f"{1:016x}", "2026-11-30T11:00:00+00:00")]
    tally = loop.read(settings(server), later)
    assert (tally.turns, tally.feedback) == (1, 1)
    assert all(one.get("turn_id") for one in loop.told())
    asked = [one.one("start_time") for one in server.asked if one.path.endswith("spans")]
    assert asked[0] == ""
    assert asked[-1] == "2026-11-22T09:00:05.000000Z"


def test_a_pass_that_breaks_off_keeps_what_was_read_and_how_far(phoenix: Phoenix, loop: Loop):
    def breaking(asked: Asked) -> Answer:
        is_third = asked.path.endswith("/spans") and asked.one("cursor") == "4"
        return Answer(status=400, body=b"no") if is_third else phoenix(asked)

    with serve(breaking) as server, pytest.raises(StoreError, match="status 400"):
        loop.read(settings(server))
    cursors = {one["name"]: one["value"] for one in loop.told("cursor") if one["source"] == "prod"}
    assert cursors == {"spans": "2026-11-24T09:00:04.000000Z"}
    assert len(loop.told("turn")) == 4
    with serve(phoenix) as server:
        assert loop.read(settings(server)).turns == 1


def test_what_is_no_span_and_no_annotation_is_a_fault_with_its_id(phoenix: Phoenix, server: Served, loop: Loop):
    phoenix.spans.append({**span(8, AT.format(8)), "context": {"trace_id": "", "span_id": "x"}})
    phoenix.annotations["trace"] = [annotation(1, "trace", f"{3:032x}", AT.format(7), name="")]
    loop.read(settings(server))
    assert {one["place"] for one in loop.told("fault")} == {"span x", "trace annotation QW5uOj1"}
    assert len(loop.told("turn")) == 5


def test_a_project_that_is_not_there_is_told(server: Served, loop: Loop):
    with pytest.raises(StoreError, match="status 404") as told:
        loop.read(settings(server, project="other"))
    assert "project" in told.value.hint
