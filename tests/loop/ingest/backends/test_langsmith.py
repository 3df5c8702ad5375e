"""LangSmith's runs and feedback become turns and feedback: all of them, once, with the right author."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gate_action.config.loop.backends import LangsmithSource
from gate_action.errors import StoreError
from standins.backends.langsmith import KEY, PROJECT, Langsmith, feedback, run, uuid
from standins.backends.server import Served, serve
from tests.loop.ingest.backends.passes import NOW, Loop

pytestmark = pytest.mark.slow


@pytest.fixture
def langsmith() -> Langsmith:
    return Langsmith(runs=[run(number, f"2026-11-{20 + number}T09:00:00Z") for number in range(1, 6)])


@pytest.fixture
def server(langsmith: Langsmith) -> Iterator[Served]:
    with serve(langsmith) as served:
        yield served


def settings(server: Served, **more: object) -> LangsmithSource:
    told = {"project": "shop", "key": KEY, "page_size": 2, **more}
    return LangsmithSource(url=server.url, **told)  # type: ignore[arg-type]  # options as a test names them


def test_a_run_is_a_turn_with_all_that_langsmith_says_of_it(server: Served, loop: Loop):
    assert loop.read(settings(server)).turns == 5
    turn = loop.told("turn")[0]
    assert turn.pop("user_key")
    assert turn == {
        "turn_id": turn["turn_id"],
        "trace_id": f"{1:032x}",
        "span_id": uuid(1),
        "conversation_id": uuid(900),
        "at": NOW.replace(day=21, hour=9),
        "app": "shop",
        "release": "v7",
        "model": "gpt-4o-mini",
        "input": "question 1",
        "messages": '[{"role":"human","content":"question 1"}]',
        "output": "answer 1",
        "input_tokens": 11,
        "output_tokens": 7,
        "cost_usd": 0.5,
        "latency_s": 0.0,
        "status": "ok",
        "source": "prod",
        "dialect": "openinference",
    }


def test_what_is_asked_for_is_named_and_a_link_that_opens_the_run_to_everybody_is_not(server: Served, loop: Loop):
    loop.read(settings(server, project=PROJECT))
    asked = [one.body for one in server.asked if one.path == "/api/v2/runs/query"]
    assert all("SHARE_URL" not in body["selects"] and body["project_ids"] == [PROJECT] for body in asked)
    assert asked[0]["min_start_time"] == "2026-10-26T12:00:00.000000Z"


def test_steps_below_a_chain_are_one_turn_and_feedback_on_a_step_finds_it(
    langsmith: Langsmith, server: Served, loop: Loop
):
    chain = run(1, "2026-11-21T09:00:00Z", run_type="CHAIN", inputs={"question": "Why?"}, outputs={"answer": "So."})
    step = run(2, "2026-11-21T09:00:01Z", trace_id=uuid(1), parent_run_ids=[uuid(1)])
    langsmith.runs = [chain, step]
    langsmith.feedback = [feedback(1, 2, "2026-11-21T10:00:00Z", trace_id=uuid(1))]
    loop.read(settings(server))
    (turn,) = loop.told("turn")
    (said,) = loop.told()
    assert (turn["input"], turn["output"], said["turn_id"]) == ("Why?", "So.", turn["turn_id"])


def test_every_page_is_read_and_a_second_pass_changes_nothing(langsmith: Langsmith, server: Served, loop: Loop):
    langsmith.feedback = [feedback(number, 1, "2026-11-24T09:00:00Z", key=f"k{number}") for number in range(250)]
    first = loop.read(settings(server))
    again = loop.read(settings(server), NOW + timedelta(hours=1))
    assert (first.turns, first.feedback, again.turns, again.feedback) == (5, 250, 0, 0)
    assert loop.store.count("feedback") == 250


def test_users_reviewers_and_models_stay_apart(langsmith: Langsmith, server: Served, loop: Loop):
    at = "2026-11-24T09:0{}:00Z"
    langsmith.feedback = [
        feedback(1, 1, at.format(1), extra={"user_id": "u 1"}, comment="Wrong."),
        feedback(2, 1, at.format(2), feedback_source={"type": "model"}, key="vague", score=1),
        feedback(3, 1, at.format(3), feedback_source={"type": "auto_eval"}, key="tone", score=0.5, value="curt"),
        feedback(4, 1, at.format(4), feedback_source={"type": "app", "user_id": uuid(7)}, correction={"output": "30"}),
        feedback(5, 1, at.format(5), key="tokens", score=None, value=7, feedback_source=None),
    ]
    loop.read(settings(server, code_feedback=["tokens"]))
    told = [(one["author_kind"], one.get("value"), one.get("label"), one.get("correction")) for one in loop.told()]
    assert told == [
        ("end_user", 0.0, None, None),
        ("llm", 1.0, None, None),
        ("llm", 0.5, "curt", None),
        ("reviewer", 0.0, None, '{"output":"30"}'),
        ("code", 7.0, None, None),
    ]
    assert not any(uuid(7) in str(one) or "u 1" in str(one) for one in loop.rows("feedback"))


def test_feedback_that_was_changed_replaces_what_it_said_before(langsmith: Langsmith, server: Served, loop: Loop):
    langsmith.feedback = [feedback(1, 1, "2026-11-24T09:00:00Z", score=1)]
    loop.read(settings(server))
    langsmith.feedback = [feedback(1, 1, "2026-11-24T09:00:00Z", score=0, modified_at="2026-11-25T12:30:00Z")]
    loop.read(settings(server), NOW + timedelta(hours=1))
    assert [one["value"] for one in loop.told()] == [0.0]


def test_a_run_that_comes_two_days_late_is_read_by_the_next_pass(langsmith: Langsmith, server: Served, loop: Loop):
    loop.read(settings(server))
    langsmith.runs.append(run(9, "2026-11-23T12:00:00Z"))
    assert loop.read(settings(server), NOW + timedelta(hours=1)).turns == 1


def test_a_run_of_the_future_hides_none_of_the_present(langsmith: Langsmith, server: Served, loop: Loop):
    langsmith.runs.append(run(9, "2031-01-01T00:00:00Z"))
    loop.read(settings(server))
    langsmith.runs.append(run(10, "2026-11-25T12:10:00Z"))
    assert loop.read(settings(server), NOW + timedelta(hours=1)).turns == 1


def test_what_is_no_run_and_no_feedback_is_a_fault_with_its_id(langsmith: Langsmith, server: Served, loop: Loop):
    langsmith.runs.append(run(9, "2026-11-24T09:00:00Z", id=""))
    langsmith.feedback = [feedback(1, 1, "2026-11-24T09:00:00Z", run_id=None, trace_id=None)]
    loop.read(settings(server))
    assert {one["place"] for one in loop.told("fault")} == {"run ", f"feedback {uuid(501)}"}


def test_a_project_that_is_not_there_and_a_wrong_key_are_told(server: Served, loop: Loop):
    with pytest.raises(StoreError, match="no tracing project 'other'"):
        loop.read(settings(server, project="other"))
    with pytest.raises(StoreError, match="status 403"):
        loop.read(settings(server, key="wrong"))
