"""MLflow's traces and assessments as version 3.17 gives them; tests/slow/backends asks the real one."""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from standins.backends.server import Answer, Asked


@dataclass
class Mlflow:
    traces: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        match asked.path:
            case "/api/2.0/mlflow/experiments/get-by-name" if asked.one("experiment_name") == "shop":
                return Answer(body={"experiment": {"experiment_id": "7", "name": "shop"}})
            case "/api/3.0/mlflow/traces/search":
                return self._search(asked.body)
            case "/api/3.0/mlflow/traces/batchGet":
                wanted = asked.query["trace_ids"]
                return Answer(body={"traces": [one for one in self.traces if one["trace_info"]["trace_id"] in wanted]})
            case _:
                return Answer(status=404, body={"error_code": "RESOURCE_DOES_NOT_EXIST"})

    def _search(self, body: dict[str, Any]) -> Answer:
        assert body["locations"][0]["mlflow_experiment"]["experiment_id"] == "7"
        assert body["order_by"] == ["timestamp_ms ASC"]
        bound = re.fullmatch(r"timestamp_ms >= (\d+)", body.get("filter", "timestamp_ms >= 0"))
        assert bound
        told = sorted((one["trace_info"] for one in self.traces), key=_at_ms)
        chosen = [one for one in told if _at_ms(one) >= int(bound[1])]
        at = int(body.get("page_token", "0"))
        after = at + body["max_results"]
        more = {"next_page_token": str(after)} if after < len(chosen) else {}
        return Answer(body={"traces": chosen[at:after], **more})


def trace(number: int, at: str, **more: Any) -> dict[str, Any]:
    start = int(datetime.fromisoformat(at).timestamp() * 1_000_000_000)
    about = {
        "trace_id": f"tr-{number:032x}",
        "request_time": at,
        "state": "OK",
        "trace_metadata": {"mlflow.trace.user": f"user {number}", "mlflow.trace.session": f"session {number}"},
        "tags": {"mlflow.traceName": "answer", "service.name": "shop"},
        **more,
    }
    span = {
        "trace_id": _base64(number, 16),
        "span_id": _base64(number, 8),
        "name": "answer",
        "start_time_unix_nano": start,
        "end_time_unix_nano": start,
        "attributes": [
            {"key": "mlflow.spanType", "value": {"string_value": "CHAT_MODEL"}},
            {"key": "mlflow.spanInputs", "value": {"string_value": f"question {number}"}},
            {"key": "mlflow.spanOutputs", "value": {"string_value": f"answer {number}"}},
        ],
        "status": {"code": "STATUS_CODE_OK"},
    }
    return {"trace_info": about, "spans": [span]}


def assessment(number: int, at: str, **more: Any) -> dict[str, Any]:
    return {
        "assessment_id": f"a-{number}",
        "assessment_name": "thumb",
        "source": {"source_type": "HUMAN", "source_id": "user 1"},
        "create_time": at,
        "last_update_time": at,
        "valid": True,
        **more,
    }


def _base64(number: int, size: int) -> str:
    return base64.b64encode(number.to_bytes(size, "big")).decode()


def _at_ms(about: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(about["request_time"]).timestamp() * 1000)
