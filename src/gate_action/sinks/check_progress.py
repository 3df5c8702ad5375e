"""The check run while the gate still runs: told of at most three times, and ended however the run ends."""

import logging
from dataclasses import field
from typing import Final

from gate_action.clients.github.client import CheckRun, GithubClient, GithubError
from gate_action.model.dataclass import dataclass
from gate_action.report.escape import markdown_text, plain
from gate_action.report.words import shorten
from gate_action.sinks.destination import Destination

_log = logging.getLogger(__name__)
MOST_UPDATES: Final = 3
"""Opening it is the first."""
_LONGEST_TITLE: Final = 255


@dataclass(slots=True, kw_only=True)
class OpenCheck:
    """What the progress has opened and the report's sink finishes."""

    check_id: int = 0
    """0: none was opened."""
    is_finished: bool = False


@dataclass(slots=True, kw_only=True)
class CheckProgress:
    """Opens the check run at its first word, so that a run which says nothing needs none.

    What fails here is a line in the log: progress is worth no warning. A process that is killed outright leaves its
    check in progress; the next run of the commit finds it and finishes it.
    """

    client: GithubClient
    destination: Destination
    gate_id: str
    head_sha: str
    run_id: str
    opened: OpenCheck = field(default_factory=OpenCheck)
    """Shared with the sink that publishes the report."""
    told: int = 0

    def tell(self, sentence: str) -> None:
        """Shows a line of plain text, three times at the most: the rest is dropped."""
        if self.told == MOST_UPDATES or self.opened.is_finished:
            return
        self.told += 1
        self._send(self._check(sentence, conclusion=""))

    def abandon(self, sentence: str, *, conclusion: str) -> None:
        """Ends the check run of which no report was published: it would stay in progress for ever."""
        if self.opened.check_id and not self.opened.is_finished:
            self._send(self._check(sentence, conclusion=conclusion))

    def _check(self, sentence: str, *, conclusion: str) -> CheckRun:
        return CheckRun(
            name=self.destination.check_name(self.gate_id),
            head_sha=self.head_sha,
            conclusion=conclusion,
            details_url=self.destination.run_url,
            external_id=self.destination.external_id(self.run_id),
            title=shorten(plain(sentence), _LONGEST_TITLE),
            summary=markdown_text(sentence),
        )

    def _send(self, check: CheckRun) -> None:
        try:
            if self.opened.check_id:
                self.client.update_check_run(self.opened.check_id, check)
            else:
                self.opened.check_id = self.client.create_check_run(check).id
        except GithubError as error:
            _log.info("the check run does not show progress: %s", error)
            if not self.opened.check_id:
                self.told = MOST_UPDATES  # a token that may not open it now may not a minute later
        else:
            self.opened.is_finished = bool(check.conclusion)
