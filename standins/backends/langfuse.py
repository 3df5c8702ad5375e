"""Langfuse's two lists, as its public API gives them: the newest first, in pages, with the field groups asked for."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from standins.backends.server import Answer, Asked

KEYS = ("pk-lf-public", "sk-lf-secret")


@dataclass
class Langfuse:
    observations: list[dict[str, Any]] = field(default_factory=list)
    scores: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Basic {base64.b64encode(':'.join(KEYS).encode()).decode()}":
            return Answer(status=401, body={"message": "Invalid credentials"})
        match asked.path:
            case "/api/public/v2/observations":
                return _page(asked, self.observations, "startTime", ("fromStartTime", "toStartTime"), {})
            case "/api/public/v3/scores":
                if int(asked.one("limit", "50")) > 100:
                    return Answer(status=400, body={"message": "limit"})
                limit = {"limit": int(asked.one("limit", "50"))}
                return _page(asked, self.scores, "timestamp", ("fromTimestamp", "toTimestamp"), limit)
            case _:
                return Answer(status=404, body={"message": "not found"})


def observation(number: int, at: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{number:016x}",
        "traceId": f"{number:032x}",
        "startTime": at,
        "endTime": at,
        "projectId": "p",
        "parentObservationId": None,
        "type": "GENERATION",
        "isRootObservation": True,
        "name": "answer",
        "level": "DEFAULT",
        "environment": "production",
        "userId": f"user {number}",
        "sessionId": f"session {number}",
        "input": json.dumps({"messages": [{"role": "user", "content": f"question {number}"}]}),
        "output": json.dumps({"role": "assistant", "content": f"answer {number}"}),
        "metadata": {},
        "providedModelName": "gpt-4o-mini",
        "usageDetails": {"input": 11, "output": 7, "total": 18},
        "costDetails": {"total": 0.5},
        "totalCost": 0.5,
        "promptName": "support",
        "promptVersion": 3,
        "release": "v7",
        "tags": [],
        **more,
    }


def score(name: str, subject: Mapping[str, Any], at: str, value: Any, **more: Any) -> dict[str, Any]:
    kind = "BOOLEAN" if isinstance(value, bool) else "CATEGORICAL" if isinstance(value, str) else "NUMERIC"
    return {
        "id": f"{name} {subject['id']}",
        "projectId": "p",
        "name": name,
        "value": value,
        "dataType": kind,
        "source": "API",
        "timestamp": at,
        "environment": "production",
        "createdAt": at,
        "updatedAt": at,
        "comment": None,
        "configId": None,
        "metadata": {},
        "authorUserId": None,
        "queueId": None,
        "subject": dict(subject),
        **more,
    }


def _page(
    asked: Asked, rows: Sequence[Mapping[str, Any]], by: str, bounds: tuple[str, str], meta: Mapping[str, Any]
) -> Answer:
    start, end = (asked.one(name) for name in bounds)
    chosen = [
        row
        for row in sorted(rows, key=lambda row: _time(row[by]), reverse=True)
        if (not start or _time(row[by]) >= _time(start)) and (not end or _time(row[by]) < _time(end))
    ]
    size, at = int(asked.one("limit", "50")), int(base64.b64decode(asked.one("cursor")) or b"0")
    after = at + size
    cursor = {"cursor": base64.b64encode(b"%d" % after).decode()} if after < len(chosen) else {}
    return Answer(body={"data": chosen[at:after], "meta": {**meta, **cursor}})


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
