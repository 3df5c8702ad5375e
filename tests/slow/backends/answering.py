"""An application that answers: instrumented with gate_action_capture, or as OpenInference's instrumentors do it.

usage: python answering.py capture|openinference FIRST COUNT; writes one line of JSON for each answer.
"""

import json
import sys
from typing import Any


def answer(number: int) -> str:
    return f"answer {number}"


def with_capture(number: int) -> dict[str, Any]:
    from gate_action_capture import model_call, record_feedback

    with model_call(
        [{"role": "user", "content": f"question {number}"}],
        model="tiny-1",
        conversation_id=f"conversation {number}",
        user_id=f"user {number}",
    ) as call:
        call.tool("lookup", {"number": number}, {"found": True})
        call.output(answer(number))
    if number % 2:  # users who say so at once, through the service that answered them
        record_feedback(
            trace_id=call.trace_id, name="thumb", value=False, comment=f"no {number}", correction="30 days."
        )
    return {"trace_id": call.trace_id}


def with_openinference(tracer: Any, number: int) -> dict[str, Any]:
    told = {"session.id": f"conversation {number}", "user.id": f"user {number}"}
    chain = {"openinference.span.kind": "CHAIN", "input.value": f"question {number}", **told}
    with tracer.start_as_current_span("answer", attributes=chain) as outer:
        call = {
            "openinference.span.kind": "LLM",
            "llm.model_name": "tiny-1",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": f"question {number}",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": answer(number),
            "llm.token_count.prompt": 3,
            "llm.token_count.completion": 2,
            **told,
        }
        with tracer.start_as_current_span("ChatCompletion", attributes=call) as inner:
            pass
        outer.set_attribute("output.value", answer(number))
    context = inner.get_span_context()
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def main(kind: str, first: int, count: int) -> None:
    numbers = range(first, first + count)
    if kind == "capture":
        from gate_action_capture import flush

        answered = [with_capture(number) for number in numbers]
        flush()
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        answered = [with_openinference(provider.get_tracer("app"), number) for number in numbers]
        provider.shutdown()
    for number, told in zip(numbers, answered, strict=True):
        sys.stdout.write(json.dumps({"number": number, **told}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
