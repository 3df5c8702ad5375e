"""What a model call leaves behind, as the official exporter writes it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from gate_action_capture import Settings, configure, flush, model_call, record_feedback, shutdown
from gate_action_capture.pipeline import Exporters, open_exporters
from tests.capture.records import events, read_lines, spans


def test_a_call_is_recorded_under_the_conventions(file: Path) -> None:
    """Input, output, context, tools, model, prompt version, release and sampling probability stand on one trace."""
    with model_call(
        [{"role": "user", "content": "How long?"}],
        model="m-1",
        provider="openai",
        system="Be kind.",
        context=["30 days."],
        conversation_id="c1",
        prompt_name="returns",
        prompt_version="7",
        slices={"locale": "en"},
    ) as call:
        call.tool("lookup", {"order": 1}, {"state": "sent"}, call_id="t1")
        call.output("30 days.", response_id="r1", input_tokens=5, output_tokens=2, finish_reason="stop")
    assert flush()
    tool, chat = spans(file)
    attributes = chat["attributes"]
    assert attributes["gen_ai.operation.name"] == "chat"
    assert json.loads(attributes["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "How long?"}]}
    ]
    assert json.loads(attributes["gen_ai.output.messages"])[0]["parts"][0]["content"] == "30 days."
    assert json.loads(attributes["gen_ai.system_instructions"]) == [{"type": "text", "content": "Be kind."}]
    assert json.loads(attributes["gen_ai.retrieval.documents"]) == [{"content": "30 days."}]
    assert attributes["gate.prompt.version"] == "7"
    assert attributes["gate.sampling.probability"] == 1.0
    assert attributes["gate.slice.locale"] == "en"
    assert chat["resource"]["service.version"] == "abc123"
    assert (chat["traceId"], chat["spanId"]) == (call.trace_id, call.span_id)
    assert (tool["traceId"], tool["parentSpanId"]) == (call.trace_id, call.span_id)
    assert tool["attributes"]["gen_ai.tool.call.result"] == '{"state":"sent"}'


def test_an_instrumented_apps_trace_is_kept_and_its_sampling_is_not(file: Path) -> None:
    """Inside a span of the application the call is on that trace, also where the application samples nothing."""
    tracer = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False).get_tracer("app")
    with tracer.start_as_current_span("request") as outer, model_call("hello") as call:
        call.output("hi")
    flush()
    assert call.trace_id == f"{outer.get_span_context().trace_id:032x}"
    assert [one["traceId"] for one in spans(file)] == [call.trace_id]


def test_a_call_that_fails_is_told_and_its_error_goes_on(file: Path) -> None:
    with pytest.raises(RuntimeError, match="no answer"), model_call("hello"):
        raise RuntimeError("no answer")
    flush()
    (span,) = spans(file)
    assert span["attributes"]["error.type"] == "RuntimeError"
    assert span["status"] == {"message": "no answer", "code": 2}


def test_what_was_not_drawn_is_recorded_once_it_gets_feedback(tmp_path: Path) -> None:
    """And only that: with a draw of one in a million, of two calls the one spoken of is there, in its own stratum."""
    path = tmp_path / "records.jsonl"
    configure(file=str(path), sample=1e-6)
    with model_call("silent") as silent:
        silent.output("nobody says anything")
    with model_call("spoken of") as call:
        call.tool("search", "x", "y")
        call.output("wrong")
    record_feedback(trace_id=call.trace_id, name="thumb", value=False)
    shutdown()
    kept = [one for one in spans(path) if not one["name"].startswith("feedback")]
    assert {one["traceId"] for one in kept} == {call.trace_id}
    assert {one["name"] for one in kept} == {"chat", "execute_tool search"}
    chat = next(one for one in kept if one["name"] == "chat")
    assert chat["attributes"]["gate.sampling.stratum"] == "feedback"
    assert chat["attributes"]["gate.sampling.probability"] == 1e-6
    (event,) = events(path)
    assert event["spanId"] == call.span_id


@pytest.mark.parametrize("by", ["join_key", "response_id"])
def test_feedback_by_another_name_than_the_trace_finds_what_was_not_drawn(tmp_path: Path, by: str) -> None:
    path = tmp_path / "records.jsonl"
    configure(file=str(path), sample=1e-9)
    for number in range(3):
        with model_call(f"q{number}", join_key=f"join_key-{number}") as call:
            call.output("wrong", response_id=f"response_id-{number}")
    record_feedback(name="thumb", value=False, **{by: f"{by}-1"})  # type: ignore[arg-type]  # both are texts
    shutdown()
    (chat,) = [one for one in spans(path) if not one["name"].startswith("feedback")]
    assert chat["attributes"]["gate.join_key"] == "join_key-1"


def test_feedback_while_the_answer_is_still_streaming_keeps_the_call(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    configure(file=str(path), sample=1e-9)
    with model_call("q") as call:
        record_feedback(name="thumb", value=False, trace_id=call.trace_id)
        call.output("wrong")
    shutdown()
    assert [one["traceId"] for one in spans(path) if not one["name"].startswith("feedback")] == [call.trace_id]


def test_what_is_kept_back_is_bounded(tmp_path: Path) -> None:
    capture = configure(file=str(tmp_path / "records.jsonl"), sample=1e-9, kept_back=10)
    for _ in range(50):
        with model_call("x") as call:
            call.output("y")
    assert capture is not None
    assert len(capture._waiting) == 10  # the bound is the point
    shutdown()


def test_off_hands_out_one_empty_call_and_records_nothing() -> None:
    configure(Settings())
    with model_call("a") as first, model_call("b") as second:
        first.tool("t")
        first.context(["c"])
        first.output("x")
    assert first is second
    assert first.trace_id == ""
    assert record_feedback(trace_id="0" * 31 + "1", name="thumb", value=True) == ""


def test_nothing_heavy_is_imported_before_something_is_recorded() -> None:
    """An application that turns capture off pays for no SDK."""
    script = """
import sys
from gate_action_capture import model_call
with model_call("x") as call: call.output("y")
assert not [name for name in sys.modules if name.startswith("opentelemetry")], "loaded"
"""
    subprocess.run(
        [sys.executable, "-c", script], check=True, env={"PYTHONPATH": ":".join(sys.path), "GATE_CAPTURE": "off"}
    )  # our own script


def test_a_fault_in_the_environment_turns_capture_off_and_breaks_nothing() -> None:
    script = """
from gate_action_capture import model_call
with model_call("x") as call: call.output("y")
assert call.trace_id == ""
"""
    environment = {"PYTHONPATH": ":".join(sys.path), "GATE_CAPTURE": "perhaps"}
    ended = subprocess.run([sys.executable, "-c", script], check=True, env=environment, capture_output=True, text=True)
    assert "GATE_CAPTURE is 'perhaps': write on or off" in ended.stderr


def test_a_destination_that_does_not_answer_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Calls and feedback return although every export hangs."""
    import threading
    import time

    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    gate = threading.Event()

    class Hanging(SpanExporter):
        def export(self, spans):
            gate.wait(20)
            return SpanExportResult.SUCCESS

    configure(exporters=Exporters(Hanging(), open_exporters(Settings(file=str(tmp_path / "events"))).logs))
    started = time.monotonic()
    for _ in range(3_000):  # more than the queue holds
        with model_call("x") as call:
            call.output("y")
    taken_s = time.monotonic() - started
    gate.set()
    shutdown()
    assert taken_s < 10


def test_lines_of_spans_and_events_do_not_tear_each_other(file: Path) -> None:
    for _ in range(200):
        with model_call("x" * 20_000) as call:
            call.output("y" * 20_000)
        record_feedback(trace_id=call.trace_id, name="thumb", value=True)
    flush()
    assert len(spans(file)) == 400
    assert len(events(file)) == 200
    assert all(isinstance(line, dict) for line in read_lines(file))
