"""Arize Phoenix as a source: spans in the order of their start, and annotations of spans, traces and sessions.

Phoenix cannot be asked for annotations that are new. So those of all turns that are young enough are read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from gate_action.clients.rest import Rest
from gate_action.config.loop.backends import PhoenixSource
from gate_action.loop.ingest.backends.course import (
    FEEDBACK,
    Course,
    Voices,
    Watermark,
    entries_of,
    pages,
    plot,
    read_moment,
    some,
    spell,
    text_at,
)
from gate_action.loop.ingest.gathering import Gathering
from gate_action.loop.ingest.ids import span_id, trace_id
from gate_action.loop.ingest.otlp_json import Invalid
from gate_action.loop.ingest.seam import Batch
from gate_action.loop.ingest.span_dumps import read_dumped
from gate_action.loop.ingest.statements import Statement
from gate_action.loop.ingest.times import read_time
from gate_action.loop.ingest.understanding import Understanding
from gate_action.model.loop import FaultKind

_IDS = 100
"""Of one question: they travel in its URL."""
_MOST_ANNOTATIONS = 1_000
_TARGETS = {"span": "span_id", "trace": "trace_id", "session": "session_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoenixReader:
    source: str
    settings: PhoenixSource
    rest: Rest
    understanding: Understanding
    now: datetime
    """UTC, without a zone."""

    def read(self, cursors: Mapping[str, str]) -> Iterator[Batch]:
        course = plot(cursors, self.now, self.settings.since, self.settings.late_days)
        gathering = Gathering(self.source, self.understanding, self.now)
        sessions: set[str] = set()
        yield from self._read_spans(course, gathering, sessions)
        yield from self._read_annotations(course, gathering)
        yield from self._read_sessions(course, gathering, sessions)
        gathering.cursors[FEEDBACK] = spell(course.now)
        yield gathering.take()

    def _read_spans(self, course: Course, to: Gathering, sessions: set[str]) -> Iterator[Batch]:
        mark = Watermark(course.now)
        query = {"sort": "start_time", "order": "asc", **_from("start_time", course.spans_from)}
        for page in self._pages("spans", query):
            for entry in page:
                self._add_span(entry, to, mark)
                sessions.add(text_at(entry, "attributes", "session.id"))
            to.size = self.rest.drain_count()
            to.cursors |= mark.cursor(is_over=False)
            yield to.take()
        to.cursors |= mark.cursor(is_over=True)

    def _add_span(self, entry: Mapping[str, Any], to: Gathering, mark: Watermark) -> None:
        kind = {"openinference.span.kind": text_at(entry, "span_kind")}
        attributes = entry.get("attributes")
        told = {
            **entry,
            "attributes": {**kind, **(attributes if isinstance(attributes, Mapping) else {})},
            "resource": {"attributes": {"openinference.project.name": self.settings.project}},
        }
        if not isinstance(entry.get("context"), Mapping):
            to.fault(f"span {text_at(entry, 'id')}", FaultKind.INVALID, "a span without a context")
            return
        for span in read_dumped(told):
            if isinstance(span, Invalid):
                to.fault(f"span {text_at(entry, 'context', 'span_id')}", FaultKind.INVALID, span.message)
            else:
                mark.see(span.start_us)
                to.add_span(span)

    def _read_annotations(self, course: Course, to: Gathering) -> Iterator[Batch]:
        """Whole traces at a time, without their contents: any of their spans may be spoken of."""
        since = _from("start_time", course.feedback_from)
        for page in self._pages("traces", {"include_spans": "true", "sort": "start_time", "order": "asc", **since}):
            traces = {text_at(one, "trace_id"): entries_of(one, "spans") for one in page}
            of_span = {text_at(span, "span_id"): trace for trace, spans in traces.items() for span in spans}
            self._ask_annotations("span", of_span, to)
            self._ask_annotations("trace", dict.fromkeys(traces, ""), to)
            to.size = self.rest.drain_count()
            yield to.take()

    def _read_sessions(self, course: Course, to: Gathering, live: set[str]) -> Iterator[Batch]:
        """Those that began last, until all of a page ended too long ago; and the ``live`` ones, however old."""
        for page in self._pages("sessions", {"order": "desc"}):
            ended = [read_moment(one.get("end_time")) for one in page]
            if course.feedback_from and all(at and at < course.feedback_from for at in ended):
                break
            live |= {text_at(one, "session_id") for one in page}
        self._ask_annotations("session", dict.fromkeys(sorted(live), ""), to)
        to.size = self.rest.drain_count()
        yield to.take()

    def _ask_annotations(self, kind: str, targets: Mapping[str, str], to: Gathering) -> None:
        """``targets``: an id, and of a span the trace's."""
        for few in some(list(targets), _IDS):
            query = {f"{kind}_ids": few, "limit": _MOST_ANNOTATIONS}
            for page in self._pages(f"{kind}_annotations", query):
                for entry in page:
                    self._state(kind, entry, targets, to)

    def _state(self, kind: str, entry: Mapping[str, Any], targets: Mapping[str, str], to: Gathering) -> None:
        result, more = entry.get("result") or {}, entry.get("metadata")
        own, name, target = text_at(entry, "id"), text_at(entry, "name"), text_at(entry, _TARGETS[kind])
        if not own or not name or not target or not isinstance(result, Mapping):
            to.fault(f"{kind} annotation {own}", FaultKind.INVALID, "an annotation without id, name, target or result")
            return
        known = more if isinstance(more, Mapping) else {}
        # What was written in Phoenix's own pages, by somebody of the team.
        by_team = entry.get("source") == "APP" and entry.get("annotator_kind") == "HUMAN"
        author = "reviewer" if by_team else text_at(entry, "annotator_kind").lower()
        to.state(
            Statement(
                name=name,
                value=result.get("score"),
                label=result.get("label"),
                comment=result.get("explanation"),
                correction=known.get("correction"),
                trace_id=trace_id(target if kind == "trace" else targets.get(target, "")),
                span_id=span_id(target) if kind == "span" else "",
                conversation_id=target if kind == "session" else "",
                author=Voices(self.settings.code_feedback).of(name, author),
                user_id=entry.get("user_id") if by_team else known.get("user_id"),
                # Its identifier is often the user's id, and says nothing that the id does not say.
                own_id=f"{kind} {own}",
                at_us=read_time(entry.get("updated_at")),
                raw={key: one for key, one in known.items() if key != "correction"},
            )
        )

    def _pages(self, what: str, query: Mapping[str, Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
        path = f"v1/projects/{quote(self.settings.project, safe='')}/{what}"

        def ask(token: str) -> tuple[Sequence[Mapping[str, Any]], str]:
            more = {"cursor": token} if token else {}
            answer = self.rest.get(path, {"limit": self.settings.page_size, **query, **more})
            return entries_of(answer, "data"), text_at(answer, "next_cursor")

        return pages(ask)


def _from(name: str, at: datetime | None) -> dict[str, str]:
    return {name: spell(at)} if at else {}
