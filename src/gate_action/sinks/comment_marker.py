"""The hidden first line of our comments: which gate's it is, what it tells of, and which run wrote it."""

import hashlib
import re
from typing import Final, NamedTuple
from urllib.parse import quote

from gate_action.clients.github.client import Comment
from gate_action.model.comparison import ChangeKind
from gate_action.model.report import Report
from gate_action.sinks.destination import Attempt, Destination

_MARKER: Final = re.compile(
    r"<!-- gate-action:comment gate=(?P<gate>\S+)(?: scope=(?P<scope>\S+))? head=(?P<head>[0-9a-f]+) "
    r"run=(?P<run>[0-9]{1,20}) attempt=(?P<attempt>[0-9]{1,20})(?: result=(?P<result>[0-9a-f]{1,64}))? -->"
)


class Marker(NamedTuple):
    """The comment's hidden first line: whose it is, and what it tells of."""

    gate: str
    """The gate's id as `marker_word` spells it."""
    head_sha: str
    attempt: Attempt
    scope: str = ""
    """As ``gate``: what tells gates of one id apart."""
    result: str = ""
    """Equal for equal results; empty: it was not told."""

    def __str__(self) -> str:
        scope = f" scope={self.scope}" if self.scope else ""
        result = f" result={self.result}" if self.result else ""
        run = f"run={self.attempt.run_id} attempt={self.attempt.number}"
        return f"<!-- gate-action:comment gate={self.gate}{scope} head={self.head_sha} {run}{result} -->"

    def is_of(self, other: "Marker") -> bool:
        """Are they markers of one gate in one place?"""
        return (self.gate, self.scope) == (other.gate, other.scope)


class Sticky(NamedTuple):
    """A comment with its marker read."""

    comment: Comment
    marker: Marker


def make_marker(report: Report, place: Destination) -> Marker:
    return Marker(
        gate=marker_word(report.gate_id),
        head_sha=place.head_sha,
        attempt=place.attempt,
        scope=marker_word(place.scope),
        result=digest_result(report),
    )


def read_marker(body: str) -> Marker | None:
    """The marker that the comment begins with, if it has one."""
    found = _MARKER.match(body)
    if not found:
        return None
    attempt = Attempt(int(found["run"]), int(found["attempt"]))
    return Marker(found["gate"], found["head"], attempt, found["scope"] or "", found["result"] or "")


def marker_word(text: str) -> str:
    """One word that neither ends an HTML comment nor looks like another field."""
    return quote(text, safe="").replace("--", "-%2D")


def digest_result(report: Report) -> str:
    """Of what a reader would call the same result: verdict, reasons, findings and the fixtures that got worse."""
    decision = report.decision
    worse = sorted(change.fixture_id for change in decision.changes if change.kind is ChangeKind.REGRESSED)
    if more := decision.unlisted.get(ChangeKind.REGRESSED):
        worse.append(f"and {more} more")
    reasons = [(reason.kind.value, reason.metric, str(reason.slice or "")) for reason in decision.reasons]
    findings = [(metric.metric, metric.finding.value) for metric in decision.metrics]
    told = (decision.verdict.value, int(decision.exit_code), reasons, findings, worse)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
