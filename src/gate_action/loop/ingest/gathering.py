"""A batch in the making: spans become parts and statements, whatever the reader they come from."""

from datetime import datetime

from gate_action.loop.ingest.annotations import EVALUATION, is_annotated, is_carrier, read_annotations, read_evaluation
from gate_action.loop.ingest.seam import Batch, Link, Part, Span
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
        self.clear()

    def clear(self) -> None:
        self.parts: list[Part] = []
        self.turns: list[Turn] = []
        self.feedback: list[Feedback] = []
        self.faults: list[Fault] = []
        self.reread: list[str] = []
        self.cursors: dict[str, str] = {}
        self.size = 0

    def add_span(self, span: Span) -> None:
        """Its part of a turn, and what is stated in it. A carrier of feedback is no part of anything."""
        for event in span.events:
            if event.name == EVALUATION:
                told = read_evaluation(event, Link(span.trace_id, span.span_id))
                if told is not None:
                    self.state(told)
        if is_annotated(span):
            for statement in read_annotations(span):
                self.state(statement)
            if is_carrier(span):
                return
        self.parts.append(self.understanding.read(span, self.source))

    def state(self, told: Statement) -> None:
        self.feedback.append(make_feedback(told, self.source, self.understanding))

    def fault(self, place: str, kind: FaultKind, message: str) -> None:
        self.faults.append(Fault(source=self.source, place=place, kind=kind, message=message, at=self._now))

    def take(self) -> Batch:
        """Everything so far; the next batch begins."""
        batch = Batch(
            parts=self.parts,
            turns=self.turns,
            feedback=self.feedback,
            faults=self.faults,
            cursors=self.cursors,
            reread=self.reread,
            size=self.size,
        )
        self.clear()
        return batch
