"""OTLP as it is written out there: packed, framed, cut into pieces, and spelt in many ways."""

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]  # it has no types
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gate_action.config.loop.ingest import FilesSource
from tests.loop.ingest.ingesting import Pile
from tests.loop.ingest.records import START, chat, line, request, span

SPANS = [span(number, chat(f"q{number}", f"a{number}"), trace=number) for number in range(1, 4)]
LINES = b"".join(line(one) for one in SPANS)


def protobuf(*spans: dict[str, Any]) -> bytes:
    """The same request in protobuf. Its JSON has ids in base64."""
    told = json.loads(json.dumps(request(*spans)))
    for one in told["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in one:
                one[name] = base64.b64encode(bytes.fromhex(one[name])).decode()
    content: bytes = ParseDict(told, ExportTraceServiceRequest()).SerializeToString()
    return content


def zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


def framed(*messages: bytes) -> bytes:
    return b"".join(len(message).to_bytes(4, "big") + message for message in messages)


PACKINGS: dict[str, bytes] = {
    "JSON lines": LINES,
    "JSON lines, no last line feed": LINES.rstrip(),
    "JSON lines with a byte order mark and empty lines": b"\xef\xbb\xbf\n" + LINES.replace(b"\n", b"\r\n\r\n"),
    "JSON lines, gzip": gzip.compress(LINES),
    "JSON lines, gzip in members": b"".join(gzip.compress(line(one)) for one in SPANS),
    "JSON lines, zstd": zstd(LINES),
    "JSON lines, zstd in frames": b"".join(zstd(line(one)) for one in SPANS),
    "JSON over many lines": json.dumps([request(one) for one in SPANS], indent=2).encode(),
    "protobuf, one message": protobuf(*SPANS),
    "protobuf, one message, gzip": gzip.compress(protobuf(*SPANS)),
    "framed protobuf": framed(*(protobuf(one) for one in SPANS)),
    "framed protobuf, zstd a message": framed(*(zstd(protobuf(one)) for one in SPANS)),
    "framed JSON, zstd a message": framed(*(zstd(line(one)) for one in SPANS)),
    "framed protobuf, gzip around": gzip.compress(framed(*(protobuf(one) for one in SPANS))),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_is_told_by_its_content_and_not_by_its_name(pile: Pile, packing: str):
    turns = pile.read(PACKINGS[packing], name="any.txt")
    assert [(turn["input"], turn["output"]) for turn in turns] == [("q1", "a1"), ("q2", "a2"), ("q3", "a3")]
    assert [turn["trace_id"] for turn in turns] == [f"{number:032x}" for number in range(1, 4)]
    assert pile.faults() == []


def quirk(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda one: one.update({name: value})


QUIRKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "times as numbers": lambda one: one.update(startTimeUnixNano=START, endTimeUnixNano=START + 10**9),
    "no end, no status, no parent": lambda one: one.pop("endTimeUnixNano"),
    "status as a word": quirk("status", {"code": "STATUS_CODE_OK"}),
    "status as a number": quirk("status", {"code": 1}),
    "kind as a word": quirk("kind", "SPAN_KIND_SERVER"),
    "ids in capitals": lambda one: one.update(traceId=one["traceId"].upper(), spanId=one["spanId"].upper()),
    "ids in base64": lambda one: one.update(
        traceId=base64.b64encode(bytes.fromhex(one["traceId"])).decode(),
        spanId=base64.b64encode(bytes.fromhex(one["spanId"])).decode(),
    ),
    "ids in decimal": lambda one: one.update(traceId=str(int(one["traceId"], 16)), spanId=str(int(one["spanId"], 16))),
    "ids with 0x": lambda one: one.update(traceId="0x" + one["traceId"], spanId="0x" + one["spanId"]),
    "a parent of zeros": quirk("parentSpanId", "0000000000000000"),
    "unknown fields": quirk("flags", 256),
    "null lists": lambda one: one.update(events=None, links=None),
}


@pytest.mark.parametrize("name", QUIRKS)
def test_a_writers_quirks_change_nothing(pile: Pile, name: str):
    one = span(1, chat("q", "a"), trace=0xABCDEF0123456789ABCDEF0123456789)
    QUIRKS[name](one)
    (turn,) = pile.read(line(one))
    assert (turn["trace_id"], turn["span_id"]) == ("abcdef0123456789abcdef0123456789", "0000000000000001")
    assert (turn["input"], turn["output"], turn["status"]) == ("q", "a", "ok")
    assert pile.faults() == []


@pytest.mark.parametrize("code", [2, "2", "STATUS_CODE_ERROR"])
def test_a_failed_span_is_an_error(pile: Pile, code: Any):
    (turn,) = pile.read(line(span(1, chat("q", ""), status={"code": code})))
    assert turn["status"] == "error"


@pytest.mark.parametrize("value", [{"intValue": "12"}, {"intValue": 12}, {"doubleValue": 12.0}, {"stringValue": "12"}])
def test_numbers_come_as_texts_and_as_numbers(pile: Pile, value: dict[str, Any]):
    one = span(1, chat("q", "a"))
    one["attributes"].append({"key": "gen_ai.usage.input_tokens", "value": value})
    (turn,) = pile.read(line(one))
    assert turn["input_tokens"] == 12


def test_structures_inside_of_attributes_are_read(pile: Pile):
    parts = {
        "arrayValue": {
            "values": [
                {
                    "kvlistValue": {
                        "values": [
                            {"key": "role", "value": {"stringValue": "user"}},
                            {"key": "content", "value": {"stringValue": "q"}},
                        ]
                    }
                }
            ]
        }
    }
    one = span(1, {"gen_ai.operation.name": "chat", "gen_ai.completion": "a"})
    one["attributes"] += [
        {"key": "gen_ai.input.messages", "value": parts},
        {"key": "raw", "value": {"bytesValue": "AAEC"}},
        {"key": "nothing", "value": {}},
        {"key": "no value"},
        {"key": "empty", "value": {"arrayValue": {}}},
    ]
    (turn,) = pile.read(line(one))
    assert (turn["input"], turn["messages"]) == ("q", '[{"role":"user","content":"q"}]')


def test_the_official_exporters_files_are_read(pile: Pile):
    from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.trace import Status, StatusCode

    provider = TracerProvider(resource=Resource({"service.name": "shop", "service.version": "r2"}))
    with (pile.folder / "spans.jsonl").open("w") as stream:
        provider.add_span_processor(SimpleSpanProcessor(FileSpanExporter(stream=stream)))
        tracer = provider.get_tracer("app")
        about = {"session.id": "c1", "user.id": "ann"}
        with (
            tracer.start_as_current_span("POST /chat", attributes=about),
            tracer.start_as_current_span("chat", attributes=chat("q", "a")) as inner,
        ):
            inner.set_attribute("gen_ai.usage.output_tokens", 5)
            inner.set_status(Status(StatusCode.ERROR, "late"))
        provider.shutdown()
    (turn,) = pile.read_all()
    told = [turn[name] for name in ("input", "output", "app", "release", "conversation_id", "output_tokens", "status")]
    assert told == ["q", "a", "shop", "r2", "c1", 5, "error"]
    assert turn["user_key"]


def test_log_records_in_protobuf_are_not_taken_for_spans(pile: Pile):
    record = {
        "timeUnixNano": str(START),
        "traceId": base64.b64encode(bytes.fromhex(f"{1:032x}")).decode(),
        "spanId": base64.b64encode(bytes.fromhex(f"{1:016x}")).decode(),
        "eventName": "gen_ai.evaluation.result",
        "attributes": [
            {"key": "gen_ai.evaluation.name", "value": {"stringValue": "thumb"}},
            {"key": "gen_ai.evaluation.score.value", "value": {"doubleValue": 0.0}},
        ],
    }
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record, {"body": {"stringValue": "an ordinary line"}}]}]}]}
    content = ParseDict(logs, ExportLogsServiceRequest()).SerializeToString()
    assert pile.read(framed(content)) == []
    (said,) = pile.feedback
    assert (said.name, said.polarity, said.trace_id, said.span_id) == ("thumb", -1, f"{1:032x}", f"{1:016x}")


def test_real_agent_runs_are_read(pile: Pile):
    places = (parent / "shared" / "data" / "any_agent_spans" for parent in Path(__file__).parents)
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        pytest.skip("../shared/data/any_agent_spans is not here")
    turns = pile.read_all(FilesSource(path=str(folder)))
    assert len(turns) == len(list(folder.glob("*.json")))
    assert all("America/New_York" in turn["input"] and turn["model"] for turn in turns)
    assert all(json.loads(turn["tool_calls"]) and "steps" in turn["output"] for turn in turns)
    assert pile.faults() == []
