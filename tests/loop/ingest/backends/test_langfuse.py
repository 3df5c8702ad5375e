"""Langfuse's observations and scores become turns and feedback: all of them, once, with the right author."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gate_action.config.loop.backends import LangfuseSource
from gate_action.errors import StoreError
from standins.backends.langfuse import KEYS, Langfuse, observation, score
from standins.backends.server import Served, serve
from tests.loop.ingest.backends.passes import NOW, Loop

pytestmark = pytest.mark.slow

TRACE = {"kind": "trace", "id": f"{1:032x}"}


@pytest.fixture
def langfuse() -> Langfuse:
    return Langfuse(observations=[observation(number, f"2026-11-{20 + number}T09:00:00Z") for number in range(1, 5)])


@pytest.fixture
def server(langfuse: Langfuse) -> Iterator[Served]:
    with serve(langfuse) as served:
        yield served


def settings(server: Served, **more: object) -> LangfuseSource:
    told = {"access_key": KEYS[0], "secret_key": KEYS[1], "page_size": 2, "since": "2026-11-20", **more}
    return LangfuseSource(url=server.url, **told)  # type: ignore[arg-type]  # options as a test names them


def test_an_observation_is_a_turn_with_all_that_langfuse_says_of_it(server: Served, loop: Loop):
    assert loop.read(settings(server)).turns == 4
    turn = loop.told("turn")[0]
    assert turn.pop("user_key")
    assert turn == {
        "turn_id": turn["turn_id"],
        "trace_id": f"{1:032x}",
        "span_id": f"{1:016x}",
        "conversation_id": "session 1",
        "at": NOW.replace(day=21, hour=9),
        "environment": "production",
        "release": "v7",
        "prompt_name": "support",
        "prompt_version": "3",
        "model": "gpt-4o-mini",
        "input": "question 1",
        "messages": '[{"role":"user","content":"question 1"}]',
        "output": "answer 1",
        "input_tokens": 11,
        "output_tokens": 7,
        "cost_usd": 0.5,
        "latency_s": 0.0,
        "status": "ok",
        "source": "prod",
        "dialect": "langfuse",
    }


@pytest.mark.slow
def test_every_page_of_every_day_is_read_and_a_second_pass_changes_nothing(
    langfuse: Langfuse, server: Served, loop: Loop
):
    langfuse.observations += [observation(number, "2026-11-22T10:00:00Z") for number in range(10, 15)]
    langfuse.scores += [score("rating", TRACE, "2026-11-24T09:00:00Z", 2, id=str(number)) for number in range(5)]
    first = loop.read(settings(server))
    again = loop.read(settings(server), NOW + timedelta(hours=1))
    assert (first.turns, first.feedback, again.turns, again.feedback) == (9, 5, 0, 0)
    asked = [one for one in server.asked if one.path.endswith("observations")]
    assert {"io" in one.one("fields").split(",") for one in asked} == {True}


def test_a_second_pass_asks_for_two_days_before_the_first_ones_end_and_no_more(server: Served, loop: Loop):
    loop.read(settings(server))
    before = len(server.asked)
    loop.read(settings(server), NOW + timedelta(hours=1))
    asked = [one for one in server.asked[before:] if one.path.endswith("observations")]
    assert min(one.one("fromStartTime") for one in asked) == "2026-11-23T12:00:00.000000Z"


def test_users_reviewers_and_models_stay_apart(langfuse: Langfuse, server: Served, loop: Loop):
    langfuse.scores = [
        score("thumb", TRACE, "2026-11-24T09:00:00Z", value=False, metadata={"user_id": "u 1"}),
        score("quality", TRACE, "2026-11-24T09:01:00Z", 0.2, source="EVAL", comment="It is vague."),
        score("quality2", TRACE, "2026-11-24T09:02:00Z", "bad", source="ANNOTATION", authorUserId="colleague"),
        score("length", TRACE, "2026-11-24T09:03:00Z", 900),
    ]
    loop.read(settings(server, code_feedback=["len*"]))
    told = [(one["name"], one["author_kind"], one.get("value"), one.get("label")) for one in loop.told()]
    assert told == [
        ("thumb", "end_user", 0.0, "down"),
        ("quality", "llm", 0.2, None),
        ("quality2", "reviewer", None, "bad"),
        ("length", "code", 900.0, None),
    ]
    keys = {one.get("author_key") for one in loop.told()}
    assert len(keys) == 3
    assert not any("u 1" in str(one) or "colleague" in str(one) for one in loop.rows("feedback"))


def test_a_correction_a_text_and_every_kind_of_subject_find_their_turn(langfuse: Langfuse, server: Served, loop: Loop):
    langfuse.scores = [
        score("output", TRACE, "2026-11-24T09:00:00Z", "30 days.", dataType="CORRECTION", source="ANNOTATION"),
        score(
            "thumb",
            {"kind": "observation", "id": f"{2:016x}", "traceId": f"{2:032x}"},
            "2026-11-24T09:01:00Z",
            value=True,
        ),
        score("note", {"kind": "session", "id": "session 3"}, "2026-11-24T09:02:00Z", "Slow.", dataType="TEXT"),
        score("accuracy", {"kind": "experiment", "id": "run 7"}, "2026-11-24T09:03:00Z", 0.5),
    ]
    loop.read(settings(server))
    turns = {turn["turn_id"]: turn["input"] for turn in loop.told("turn")}
    assert [(turns[one["turn_id"]], one.get("correction"), one.get("comment")) for one in loop.told()] == [
        ("question 1", "30 days.", None),
        ("question 2", None, None),
        ("question 3", None, "Slow."),
    ]


def test_a_score_that_was_changed_replaces_what_it_said_before(langfuse: Langfuse, server: Served, loop: Loop):
    langfuse.scores = [score("thumb", TRACE, "2026-11-24T09:00:00Z", value=True)]
    loop.read(settings(server))
    langfuse.scores = [
        score("thumb", TRACE, "2026-11-24T09:00:00Z", value=False, updatedAt="2026-11-25T12:30:00Z", comment="No.")
    ]
    loop.read(settings(server), NOW + timedelta(hours=1))
    assert [(one["value"], one.get("comment")) for one in loop.told()] == [(0.0, "No.")]


@pytest.mark.slow
def test_late_feedback_on_an_old_turn_is_joined(langfuse: Langfuse, server: Served, loop: Loop):
    loop.read(settings(server))
    late = NOW + timedelta(days=20)
    langfuse.scores = [score("thumb", TRACE, (late - timedelta(hours=1)).isoformat() + "Z", value=False)]
    loop.read(settings(server), late)
    assert [one["trace_id"] for one in loop.told() if one.get("turn_id")] == [TRACE["id"]]


def test_attributes_of_an_app_that_speaks_opentelemetry_are_read_out_of_the_metadata(
    langfuse: Langfuse, server: Served, loop: Loop
):
    metadata = {
        "attributes": {"gate.join_key": "message 7", "gate.sampling.probability": 0.1},
        "resourceAttributes": {"service.name": "shop"},
    }
    langfuse.observations = [observation(1, "2026-11-24T09:00:00Z", metadata=metadata)]
    loop.read(settings(server))
    (turn,) = loop.told("turn")
    assert (turn["app"], turn["join_key"], turn["weight"]) == ("shop", "message 7", 10.0)


def test_what_is_no_observation_and_no_score_is_a_fault_with_its_id(langfuse: Langfuse, server: Served, loop: Loop):
    langfuse.observations.append({**observation(9, "2026-11-24T09:00:00Z"), "id": ""})
    langfuse.scores = [{**score("thumb", TRACE, "2026-11-24T09:00:00Z", value=True), "subject": None}]
    loop.read(settings(server))
    assert {one["place"] for one in loop.told("fault")} == {"observation ", f"score thumb {TRACE['id']}"}
    assert len(loop.told("turn")) == 4


def test_a_wrong_key_is_told(server: Served, loop: Loop):
    with pytest.raises(StoreError, match="status 401"):
        loop.read(settings(server, secret_key="another"))
