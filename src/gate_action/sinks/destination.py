"""Where on GitHub a run's report belongs: the commit, the pull request, the run's page, and what it is called there."""

import json
import re
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from gate_action.codec.github_event import Event
from gate_action.model.dataclass import dataclass
from gate_action.model.report import Report
from gate_action.report.escape import plain
from gate_action.report.view import headline
from gate_action.report.words import shorten
from gate_action.sinks.publishing import UnpublishedError

DEFAULT_CONFIG: Final = "gate.yaml"
_LONGEST_SCOPE: Final = 100
_EXTERNAL_ID: Final = re.compile(r"gate-action run=(?P<run>[0-9]{1,20}) attempt=(?P<attempt>[0-9]{1,20})(?: .*)?")


class Attempt(NamedTuple):
    """One attempt of one workflow run; a later one compares greater."""

    run_id: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    head_sha: str
    """The pull request's or merge group's head: GitHub shows nothing of a test merge. Empty: the judged commit."""
    pull_request: int
    """0: none."""
    attempt: Attempt
    run_url: str
    scope: str = ""
    """What tells apart the gates of one name on one commit: a project's folder, a matrix job's values."""

    def commit(self, report: Report) -> str:
        """The commit to speak of. Raises UnpublishedError."""
        told = report.revisions.head.sha if report.revisions else ""
        if not (self.head_sha or told):
            raise UnpublishedError("neither the event nor the report names a commit")
        return self.head_sha or told

    def check_name(self, gate_id: str) -> str:
        """Apart from the job's own name: GitHub may file this check under any workflow of the commit."""
        return f"gate-action: {self.shown(gate_id)}"

    def shown(self, gate_id: str) -> str:
        """What a reader tells it by."""
        return f"{gate_id} ({self.scope})" if self.scope else gate_id

    def external_id(self, run_id: str) -> str:
        """GitHub keeps it with the check run, and nobody sees it: which attempt of which run wrote it."""
        return f"gate-action run={self.attempt.run_id} attempt={self.attempt.number} {run_id}".rstrip()


def read_external_id(text: str) -> Attempt | None:
    """The attempt that wrote a check run; None: it is not ours."""
    found = _EXTERNAL_ID.fullmatch(text)
    return Attempt(int(found["run"]), int(found["attempt"])) if found else None


def destination(event: Event, scope: str = "") -> Destination:
    pull = event.pull_request
    told = pull or event.merge_group
    return Destination(
        head_sha=told.head_sha if told else "",
        pull_request=pull.number if pull else 0,
        attempt=Attempt(event.run_id, event.run_attempt),
        run_url=event.run_url,
        scope=scope,
    )


def read_scope(*, config: str, folder: str, label: str) -> str:
    """What tells apart the gates of one name on one commit; empty for the only one of a repository.

    ``config`` is the path of the gate's file and ``folder`` that of the clone, both relative; ``label`` is any text, or
    the JSON of a job's matrix, whose values count.
    """
    place = PurePosixPath(folder) / config
    where = str(place.parent if place.name == DEFAULT_CONFIG else place)
    parts = (where if where != "." else "", _read_label(label))
    return shorten(", ".join(" ".join(plain(part).split()) for part in parts if part), _LONGEST_SCOPE)


def _read_label(label: str) -> str:
    try:
        told = json.loads(label)
    except ValueError:
        return label
    if not isinstance(told, dict):
        return "" if told is None else label
    return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in told.values())


def title(report: Report, limit: int) -> str:
    """The verdict in one line of plain text."""
    top = headline(report.decision)
    return shorten(" ".join(plain(f"{top.word}: {top.sentence}").split()), limit)
