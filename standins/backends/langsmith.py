"""LangSmith's tracing projects, runs (query v2) and feedback, as its API gives them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from standins.backends.server import Answer, Asked

KEY = "lsv2_pt_0123456789"
PROJECT = "018e4c7e-a9fb-7ef0-a5b6-6ea3a82e9327"


@dataclass
class Langsmith:
    runs: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("x-api-key") != KEY:
            return Answer(status=403, body={"detail": "Forbidden"})
        match asked.method, asked.path:
            case "GET", "/api/v1/sessions":
                shop = {"id": PROJECT, "name": "shop", "tenant_id": PROJECT, "start_time": "2026-01-01T00:00:00Z"}
                known = [{**shop, "reference_dataset_id": None}]
                return Answer(body=[one for one in known if one["name"] == asked.one("name")])
            case "POST", "/api/v2/runs/query":
                return self._runs(asked.body)
            case "GET", "/api/v1/feedback":
                since, offset, limit = asked.one("min_created_at"), int(asked.one("offset")), int(asked.one("limit"))
                chosen = [one for one in self.feedback if _time(one["created_at"]) >= _time(since)]
                return Answer(body=chosen[offset : offset + limit])
            case _:
                return Answer(status=404, body={"detail": "Not Found"})

    def _runs(self, body: dict[str, Any]) -> Answer:
        since, until = _time(body["min_start_time"]), _time(body.get("max_start_time", "2099-01-01T00:00:00Z"))
        size, at = body["page_size"], int(body.get("cursor", "0"))
        ordered = sorted(self.runs, key=lambda run: _time(run["start_time"]), reverse=True)
        chosen = [run for run in ordered if since <= _time(run["start_time"]) <= until]
        assert body["project_ids"] == [PROJECT]
        page = chosen[at : at + size]
        wanted = {name.lower() for name in body["selects"]}
        items = [{name: value for name, value in run.items() if name in wanted} for run in page]
        has_more = at + size < len(chosen)
        return Answer(
            body={"items": items, "has_more": has_more, **({"next_cursor": str(at + size)} if has_more else {})}
        )


def uuid(number: int) -> str:
    return str(UUID(int=number))


def run(number: int, at: str, **more: Any) -> dict[str, Any]:
    return {
        "id": uuid(number),
        "trace_id": uuid(number),
        "name": "ChatOpenAI",
        "run_type": "LLM",
        "status": "SUCCESS",
        "start_time": at,
        "end_time": at,
        "inputs": {"messages": [[{"id": ["langchain"], "kwargs": {"type": "human", "content": f"question {number}"}}]]},
        "outputs": {"generations": [[{"message": {"kwargs": {"type": "ai", "content": f"answer {number}"}}}]]},
        "metadata": {"user_id": f"user {number}", "ls_model_name": "gpt-4o-mini", "revision_id": "v7"},
        "parent_run_ids": [],
        "thread_id": uuid(900),
        "prompt_tokens": 11,
        "completion_tokens": 7,
        "total_cost": 0.5,
        "share_url": "https://smith.example/secret",
        **more,
    }


def feedback(number: int, of: int, at: str, **more: Any) -> dict[str, Any]:
    return {
        "id": uuid(500 + number),
        "key": "user_feedback",
        "created_at": at,
        "modified_at": at,
        "score": 0,
        "value": None,
        "comment": None,
        "correction": None,
        "run_id": uuid(of),
        "trace_id": uuid(of),
        "session_id": PROJECT,
        "feedback_source": {"type": "api", "metadata": None, "user_id": None},
        "extra": None,
        **more,
    }


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
