"""Tells a reading on GitHub: one issue a cluster, one comment on the merged pull request, the deployment's status.

Each is found again by a hidden marker, so that telling twice changes nothing. What fails is a warning.
"""

import re
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from gate_action.clients.github.client import GithubError
from gate_action.clients.github.watch import WatchClient
from gate_action.model.watch import WatchReading, WatchVerdict
from gate_action.report.watch_markdown import render_title, render_watch

_MARKER = re.compile(r"<!-- gate-action:watch (?P<kind>issue|pull) (?P<key>\S+) -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    client: WatchClient
    label: str = ""
    """Of new issues."""
    run_url: str = ""

    def tell(self, reading: WatchReading, *, is_new: bool) -> tuple[str, ...]:
        """What could not be told, in words. ``is_new``: the verdict is another one than last time."""
        steps = [partial(self._tell_issue, is_new=is_new)]
        if reading.entry.pull_request and (is_new or reading.verdict is not WatchVerdict.UNDECIDED):
            steps.append(partial(self._tell_pull))
        if reading.entry.commit and is_new:
            steps.append(partial(self._tell_deployments))
        warnings = []
        for step in steps:
            try:
                step(reading)
            except GithubError as error:
                warnings.append(f"the watch of {reading.entry.cluster_id}: {error}")
        return tuple(warnings)

    def _tell_issue(self, reading: WatchReading, *, is_new: bool) -> None:
        """Opened by an alarm; kept up to date while it is open; closed when the fix held. One that a person closed is
        opened again by news alone.
        """
        key = _key(reading.entry.cluster_id)
        marker, login = f"<!-- gate-action:watch issue {key} -->", self.client.fetch_login()
        ours = [
            issue
            for issue in self.client.fetch_issues(login)
            # A marker can be copied, and a token may edit anybody's issue.
            if issue.author == login and (found := _MARKER.match(issue.body)) and found["key"] == key
        ]
        is_open = reading.verdict.is_alarm
        title, body = render_title(reading), str(render_watch(reading, marker))
        if not ours:
            if is_open:
                self.client.create_issue(title, body, self.label)
            return
        first = ours[0]
        if not (is_new or first.is_open):
            return
        stays_open = is_open or (first.is_open and reading.verdict is WatchVerdict.UNDECIDED)
        if first.body != body or first.is_open != stays_open:
            self.client.update_issue(first.number, title, body, is_open=stays_open)

    def _tell_pull(self, reading: WatchReading) -> None:
        number = reading.entry.pull_request
        marker, login = f"<!-- gate-action:watch pull {reading.entry.watch_id} -->", self.client.fetch_login()
        body = str(render_watch(reading, marker))
        for comment in self.client.fetch_comments(number):
            if comment.author == login and comment.body.startswith(marker):
                if comment.body != body:
                    self.client.update_comment(comment.id, body)
                return
        self.client.create_comment(number, body)

    def _tell_deployments(self, reading: WatchReading) -> None:
        """An alarm marks the commit's deployments as failed; that it held marks those that still run."""
        if reading.verdict is WatchVerdict.UNDECIDED:
            return
        for deployment in self.client.fetch_deployments(reading.entry.commit):
            if reading.verdict.is_alarm:
                self.client.create_deployment_status(deployment.id, "failure", reading.sentence, self.run_url)
            elif deployment.is_newest:
                self.client.create_deployment_status(deployment.id, "success", reading.sentence, self.run_url)


def _key(cluster_id: str) -> str:
    """One word that does not end an HTML comment."""
    return quote(cluster_id, safe="").replace("--", "-%2D")
