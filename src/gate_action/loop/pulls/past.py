"""How earlier pull requests of a purpose ended: what a person took out of them, or turned down as a whole, and why."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from gate_action.clients.git.pull_branch import Owned, PullBranch
from gate_action.clients.github.pulls import PullPage, PullsClient
from gate_action.loop.pulls.page import has_closed_itself
from gate_action.loop.pulls.proposal import Ended

REASON_LABEL = "gate-rejected"
"""``gate-rejected: why`` on a pull request that is closed says why."""
_LONGEST = 300
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Past:
    """Looks at each ended pull request once."""

    branch: PullBranch
    pulls: PullsClient
    _ended: dict[int, Ended | None] = field(default_factory=dict)

    def read(self, pages: Iterable[PullPage]) -> tuple[Ended, ...]:
        """Of those that a person ended. A bot that closes what is stale has not decided anything."""
        over = [page for page in pages if not page.is_open and not has_closed_itself(page.body)]
        new = [page for page in over if page.number not in self._ended]
        heads = self.branch.bring_pulls([page.number for page in new])
        for page in new:
            self._ended[page.number] = self._look(page, heads.get(page.number, ""))
        return tuple(found for page in over if (found := self._ended[page.number]) is not None)

    def _look(self, page: PullPage, head: str) -> Ended | None:
        if not head:
            _log.warning("the commits of %s are gone: what was turned down there may be proposed again", page.url)
            return None
        owned = self.branch.own(head, "")
        if not owned.ours:
            return None
        proposed = self.branch.contents(owned.ours, owned.change)
        left = self.branch.contents(head, owned.change) if page.is_merged else {}
        if left == proposed:  # the usual end: nobody has to be asked about it
            return None
        closer = self.pulls.fetch_closer(page.number)
        if not closer and not page.is_merged:
            return None
        reviewer, reason = self._why(page, owned, closer)
        return Ended(
            number=page.number,
            is_merged=page.is_merged,
            reviewer=reviewer,
            reason=" ".join(reason.split())[:_LONGEST],
            at=page.closed_at,
            proposed=proposed,
            left=left,
        )

    def _why(self, page: PullPage, owned: Owned, closer: str) -> tuple[str, str]:
        if page.is_merged:
            if not owned.others:
                return closer, ""
            author, subject = self.branch.tell_author(owned.others[0])
            return author, f"taken out of the pull request: {subject}"
        labels = (label.partition(":") for label in page.labels)
        reasons = [reason.strip() for name, _, reason in labels if name.strip() == REASON_LABEL and reason.strip()]
        said = reasons[0] if reasons else self.pulls.fetch_last_word(page.number, closer)
        return closer, said or "the pull request was closed without a word"
