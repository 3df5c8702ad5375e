"""Phoenix's lists as version 20 gives them; tests/slow/backends asks the real one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from standins.backends.server import Answer, Asked


@dataclass
class Phoenix:
    spans: list[dict[str, Any]] = field(default_factory=list)
    annotations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By ``span``, ``trace`` and ``session``."""

    def __call__(self, asked: Asked) -> Answer:
        project, _, what = asked.path.removeprefix("/v1/projects/").partition("/")
        if project != "shop":
            return Answer(status=404, body=b"Project with name other not found")
        if what.endswith("_annotations"):
            kind = what.removesuffix("_annotations")
            wanted = asked.query[f"{kind}_ids"]
            assert wanted
            key = f"{kind}_id"
            return _page(asked, [one for one in self.annotations.get(kind, []) if one[key] in wanted])
        found = {"spans": self._spans, "traces": self._traces, "sessions": self._sessions}[what]
        return _page(asked, found())

    def _spans(self) -> Sequence[Mapping[str, Any]]:
        return sorted(self.spans, key=_start)

    def _traces(self) -> Sequence[Mapping[str, Any]]:
        return _grouped(self._spans(), lambda span: span["context"]["trace_id"], _trace)

    def _sessions(self) -> Sequence[Mapping[str, Any]]:
        named = [span for span in self._spans() if "session.id" in span["attributes"]]
        return _grouped(named, lambda span: span["attributes"]["session.id"], _session)[::-1]


def span(number: int, at: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"U3Bhbjo{number}",
        "name": "answer",
        "context": {"trace_id": f"{number:032x}", "span_id": f"{number:016x}"},
        "span_kind": "LLM",
        "parent_id": None,
        "start_time": at,
        "end_time": at,
        "status_code": "OK",
        "status_message": "",
        "attributes": {
            "input.value": f"question {number}",
            "output.value": f"answer {number}",
            "session.id": f"session {number}",
            "user.id": f"user {number}",
        },
        "events": [],
        **more,
    }


def annotation(number: int, kind: str, target: str, at: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"QW5uOj{number}",
        "created_at": at,
        "updated_at": at,
        "source": "API",
        "user_id": None,
        "name": "thumb",
        "annotator_kind": "HUMAN",
        "result": {"label": None, "score": 0.0, "explanation": None},
        "metadata": {},
        "identifier": "",
        f"{kind}_id": target,
        **more,
    }


def _grouped(
    spans: Sequence[Mapping[str, Any]],
    key: Callable[[Mapping[str, Any]], str],
    make: Callable[[str, list[Mapping[str, Any]]], Mapping[str, Any]],
) -> list[Mapping[str, Any]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in spans:
        groups.setdefault(key(one), []).append(one)
    return [make(name, group) for name, group in groups.items()]


def _trace(name: str, spans: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    inner = [{"span_id": one["context"]["span_id"], "start_time": one["start_time"]} for one in spans]
    return {"trace_id": name, "start_time": spans[0]["start_time"], "spans": inner}


def _session(name: str, spans: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"session_id": name, "start_time": spans[0]["start_time"], "end_time": spans[-1]["end_time"]}


def _page(asked: Asked, rows: Sequence[Mapping[str, Any]]) -> Answer:
    since = asked.one("start_time")
    chosen = [row for row in rows if not since or _start(row) >= datetime.fromisoformat(since)]
    size, at = int(asked.one("limit", "100")), int(asked.one("cursor", "0"))
    after = at + size
    return Answer(body={"data": chosen[at:after], "next_cursor": str(after) if after < len(chosen) else None})


def _start(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(row["start_time"])
