"""Keeps the one pull request of a purpose right: opened, brought up to date, closed when nothing is left.

Each step looks at what is there and does what is missing, so that a run that was cut off anywhere is finished by the
next one, and two at once end with one pull request. Never merges, and leaves a branch that somebody else wrote to.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gate_action.clients.git.pull_branch import Change, Look, Owned, PullBranch
from gate_action.clients.github.client import GithubError, InvalidError, ServerError, UnreachableError
from gate_action.clients.github.pulls import ACTIONS_BOT, PullPage, PullsClient
from gate_action.errors import ConfigError, PullRequestError
from gate_action.loop.pulls.page import write_body, write_closed, write_notice
from gate_action.loop.pulls.past import Past
from gate_action.loop.pulls.proposal import Ended, Ending, Outcome, Proposal
from gate_action.model.protocols import Files

_TRIES = 12
_log = logging.getLogger(__name__)

Propose = Callable[[Files, Sequence[Ended], Mapping[str, bytes]], Proposal]
"""From the base's files, from how earlier pull requests ended, and from the files as our branch brings them now."""


@dataclass(slots=True, kw_only=True)
class PullJob:
    branch: PullBranch
    pulls: PullsClient
    paths: Callable[[Files], Sequence[str]] = lambda files: ()  # noqa: ARG005  # by default none
    """Paths of the base whose contents a proposal reads: they are fetched in one go."""
    is_dry: bool = False
    pause: Callable[[float], None] = time.sleep
    _past: Past = field(init=False)

    def __post_init__(self) -> None:
        self._past = Past(branch=self.branch, pulls=self.pulls)

    def run(self, propose: Propose) -> Outcome:
        """Raises PullRequestError, StoreError, ConfigError, and whatever ``propose`` raises."""
        outcome: Outcome | None = None
        for tried in range(_TRIES):
            try:
                outcome = self._settle(propose, is_last=tried + 1 == _TRIES)
            except GithubError as error:
                raise PullRequestError(str(error)) from error
            if outcome is not None and (self.is_dry or self._is_still(outcome)):
                break
            self.pause(min(0.2 * 2**tried, 5.0))
        if outcome is None:
            raise PullRequestError(f"the branch {self._name} moved on {_TRIES} times while it was being written")
        return outcome

    def look_back(self) -> tuple[Files, tuple[Ended, ...]]:
        """The base's files, and how earlier pull requests ended. Raises PullRequestError, StoreError."""
        seen = self.branch.look()
        try:
            ended = self._past.read(self.pulls.find_pulls(self._name))
        except GithubError as error:
            raise PullRequestError(str(error)) from error
        return self.branch.files(seen.base, self.paths(self.branch.files(seen.base))), ended

    @property
    def _name(self) -> str:
        return self.branch.remote.branch

    def _is_still(self, outcome: Outcome) -> bool:
        now = self.branch.peek()
        return (now.base, now.tip) == (outcome.base, outcome.tip)

    def _settle(self, propose: Propose, *, is_last: bool) -> Outcome | None:
        """None: somebody was quicker, and all is to be looked at again."""
        seen = self.branch.look()
        if self._name == self.branch.base:
            raise ConfigError(f"{self._name} is the branch that the pull request is for")
        pages = self.pulls.find_pulls(self._name)
        page = self._choose(pages)
        bare = self.branch.files(seen.base)
        owned = self.branch.own(seen.tip, seen.base) if seen.tip else Owned("", "", {}, ())
        present = self.branch.contents(owned.ours, owned.change) if owned.ours else {}
        proposal = propose(self.branch.files(seen.base, self.paths(bare)), self._past.read(pages), present)
        change = self.branch.measure(seen.base, proposal.files) if proposal.is_wanted else {}
        is_over = any(one.is_merged and one.head_sha == seen.tip for one in pages)
        if not owned.is_free and not is_over:
            return self._leave(seen, page, owned, change)
        if not change:
            return self._clear(seen, page)
        if not self.branch.says(seen.tip, seen.base, owned, change):
            tip = self.branch.push(seen, change, proposal.words)
            if not tip:
                return None
            return self._publish(Look(seen.base, tip), page, proposal, is_pushed=True, is_last=is_last)
        return self._publish(seen, page, proposal, is_pushed=False, is_last=is_last)

    def _choose(self, pages: Sequence[PullPage]) -> PullPage | None:
        """The open one; that for our base first."""
        open_ones = sorted(
            (one for one in pages if one.is_open), key=lambda one: (one.base != self.branch.base, one.number)
        )
        return open_ones[0] if open_ones else None

    def _leave(self, seen: Look, page: PullPage | None, owned: Owned, change: Change) -> Outcome:
        people = [self.branch.tell_author(commit)[0] for commit in owned.others]
        names = ", ".join(dict.fromkeys(people))
        told = f"the branch {self._name} has commits of {names}: it is left as it is"
        if page is None:
            told += "; open its pull request or delete the branch, and the next run goes on"
        elif change:
            body = write_notice(page.body, people)
            if body != page.body:
                self.pulls.update_pull(page.number, {"body": body})
        _log.warning("%s", told)
        return _outcome(Ending.LEFT, seen, page, told)

    def _clear(self, seen: Look, page: PullPage | None) -> Outcome | None:
        if page is not None:
            body = write_closed(page.body, self.branch.purpose)
            self.pulls.update_pull(page.number, {"state": "closed", "body": body})
        if seen.tip and not self.branch.delete(seen):
            return None
        ending = Ending.CLOSED if page else Ending.NOTHING
        return _outcome(ending, Look(seen.base, ""), page, "")

    def _publish(
        self, seen: Look, page: PullPage | None, proposal: Proposal, *, is_pushed: bool, is_last: bool
    ) -> Outcome | None:
        if page is None:
            page = self._open(proposal, is_last=is_last)
            if page is None:
                return None
            ending = Ending.OPENED
        else:
            changes = self._changes(page, proposal)
            if changes:
                self.pulls.update_pull(page.number, changes)
            ending = Ending.UPDATED if changes or is_pushed else Ending.UNCHANGED
        self._label(page, proposal.labels)
        return _outcome(ending, seen, page, "")

    def _changes(self, page: PullPage, proposal: Proposal) -> dict[str, str]:
        """Of the page."""
        body = write_body(page.body, proposal, self.branch.purpose)
        changes = {"body": body} if body != page.body else {}
        return changes | ({"title": proposal.title} if page.title in proposal.former_titles else {})

    def _open(self, proposal: Proposal, *, is_last: bool) -> PullPage | None:
        """None: it may be there by now, or GitHub does not see the branch yet."""
        body = write_body("", proposal, self.branch.purpose)
        try:
            page = self.pulls.create_pull(branch=self._name, base=self.branch.base, title=proposal.title, body=body)
        except (InvalidError, ServerError, UnreachableError):
            if is_last:
                raise
            return None
        if self._is_workflows_token():
            _log.warning(
                "%s was opened with the workflow's own token, so that GitHub starts no workflows for it: "
                "close and reopen it by hand, or give the job an App's token",
                page.url,
            )
        return page

    def _is_workflows_token(self) -> bool:
        try:
            return not self.is_dry and self.pulls.fetch_login() == ACTIONS_BOT
        except GithubError:  # only a remark hangs on it
            return False

    def _label(self, page: PullPage, labels: Sequence[str]) -> None:
        """What a person took off stays off."""
        missing = [label for label in labels if label not in page.labels]
        if missing:
            removed = self.pulls.find_removed_labels(page.number)
            if wanted := [label for label in missing if label not in removed]:
                self.pulls.add_labels(page.number, wanted)


def _outcome(ending: Ending, seen: Look, page: PullPage | None, told: str) -> Outcome:
    number, url = (page.number, page.url) if page else (None, "")
    return Outcome(ending=ending, number=number, url=url, tip=seen.tip, base=seen.base, told=told)
