"""Scores as OpenTelemetry has them: log records ``gen_ai.evaluation.result``, a request of OTLP JSON a line."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

EVENT = "gen_ai.evaluation.result"
_TRACE, _SPAN = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")
_NANOS = 1_000_000_000


def encode_scores(rows: Iterable[Mapping[str, Any]], passes: Mapping[str, float]) -> bytes:
    """One line, with its line feed. ``rows``: of the table ``score``, with ``trace_id`` and ``span_id`` of the turn;
    those without a value are left out. ``passes``: by metric, the score from which on a turn passes.
    """
    records = [_record(row, passes[row["metric"]]) for row in rows if row["value"] is not None]
    scope = {"scope": {"name": "gate-action"}, "logRecords": records}
    return msgspec.json.encode({"resourceLogs": [{"resource": {}, "scopeLogs": [scope]}]}) + b"\n" if records else b""


def _record(row: Mapping[str, Any], pass_at: float) -> dict[str, Any]:
    at: datetime = row["at"]
    told = {
        "gen_ai.evaluation.name": row["metric"],
        "gen_ai.evaluation.score.value": float(row["value"]),
        "gen_ai.evaluation.score.label": "pass" if row["value"] >= pass_at else "fail",
        "gen_ai.evaluation.explanation": row["reason"],
        "gate.feedback.author_kind": "code",
        "gate.feedback.identifier": f"{row['turn_id']}:{row['metric']}:{row['evaluator_digest']}",
        "gate.evaluator.version": row["evaluator"],
        "gate.evaluator.digest": row["evaluator_digest"],
        "gate.sampling.probability": float(row["probability"]),
    }
    record: dict[str, Any] = {
        "timeUnixNano": str(int(at.replace(tzinfo=UTC).timestamp() * _NANOS)),
        "severityNumber": 9,
        "eventName": EVENT,
        "attributes": [{"key": key, "value": _value(value)} for key, value in told.items() if value != ""],
    }
    if _TRACE.fullmatch(row["trace_id"]):
        record["traceId"] = row["trace_id"]
    if _SPAN.fullmatch(row["span_id"]):
        record["spanId"] = row["span_id"]
    return record


def _value(value: str | float) -> dict[str, Any]:
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
