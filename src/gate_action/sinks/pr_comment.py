"""One comment a gate on the pull request, kept up to date. Touches its own only; an older run never overwrites."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, TypeVar

from gate_action.clients.github.client import GithubClient, ServerError, UnreachableError
from gate_action.model.dataclass import dataclass
from gate_action.model.publication import CommentMode
from gate_action.model.report import Report
from gate_action.report.markdown import COMMENT, render_markdown
from gate_action.report.view import build_view
from gate_action.sinks.comment_marker import Marker, Sticky, make_marker, read_marker
from gate_action.sinks.destination import Attempt, Destination
from gate_action.sinks.publishing import UnpublishedError
from gate_action.sinks.shedding import send_shedding

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrCommentSink:
    name: ClassVar[str] = "comment"
    client: GithubClient
    destination: Destination
    mode: CommentMode = CommentMode.UPDATE

    def publish(self, report: Report) -> None:
        mine = make_marker(report, self.destination)
        ours = self._own(self._marked(mine))
        self._refuse_if_moved()
        self._refuse_if_told(mine, ours)
        if not ours:
            self._settle(self._create(report, mine), report, mine)
        elif self.mode is CommentMode.RECREATE or (
            self.mode is CommentMode.ON_CHANGE and ours[-1].marker.result != mine.result
        ):
            self._replace(report, mine)
        else:
            self._update(ours[-1 if self.mode is CommentMode.ON_CHANGE else 0], report, mine)

    def _refuse_if_moved(self) -> None:
        now, told = self.client.fetch_pull_head(self._pull_request), self.destination.head_sha
        if now != told:
            raise UnpublishedError(
                f"the pull request has moved on from {told[:10]} to {now[:10]}, whose own run will comment"
            )

    def _refuse_if_told(self, mine: Marker, ours: tuple[Sticky, ...]) -> None:
        for _, marker in ours:
            if marker.head_sha != mine.head_sha:
                continue
            if marker.attempt > mine.attempt:
                raise UnpublishedError(f"it already tells of a later run, {marker.attempt.run_id}, of the same commit")
            if marker.attempt == mine.attempt != Attempt(0, 0):
                raise UnpublishedError(
                    "another job of this run has written this gate's comment: give each a `label` of its own"
                )

    def _marked(self, mine: Marker) -> tuple[Sticky, ...]:
        """Everybody's comments that begin with this gate's marker."""
        return tuple(
            Sticky(comment, marker)
            for comment in self.client.fetch_comments(self._pull_request)
            if (marker := read_marker(comment.body)) and marker.is_of(mine)
        )

    def _own(self, marked: tuple[Sticky, ...]) -> tuple[Sticky, ...]:
        """Ours among them, oldest first: a marker can be copied, and a token may edit anybody's comment."""
        if not marked:
            return ()
        login = self.client.fetch_login()
        own = (sticky for sticky in marked if sticky.comment.author == login)
        return tuple(sorted(own, key=lambda sticky: sticky.comment.id))

    def _create(self, report: Report, mine: Marker) -> int:
        """The new comment's id."""
        post = self._poster(report, mine)
        try:
            return post()
        except (ServerError, UnreachableError):
            # It may have been made, and only the answer lost: a second one would stay.
            made = [sticky for sticky in self._own(self._marked(mine)) if sticky.marker == mine]
            return made[-1].comment.id if made else post()

    def _update(self, sticky: Sticky, report: Report, mine: Marker) -> None:
        """Reads back what it wrote: an older run may have written between our look and our writing."""
        number = sticky.comment.id
        for _ in range(2):
            self._send(report, mine, lambda body: self.client.update_comment(number, body))
            now = read_marker(self.client.fetch_comment(number).body)
            if now is None or now.head_sha != mine.head_sha or now.attempt >= mine.attempt:
                return

    def _replace(self, report: Report, mine: Marker) -> None:
        """First the new one, so that there is never none."""
        created = self._create(report, mine)
        others = [sticky for sticky in self._own(self._marked(mine)) if sticky.comment.id != created]
        if any(_is_later(sticky.marker, mine) for sticky in others):
            self.client.delete_comment(created)
        elif self.mode is CommentMode.RECREATE:
            for sticky in others:
                self.client.delete_comment(sticky.comment.id)

    def _settle(self, created: int, report: Report, mine: Marker) -> None:
        """Two runs may both have found no comment: the oldest stays, with the later run's words."""
        older = self._own(tuple(sticky for sticky in self._marked(mine) if sticky.comment.id < created))
        if not older:
            return
        self.client.delete_comment(created)
        if _is_later(older[0].marker, mine):
            raise UnpublishedError(f"a later run, {older[0].marker.attempt.run_id}, of the same commit has told it")
        self._update(older[0], report, mine)

    def _poster(self, report: Report, mine: Marker) -> Callable[[], int]:
        return lambda: self._send(report, mine, lambda body: self.client.create_comment(self._pull_request, body))

    def _send(self, report: Report, mine: Marker, send: Callable[[str], T]) -> T:
        view = build_view(replace(report, gate_id=self.destination.shown(report.gate_id)))
        return send_shedding(COMMENT, lambda budget: render_markdown(view, budget, marker=str(mine)), send)

    @property
    def _pull_request(self) -> int:
        return self.destination.pull_request


def _is_later(one: Marker, other: Marker) -> bool:
    return one.head_sha == other.head_sha and one.attempt > other.attempt
