"""MLflow as a source: traces in the order of their time with their assessments, and the spans of those that are new."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from gate_action.clients.rest import Rest
from gate_action.config.loop.backends import MlflowSource
from gate_action.errors import StoreError
from gate_action.loop.ingest.backends.course import (
    FEEDBACK,
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
from gate_action.loop.ingest.otlp_json import Invalid, read_span
from gate_action.loop.ingest.seam import Batch
from gate_action.loop.ingest.statements import Statement
from gate_action.loop.ingest.times import read_time
from gate_action.loop.ingest.understanding import Understanding
from gate_action.model.loop import FaultKind

_TRACES = 20
"""Of one question for spans: their ids travel in its URL."""
_AUTHORS = {"HUMAN": "", "CODE": "code", "LLM_JUDGE": "llm", "AI_JUDGE": "llm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowReader:
    source: str
    settings: MlflowSource
    rest: Rest
    understanding: Understanding
    now: datetime
    """UTC, without a zone."""

    def read(self, cursors: Mapping[str, str]) -> Iterator[Batch]:
        course = plot(cursors, self.now, self.settings.since, self.settings.late_days)
        to = Gathering(self.source, self.understanding, self.now)
        mark = Watermark(course.now)
        for page in self._search(_earlier(course.spans_from, course.feedback_from)):
            new = [one for one in page if _is_since(one, course.spans_from)]
            self._add_spans([text_at(one, "trace_id") for one in new], to)
            for about in page:
                self._add_assessments(about, to)
                mark.see(read_time(about.get("request_time")))
            to.size = self.rest.drain_count()
            to.cursors |= mark.cursor(is_over=False)
            yield to.take()
        to.cursors |= mark.cursor(is_over=True) | {FEEDBACK: spell(course.now)}
        yield to.take()

    def _search(self, since: datetime | None) -> Iterator[Sequence[Mapping[str, Any]]]:
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self._find_experiment()}}
        asked = {
            "locations": [place],
            "max_results": self.settings.page_size,
            "order_by": ["timestamp_ms ASC"],
            **({"filter": f"timestamp_ms >= {int(since.timestamp() * 1000)}"} if since else {}),
        }

        def ask(token: str) -> tuple[Sequence[Mapping[str, Any]], str]:
            answer = self.rest.post("api/3.0/mlflow/traces/search", asked | ({"page_token": token} if token else {}))
            return entries_of(answer, "traces"), text_at(answer, "next_page_token")

        return pages(ask)

    def _find_experiment(self) -> str:
        told = self.settings.experiment
        if told.isdecimal():
            return told
        answer = self.rest.get("api/2.0/mlflow/experiments/get-by-name", {"experiment_name": told})
        found = text_at(answer, "experiment", "experiment_id")
        if not found:
            raise StoreError(f"{self.rest.url} has no experiment {told!r}")
        return found

    def _add_spans(self, ids: Sequence[str], to: Gathering) -> None:
        for few in some(ids, _TRACES):
            answer = self.rest.get("api/3.0/mlflow/traces/batchGet", {"trace_ids": few})
            for trace in entries_of(answer, "traces"):
                self._add_trace(trace, to)

    def _add_trace(self, trace: Mapping[str, Any], to: Gathering) -> None:
        about = trace.get("trace_info")
        own = _trace_of(about)
        metadata, tags = (_texts(about, name) for name in ("trace_metadata", "tags"))
        # MLflow keeps a user and a session once for the trace, and the attributes of the process among its tags.
        around = {name: value for name, value in metadata.items() if name.startswith("mlflow.trace.")}
        resource = {name: value for name, value in tags.items() if not name.startswith("mlflow.")}
        for entry in entries_of(trace, "spans"):
            span = read_span(entry, resource)
            if isinstance(span, Invalid):
                to.fault(f"trace {text_at(about, 'trace_id')}", FaultKind.INVALID, span.message)
            else:
                to.add_span(replace(span, trace_id=own or span.trace_id, attributes={**around, **span.attributes}))

    def _add_assessments(self, about: Mapping[str, Any], to: Gathering) -> None:
        entries = entries_of(about, "assessments")
        overrides = {text_at(one, "assessment_id"): text_at(one, "overrides") for one in entries}
        for entry in entries:
            if entry.get("valid") is not False:
                self._state(_first(text_at(entry, "assessment_id"), overrides), entry, about, to)

    def _state(self, own: str, entry: Mapping[str, Any], about: Mapping[str, Any], to: Gathering) -> None:
        """``own``: the id of the first one that it overrides: a second thought replaces the first."""
        name, target = text_at(entry, "assessment_name"), _trace_of(about)
        feedback, wanted = entry.get("feedback"), entry.get("expectation")
        if not own or not name or not target or not isinstance(feedback or wanted, Mapping):
            to.fault(f"assessment {own}", FaultKind.INVALID, "an assessment without id, name, trace or content")
            return
        if isinstance(feedback, Mapping) and feedback.get("error") is not None and feedback.get("value") is None:
            return  # a judge that failed has said nothing
        who = text_at(entry, "source", "source_type").upper()
        author = Voices(self.settings.code_feedback).of(name, _AUTHORS.get(who, ""))
        to.state(
            Statement(
                name=name,
                value=feedback.get("value") if isinstance(feedback, Mapping) else None,
                comment=entry.get("rationale"),
                correction=_expected(wanted),
                trace_id=target,
                span_id=span_id(text_at(entry, "span_id")),
                author=author,
                user_id=text_at(entry, "source", "source_id") if who == "HUMAN" else None,
                own_id=own,
                at_us=read_time(entry.get("last_update_time")) or read_time(entry.get("create_time")),
                raw=_texts(entry, "metadata"),
            )
        )


def _first(own: str, overrides: Mapping[str, str]) -> str:
    seen = {own}
    while (earlier := overrides.get(own)) and earlier not in seen:
        own = earlier
        seen.add(own)
    return own


def _expected(wanted: Any) -> Any:
    """An expectation's value; of a structured one its JSON."""
    if not isinstance(wanted, Mapping):
        return None
    return text_at(wanted, "serialized_value", "value") or wanted.get("value")


def _trace_of(about: Any) -> str:
    return trace_id(text_at(about, "trace_id").removeprefix("tr-"))


def _texts(holder: Any, name: str) -> Mapping[str, Any]:
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _is_since(about: Mapping[str, Any], since: datetime | None) -> bool:
    at = read_moment(about.get("request_time"))
    return since is None or at is None or at >= since


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else None
