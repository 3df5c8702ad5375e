"""A batch in the making: spans become parts and statements, whatever the reader they come from."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from gate_action.loop.ingest.annotations import EVALUATION, is_annotated, is_carrier, read_annotations, read_evaluation
from gate_action.loop.ingest.dialects.events import read_told
from gate_action.loop.ingest.seam import Batch, Event, Link, Part, Span
from gate_action.loop.ingest.statements import Statement, make_feedback
from gate_action.loop.ingest.understanding import Understanding
from gate_action.model.loop import Fault, FaultKind, Feedback, Turn

_FAULTS_KEPT = 10_000
"""Of one batch; a batch of nothing but broken lines holds no more."""


class Gathering:
    """Filled by a reader, and emptied by ``take``."""

    def __init__(self, source: str, understanding: Understanding, now: datetime) -> None:
        self.source = source
        self.understanding = understanding
        self._now = now
        self.is_understood = False
        """Was anything of what was read so far?"""
        self.is_foreign = False
        """Could anything not be read, other than by being cut off?"""
        self.is_held_back = False
        """Keep cursors until something is understood, so that what nobody could read is read again."""
        self._cursors_held: dict[str, str] = {}
        self.clear()

    def clear(self) -> None:
        self.parts: list[Part] = []
        self.turns: list[Turn] = []
        self.feedback: list[Feedback] = []
        self.faults: list[Fault] = []
        self.reread: list[str] = []
        self.cursors: dict[str, str] = {}
        self.size = 0
        self._heard: dict[Link, list[Event]] = {}

    def add_span(self, span: Span) -> None:
        """Its part of a turn, and what is stated in it. A carrier of feedback is no part of anything."""
        for event in span.events:
            if event.name == EVALUATION:
                told = read_evaluation(event, Link(span.trace_id, span.span_id))
                if told is not None:
                    self.state(told)
        if span.events and (texts := read_told(span.events)):
            span = msgspec.structs.replace(span, attributes={**texts, **span.attributes})
        if is_annotated(span):
            for statement in read_annotations(span):
                self.state(statement)
            if is_carrier(span):
                return
        self.parts.append(self.understanding.read(span, self.source))

    def hear(self, event: Event, target: Link) -> None:
        """An event of ``dialects.events`` in a log, which names the model call that it is of."""
        if target.trace_id and target.span_id and event.at_us:
            self._heard.setdefault(target, []).append(event)

    def state(self, told: Statement) -> None:
        self.is_understood = True
        self.feedback.append(make_feedback(told, self.source, self.understanding))

    def fault(self, place: str, kind: FaultKind, message: str) -> None:
        self.is_foreign |= kind is not FaultKind.TORN
        self.faults.append(Fault(source=self.source, place=place, kind=kind, message=message, at=self._now))

    def take(self) -> Batch:
        """Everything so far; the next batch begins."""
        for target, events in self._heard.items():
            if texts := read_told(events):
                self.add_span(_span_of(target, events, texts))
        self.is_held_back &= not self.is_understood
        held = self._cursors_held | self.cursors
        self._cursors_held, cursors = (held, {}) if self.is_held_back and self.is_foreign else ({}, held)
        batch = Batch(
            parts=self.parts,
            turns=self.turns,
            feedback=self.feedback,
            faults=self.faults,
            cursors=cursors,
            reread=self.reread,
            size=self.size,
        )
        self.clear()
        return batch


def _span_of(target: Link, events: list[Event], texts: dict[str, Any]) -> Span:
    """What a log says of a model call, as a call within it: its own span may be in another file, or come later."""
    begin = min(event.at_us for event in events)
    own = f"{target.span_id}\0{begin}\0{events[0].name}"
    return Span(
        trace_id=target.trace_id,
        span_id=hashlib.sha256(own.encode()).hexdigest()[:16],
        parent_id=target.span_id,
        start_us=begin,
        end_us=max(event.at_us for event in events),
        attributes={"gen_ai.operation.name": "chat", **texts},
    )
