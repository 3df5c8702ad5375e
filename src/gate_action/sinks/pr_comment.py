"""One comment a gate on the pull request, kept up to date. Touches its own only; an older run never overwrites."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple, TypeVar
from urllib.parse import quote

from gate_action.clients.github import Comment, GithubClient
from gate_action.model.report import Report
from gate_action.report.markdown import COMMENT, render_markdown
from gate_action.report.view import build_view
from gate_action.sinks.destination import Attempt, Destination
from gate_action.sinks.publishing import UnpublishedError
from gate_action.sinks.shedding import send_shedding

T = TypeVar("T")
_MARKER: Final = re.compile(
    r"<!-- gate-action:comment gate=(?P<gate>\S+) head=(?P<head>[0-9a-f]+) "
    r"run=(?P<run>[0-9]{1,20}) attempt=(?P<attempt>[0-9]{1,20}) -->"
)


class CommentMode(StrEnum):
    UPDATE = "update"
    OFF = "off"


class Marker(NamedTuple):
    """The comment's hidden first line: whose it is, and what it tells of."""

    gate: str
    """The gate's id as `gate_word` spells it."""
    head_sha: str
    attempt: Attempt

    def __str__(self) -> str:
        run_id, number = self.attempt
        return f"<!-- gate-action:comment gate={self.gate} head={self.head_sha} run={run_id} attempt={number} -->"


class Sticky(NamedTuple):
    """A comment of ours, with its marker read."""

    comment: Comment
    marker: Marker


@dataclass(frozen=True, slots=True, kw_only=True)
class PrCommentSink:
    name: ClassVar[str] = "comment"
    client: GithubClient
    destination: Destination

    def publish(self, report: Report) -> None:
        self._refuse_if_moved()
        ours = self._own(self._marked(report.gate_id))
        if ours:
            self._update(ours[0], report)
        else:
            comment_id = self._send(report, lambda body: self.client.create_comment(self._pull_request, body))
            self._settle(comment_id, report)

    def _refuse_if_moved(self) -> None:
        now, told = self.client.fetch_pull_head(self._pull_request), self.destination.head_sha
        if now != told:
            raise UnpublishedError(
                f"the pull request has moved on from {told[:10]} to {now[:10]}, whose own run will comment"
            )

    def _marked(self, gate_id: str) -> tuple[Sticky, ...]:
        """Everybody's comments that begin with this gate's marker."""
        return tuple(
            Sticky(comment, marker)
            for comment in self.client.fetch_comments(self._pull_request)
            if (marker := read_marker(comment.body)) and marker.gate == gate_word(gate_id)
        )

    def _own(self, marked: tuple[Sticky, ...]) -> tuple[Sticky, ...]:
        """Ours among them, oldest first: a marker can be copied, and a token may edit anybody's comment."""
        if not marked:
            return ()
        login = self.client.fetch_login()
        own = (sticky for sticky in marked if sticky.comment.author == login)
        return tuple(sorted(own, key=lambda sticky: sticky.comment.id))

    def _update(self, sticky: Sticky, report: Report) -> None:
        told = sticky.marker
        if told.head_sha == self.destination.head_sha and told.attempt > self.destination.attempt:
            raise UnpublishedError(f"it already tells of a later run, {told.attempt.run_id}, of the same commit")
        self._send(report, lambda body: self.client.update_comment(sticky.comment.id, body))

    def _settle(self, created_id: int, report: Report) -> None:
        """Two runs may both have found no comment: the oldest stays, with the later run's words."""
        marked = self._marked(report.gate_id)
        older = self._own(tuple(sticky for sticky in marked if sticky.comment.id < created_id))
        if not older:
            return
        self.client.delete_comment(created_id)
        self._update(older[0], report)

    def _send(self, report: Report, send: Callable[[str], T]) -> T:
        view = build_view(report)
        marker = str(Marker(gate_word(report.gate_id), self.destination.head_sha, self.destination.attempt))
        return send_shedding(COMMENT, lambda budget: render_markdown(view, budget, marker=marker), send)

    @property
    def _pull_request(self) -> int:
        return self.destination.pull_request


def read_marker(body: str) -> Marker | None:
    """The marker that the comment begins with, if it has one."""
    found = _MARKER.match(body)
    if not found:
        return None
    attempt = Attempt(int(found["run"]), int(found["attempt"]))
    return Marker(found["gate"], found["head"], attempt)


def gate_word(gate_id: str) -> str:
    """The gate's id in one word that neither ends an HTML comment nor looks like another field."""
    return quote(gate_id, safe="").replace("--", "-%2D")
