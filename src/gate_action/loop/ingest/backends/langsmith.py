"""LangSmith as a source: runs (query v2) day by day, and feedback by the time of its making."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gate_action.clients.rest import Rest
from gate_action.config.loop.backends import LangsmithSource
from gate_action.errors import StoreError
from gate_action.loop.ingest.backends.course import (
    FEEDBACK,
    FIRST,
    SPANS,
    Course,
    Voices,
    days,
    entries_of,
    pages,
    plot,
    spell,
    text_at,
)
from gate_action.loop.ingest.gathering import Gathering
from gate_action.loop.ingest.ids import span_id, trace_id
from gate_action.loop.ingest.seam import Batch, Span
from gate_action.loop.ingest.statements import Statement
from gate_action.loop.ingest.times import read_time
from gate_action.loop.ingest.understanding import Understanding
from gate_action.model.loop import FaultKind

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST_FEEDBACK = 100
_SELECTS = (
    *("ID", "NAME", "RUN_TYPE", "STATUS", "START_TIME", "END_TIME", "METADATA", "INPUTS", "OUTPUTS", "PARENT_RUN_IDS"),
    *("TRACE_ID", "THREAD_ID", "PROMPT_TOKENS", "COMPLETION_TOKENS", "TOTAL_COST"),
)
_AUTHORS = {"api": "", "app": "reviewer", "model": "llm", "auto_eval": "llm"}
_METADATA = {
    "session_id": "session.id",
    "conversation_id": "session.id",
    "user_id": "user.id",
    "environment": "deployment.environment",
    "ls_model_name": "gen_ai.request.model",
    "revision_id": "gate.release",
    "lc_hub_repo": "gen_ai.prompt.name",
    "lc_hub_commit_hash": "gen_ai.prompt.version",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LangsmithReader:
    source: str
    settings: LangsmithSource
    rest: Rest
    understanding: Understanding
    now: datetime
    """UTC, without a zone."""

    def read(self, cursors: Mapping[str, str]) -> Iterator[Batch]:
        course = plot(cursors, self.now, self.settings.since, self.settings.late_days)
        to = Gathering(self.source, self.understanding, self.now)
        project = self._find_project()
        yield from self._read_runs(project, course, to)
        yield from self._read_feedback(project, course, to)
        to.cursors[FEEDBACK] = spell(course.now)
        yield to.take()

    def _find_project(self) -> str:
        told = self.settings.project
        if _UUID.fullmatch(told):
            return told
        answer = self.rest.get("api/v1/sessions", {"name": told, "limit": 1})
        found = answer[0] if isinstance(answer, list) and answer else {}
        own = text_at(found, "id")
        if not own or text_at(found, "name") != told:
            raise StoreError(f"{self.rest.url} has no tracing project {told!r}")
        return own

    def _read_runs(self, project: str, course: Course, to: Gathering) -> Iterator[Batch]:
        for start, end in days(course.spans_from or course.now - FIRST, course.now):
            for page in self._pages(project, start, end):
                for entry in page:
                    self._add_run(entry, to)
                to.size = self.rest.drain_count()
                yield to.take()
            to.cursors[SPANS] = spell(end or course.now)
            yield to.take()

    def _pages(self, project: str, start: datetime, end: datetime | None) -> Iterator[Sequence[Mapping[str, Any]]]:
        asked = {
            "project_ids": [project],
            "min_start_time": spell(start),
            **({"max_start_time": spell(end)} if end else {}),
            "page_size": self.settings.page_size,
            "selects": list(_SELECTS),
        }

        def ask(token: str) -> tuple[Sequence[Mapping[str, Any]], str]:
            answer = self.rest.post("api/v2/runs/query", asked | ({"cursor": token} if token else {}))
            more = text_at(answer, "next_cursor") if isinstance(answer, Mapping) and answer.get("has_more") else ""
            return entries_of(answer, "items"), more

        return pages(ask)

    def _add_run(self, entry: Mapping[str, Any], to: Gathering) -> None:
        own, start = text_at(entry, "id"), read_time(entry.get("start_time"))
        if not own or not start:
            to.fault(f"run {own}", FaultKind.INVALID, "a run without id or start time")
            return
        above = entry.get("parent_run_ids")
        told = entry.get("metadata")
        metadata = told if isinstance(told, Mapping) else {}
        figures = {
            "langsmith.span.kind": text_at(entry, "run_type"),
            "input.value": entry.get("inputs"),
            "output.value": entry.get("outputs"),
            "thread.id": entry.get("thread_id"),
            "gen_ai.usage.input_tokens": entry.get("prompt_tokens"),
            "gen_ai.usage.output_tokens": entry.get("completion_tokens"),
            "gen_ai.usage.cost": entry.get("total_cost"),
        }
        known = {theirs: metadata[ours] for ours, theirs in _METADATA.items() if metadata.get(ours) is not None}
        to.add_span(
            Span(
                trace_id=trace_id(text_at(entry, "trace_id") or own),
                span_id=span_id(own),
                parent_id=span_id(above[-1]) if isinstance(above, list) and above else "",
                name=text_at(entry, "name"),
                start_us=start,
                end_us=read_time(entry.get("end_time")),
                is_error=text_at(entry, "status").upper() == "ERROR",
                attributes={
                    **{name: value for name, value in metadata.items() if "." in name},
                    **known,
                    **{name: value for name, value in figures.items() if value not in (None, "", {})},
                },
                resource={"project_name": self.settings.project},
            )
        )

    def _read_feedback(self, project: str, course: Course, to: Gathering) -> Iterator[Batch]:
        """What changed later than ``late_days`` after it was made is not seen: LangSmith asks by its making alone."""
        since = spell(course.feedback_from or course.now - FIRST)

        def ask(token: str) -> tuple[Sequence[Mapping[str, Any]], str]:
            offset = int(token or "0")
            query: dict[str, str | int] = {
                "session": project,
                "min_created_at": since,
                "limit": _MOST_FEEDBACK,
                "offset": offset,
            }
            answer = entries_of({"feedback": self.rest.get("api/v1/feedback", query)}, "feedback")
            return answer, str(offset + len(answer)) if len(answer) == _MOST_FEEDBACK else ""

        for page in pages(ask):
            for entry in page:
                self._state(entry, to)
            yield to.take()

    def _state(self, entry: Mapping[str, Any], to: Gathering) -> None:
        own, name = text_at(entry, "id"), text_at(entry, "key")
        trace, run = text_at(entry, "trace_id"), text_at(entry, "run_id")
        if not own or not name or not (trace or run):
            to.fault(f"feedback {own}", FaultKind.INVALID, "feedback without id, key or run")
            return
        who, more = text_at(entry, "feedback_source", "type"), entry.get("extra")
        raw = more if isinstance(more, Mapping) else {}
        score, value = entry.get("score"), entry.get("value")
        to.state(
            Statement(
                name=name,
                value=value if score is None else score,
                label=value if score is not None and isinstance(value, str) else None,
                comment=entry.get("comment"),
                correction=entry.get("correction"),
                trace_id=trace_id(trace or run),
                span_id=span_id(run),
                author=Voices(self.settings.code_feedback).of(name, _AUTHORS.get(who, "")),
                user_id=text_at(entry, "feedback_source", "user_id") if who == "app" else raw.get("user_id"),
                own_id=own,
                at_us=read_time(entry.get("modified_at")) or read_time(entry.get("created_at")),
                raw=raw,
            )
        )
