"""MLflow's traces and assessments become turns and feedback: all of them, once, the superseded ones gone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gate_action.config.loop.backends import MlflowSource
from gate_action.errors import StoreError
from standins.backends.mlflow import Mlflow, assessment, trace
from standins.backends.server import Served, serve
from tests.loop.ingest.backends.passes import NOW, Loop

pytestmark = pytest.mark.slow

AT = "2026-11-24T09:00:0{}.000Z"
NO: dict[str, Any] = {"feedback": {"value": False}}


@pytest.fixture
def mlflow() -> Mlflow:
    return Mlflow(traces=[trace(number, AT.format(number)) for number in range(1, 6)])


@pytest.fixture
def server(mlflow: Mlflow) -> Iterator[Served]:
    with serve(mlflow) as served:
        yield served


def settings(server: Served, **more: object) -> MlflowSource:
    return MlflowSource(url=server.url, **{"experiment": "shop", "page_size": 2, **more})  # type: ignore[arg-type]


def test_a_trace_is_a_turn_of_its_user_and_session(server: Served, loop: Loop):
    assert loop.read(settings(server)).turns == 5
    turn = loop.told("turn")[0]
    assert turn["user_key"]
    assert [turn[name] for name in ("trace_id", "span_id", "conversation_id", "app", "input", "output", "dialect")] == [
        f"{1:032x}",
        f"{1:016x}",
        "session 1",
        "shop",
        "question 1",
        "answer 1",
        "mlflow",
    ]


def test_the_last_of_a_chain_of_assessments_counts_whichever_was_read_before(
    mlflow: Mlflow, server: Served, loop: Loop
):
    first = assessment(1, AT.format(6), **NO, rationale="bad")
    mlflow.traces[0] = trace(1, AT.format(1), assessments=[first])
    loop.read(settings(server))
    assert [one["value"] for one in loop.told()] == [0.0]
    second = assessment(2, AT.format(7), feedback={"value": True}, overrides="a-1")
    mlflow.traces[0] = trace(1, AT.format(1), assessments=[{**first, "valid": False}, second])
    loop.read(settings(server), NOW + timedelta(hours=1))
    assert [(one["value"], one.get("comment")) for one in loop.told()] == [(1.0, None)]


def test_people_models_and_code_stay_apart_and_an_expectation_is_a_correction(
    mlflow: Mlflow, server: Served, loop: Loop
):
    told = [
        assessment(1, AT.format(6), **NO),
        assessment(2, AT.format(7), **NO, source={"source_type": "LLM_JUDGE"}),
        assessment(3, AT.format(8), **NO, source={"source_type": "CODE"}),
        assessment(4, AT.format(9), expectation={"value": "30 days."}, assessment_name="expected_response"),
        assessment(
            5,
            "2026-11-24T09:01:00.000Z",
            expectation={"serialized_value": {"serialization_format": "JSON_FORMAT", "value": '{"a": 1}'}},
            assessment_name="expected_facts",
        ),
        assessment(6, AT.format(9), feedback={"error": {"error_code": "TIMEOUT"}}, assessment_name="failed"),
    ]
    mlflow.traces[0] = trace(1, AT.format(1), assessments=told)
    loop.read(settings(server))
    found = [(one["author_kind"], one.get("correction")) for one in loop.told()]
    assert found == [
        ("end_user", None),
        ("llm", None),
        ("code", None),
        ("end_user", "30 days."),
        ("end_user", '{"a": 1}'),
    ]
    assert not any("user 1" in str(row) for row in loop.rows("feedback"))


def test_spans_are_asked_for_where_they_are_new_and_assessments_of_older_traces_too(
    mlflow: Mlflow, server: Served, loop: Loop
):
    loop.read(settings(server, experiment="7"))
    later = NOW + timedelta(days=5)
    mlflow.traces.append(trace(9, "2026-11-30T11:00:00.000Z"))
    loop.read(settings(server), later)
    mlflow.traces[0] = trace(1, AT.format(1), assessments=[assessment(1, "2026-11-30T11:30:00.000Z", **NO)])
    before = len(server.asked)
    tally = loop.read(settings(server), later + timedelta(hours=1))
    assert (tally.turns, tally.feedback, tally.feedback_replaced) == (0, 1, 0)
    spans = [one.query["trace_ids"] for one in server.asked[before:] if one.path.endswith("batchGet")]
    assert spans == [[f"tr-{9:032x}"]]


def test_an_assessment_without_content_is_a_fault_with_its_id(mlflow: Mlflow, server: Served, loop: Loop):
    mlflow.traces[0] = trace(1, AT.format(1), assessments=[assessment(1, AT.format(6))])
    loop.read(settings(server))
    assert [one["place"] for one in loop.told("fault")] == ["assessment a-1"]


def test_an_experiment_that_is_not_there_is_told(server: Served, loop: Loop):
    with pytest.raises(StoreError, match="status 404"):
        loop.read(settings(server, experiment="other"))
