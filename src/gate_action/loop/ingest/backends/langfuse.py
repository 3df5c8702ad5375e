"""Langfuse as a source: observations with their contents (API v2), and scores (API v3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gate_action.clients.rest import Rest
from gate_action.config.loop.backends import LangfuseSource
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
from gate_action.loop.ingest.dialects.values import parse_maybe
from gate_action.loop.ingest.gathering import Gathering
from gate_action.loop.ingest.ids import span_id, trace_id
from gate_action.loop.ingest.seam import Batch, Span
from gate_action.loop.ingest.statements import Statement
from gate_action.loop.ingest.times import read_time
from gate_action.loop.ingest.understanding import Understanding
from gate_action.model.loop import FaultKind

_FIELDS = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"
_MOST_SCORES = 100
_AUTHORS = {"API": "", "ANNOTATION": "reviewer", "EVAL": "llm"}
_PLAIN = {
    "sessionId": "langfuse.session.id",
    "userId": "langfuse.user.id",
    "environment": "langfuse.environment",
    "release": "langfuse.release",
    "input": "langfuse.observation.input",
    "output": "langfuse.observation.output",
    "providedModelName": "langfuse.observation.model.name",
    "model": "langfuse.observation.model.name",
    "promptName": "langfuse.observation.prompt.name",
    "promptVersion": "langfuse.observation.prompt.version",
    "usageDetails": "langfuse.observation.usage_details",
    "costDetails": "langfuse.observation.cost_details",
    "totalCost": "gen_ai.usage.cost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LangfuseReader:
    source: str
    settings: LangfuseSource
    rest: Rest
    understanding: Understanding
    now: datetime
    """UTC, without a zone."""

    def read(self, cursors: Mapping[str, str]) -> Iterator[Batch]:
        course = plot(cursors, self.now, self.settings.since, self.settings.late_days)
        to = Gathering(self.source, self.understanding, self.now)
        for start, end in days(course.spans_from or course.now - FIRST, course.now):
            yield from self._read_observations(start, end, to)
            to.cursors[SPANS] = spell(end or course.now)
            yield to.take()
        yield from self._read_scores(course, to)
        to.cursors[FEEDBACK] = spell(course.now)
        yield to.take()

    def _read_observations(self, start: datetime, end: datetime | None, to: Gathering) -> Iterator[Batch]:
        query = {
            "fields": _FIELDS,
            "expandMetadata": "attributes,resourceAttributes",
            "limit": self.settings.page_size,
            "fromStartTime": spell(start),
            **({"toStartTime": spell(end)} if end else {}),
        }
        for page in self._pages("api/public/v2/observations", query):
            for entry in page:
                self._add_observation(entry, to)
            to.size = self.rest.drain_count()
            yield to.take()

    def _add_observation(self, entry: Mapping[str, Any], to: Gathering) -> None:
        own, trace, start = text_at(entry, "id"), text_at(entry, "traceId"), read_time(entry.get("startTime"))
        if not own or not start:
            to.fault(f"observation {own}", FaultKind.INVALID, "an observation without id or start time")
            return
        metadata = parse_maybe(entry.get("metadata"))
        to.add_span(
            Span(
                trace_id=trace_id(trace or own),
                span_id=span_id(own),
                parent_id=span_id(text_at(entry, "parentObservationId")),
                name=text_at(entry, "name"),
                start_us=start,
                end_us=read_time(entry.get("endTime")),
                is_error=entry.get("level") == "ERROR",
                attributes={
                    **_object(metadata, "attributes"),
                    "langfuse.observation.type": text_at(entry, "type"),
                    **{theirs: entry[ours] for ours, theirs in _PLAIN.items() if entry.get(ours) is not None},
                },
                resource=_object(metadata, "resourceAttributes"),
            )
        )

    def _read_scores(self, course: Course, to: Gathering) -> Iterator[Batch]:
        """By the time of the score: feedback that comes late is new, and an old one that was edited is read again."""
        since = course.feedback_from or course.now - FIRST
        query = {"limit": min(self.settings.page_size, _MOST_SCORES), "fields": "details,subject,annotation"}
        for page in self._pages("api/public/v3/scores", {**query, "fromTimestamp": spell(since)}):
            for entry in page:
                self._state(entry, to)
            yield to.take()

    def _state(self, entry: Mapping[str, Any], to: Gathering) -> None:
        own, name, subject = text_at(entry, "id"), text_at(entry, "name"), entry.get("subject")
        kind, target = text_at(subject, "kind"), text_at(subject, "id")
        if kind == "experiment":
            return  # of a run over a data set, and so of nobody's conversation
        if not own or not name or not target:
            to.fault(f"score {own}", FaultKind.INVALID, "a score without id, name or subject")
            return
        told = text_at(entry, "dataType")
        said = {"TEXT": "comment", "CORRECTION": "correction"}.get(told, "value")
        more = parse_maybe(entry.get("metadata"))
        from_api = entry.get("source") == "API"
        to.state(
            Statement(
                **({"comment": entry.get("comment")} | {said: entry.get("value")}),
                name=name,
                trace_id=trace_id({"trace": target, "observation": text_at(subject, "traceId")}.get(kind, "")),
                span_id=span_id(target) if kind == "observation" else "",
                conversation_id=target if kind == "session" else "",
                author=Voices(self.settings.code_feedback).of(name, _AUTHORS.get(text_at(entry, "source"), "")),
                user_id=_object(more, "").get("user_id") if from_api else entry.get("authorUserId"),
                own_id=own,
                scale=told.lower(),
                at_us=read_time(entry.get("updatedAt")) or read_time(entry.get("timestamp")),
                raw=_object(more, ""),
            )
        )

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
        def ask(token: str) -> tuple[Sequence[Mapping[str, Any]], str]:
            answer = self.rest.get(path, {**query, **({"cursor": token} if token else {})})
            return entries_of(answer, "data"), text_at(answer, "meta", "cursor")

        return pages(ask)


def _object(value: Any, name: str) -> Mapping[str, Any]:
    """The object ``name`` within it, or itself; empty: it is none."""
    found = parse_maybe(value.get(name)) if name and isinstance(value, Mapping) else value
    return found if isinstance(found, Mapping) else {}
