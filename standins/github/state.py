"""What the stand-in for GitHub holds: commits, pull requests, comments, check runs, statuses, tokens, its journal."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from standins.github.git_objects import GitObjects

WORKFLOW_TOKEN = "ghs_workflow"
FORK_TOKEN = "ghs_fork"
PERSONAL_TOKEN = "ghp_personal"
APP_TOKEN = "ghs_ownapp"
WATCH_TOKEN = "ghs_watch"


@dataclass(frozen=True, kw_only=True)
class Token:
    """Who a token acts as, and what it may do: permission -> ``read`` or ``write``."""

    login: str
    permissions: Mapping[str, str]
    is_app: bool = True
    """Only an App's token writes check runs."""

    def may(self, permission: str, level: str) -> bool:
        return permission == "metadata" or self.permissions.get(permission) in {"write", level}


BOT = "github-actions[bot]"
_READS = dict.fromkeys(("actions", "checks", "contents", "issues", "pull_requests", "statuses"), "read")
TOKENS = {
    WORKFLOW_TOKEN: Token(
        login=BOT, permissions=_READS | {"checks": "write", "statuses": "write", "pull_requests": "write"}
    ),
    FORK_TOKEN: Token(login=BOT, permissions=_READS),
    PERSONAL_TOKEN: Token(
        login="maintainer",
        permissions=_READS | {"statuses": "write", "pull_requests": "write"},
        is_app=False,
    ),
    WATCH_TOKEN: Token(
        login=BOT,
        permissions=_READS | dict.fromkeys(("contents", "deployments", "issues", "pull_requests"), "write"),
    ),
    APP_TOKEN: Token(
        login="octo-gate[bot]",
        permissions=dict.fromkeys((*_READS, "metadata"), "write"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, as the journal keeps them."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    login: str
    status: int
    answer: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An answer that GitHub gives instead of the real one, ``times`` times, to requests that match."""

    method: str
    path: str
    """A part of the path."""
    status: int
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    is_done_first: bool = False
    """The request is carried out all the same, and the answer lost."""


@dataclass(kw_only=True)
class Pull:
    """A pull request."""

    head_sha: str
    head_repository: str
    """Empty: it was deleted."""
    head_ref: str = "change"
    base_ref: str = "main"
    base_sha: str = "b" * 40
    author: str = "author"
    state: str = "open"
    is_draft: bool = False
    labels: list[str] = field(default_factory=list)
    body: str = ""
    merge_sha: str = ""
    """Empty: it is not merged."""
    title: str = "a change"
    closed_by: str = ""
    """Login; empty: it was not closed, or by nobody who is told."""
    opened_at: str = "2026-01-02T03:04:05Z"
    closed_at: str = "2026-01-02T03:04:05Z"
    """Told once it is closed."""

    @property
    def is_merged(self) -> bool:
        return bool(self.merge_sha)


@dataclass(kw_only=True)
class Issue:
    """An issue that is no pull request."""

    author: str
    title: str
    body: str
    labels: list[str] = field(default_factory=list)
    state: str = "open"


@dataclass(kw_only=True)
class Deployment:
    sha: str
    environment: str
    statuses: list[dict[str, Any]] = field(default_factory=list)


@dataclass(kw_only=True)
class Artifact:
    """An artifact of a workflow run, zipped."""

    name: str
    content: bytes
    run_id: int
    is_expired: bool = False


@dataclass(kw_only=True)
class Github:
    """One repository's state. The lock is held for a whole request."""

    repository: str = "octo/app"
    default_branch: str = "main"
    tokens: dict[str, Token] = field(default_factory=lambda: dict(TOKENS))
    commits: set[str] = field(default_factory=set)
    """Commits that are known by name alone; those of ``git`` are known too."""
    git: GitObjects = field(default_factory=GitObjects)
    pulls: dict[int, Pull] = field(default_factory=dict)
    reviews: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    review_comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issue_events: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    pushes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Repository and branch -> what set it, oldest first."""
    minutes: int = 240
    """Since midnight: when the last thing happened that has a time of its own."""
    collaborators: dict[str, str] = field(default_factory=dict)
    """Login -> ``admin``, ``maintain``, ``write``, ``triage`` or ``read``; all others may only read."""
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    check_runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    annotations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    """Oldest first."""
    others: dict[str, "Github"] = field(default_factory=dict)
    """Other repositories on the same server, by ``owner/name``; tokens, limits and journal are this one's."""
    faults: list[Fault] = field(default_factory=list)
    journal: list[Exchange] = field(default_factory=list)
    rate_limit: int = 1_000
    """Requests that a token may still make."""
    write_limit: int = 80
    """Content-making requests that a token may still make this minute."""
    points_limit: int = 900
    """Points that a token may still spend this minute: a write is 5, a read is 1."""
    limit_status: int = 403
    """What a spent limit answers: GitHub uses 403 and 429."""
    comment_limit: int = 65_536
    """Characters."""
    lag: int = 0
    """Eventual consistency: so many listings of comments and check runs do not show the latest one yet."""
    may_create_pulls: bool = True
    """The setting that lets Actions create pull requests."""
    mirror: Path | None = None
    """A bare repository that git's own server serves: its branches are the heads of pull requests."""
    journal_file: Path | None = None
    ids: "count[int]" = field(default_factory=lambda: count(1001))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def open_pull(self, number: int, head_sha: str, **more: Any) -> None:
        self.commits.add(head_sha)
        self.pulls[number] = Pull(head_sha=head_sha, **{"head_repository": self.repository, **more})
        self.add_push(self.pulls[number], "0" * 40)

    def merge_pull(self, number: int, merge_sha: str, body: str = "") -> None:
        self.commits.add(merge_sha)
        pull = self.pulls[number]
        pull.state, pull.merge_sha, pull.body = "closed", merge_sha, body

    def add_deployment(self, sha: str, environment: str = "production") -> int:
        deployment_id = next(self.ids)
        self.deployments[deployment_id] = Deployment(sha=sha, environment=environment)
        return deployment_id

    def add_comment(self, number: int, login: str, body: str, at: str = "2026-01-02T03:04:05Z") -> int:
        """A comment that somebody else made."""
        comment_id = next(self.ids)
        self.comments[comment_id] = {"id": comment_id, "number": number, "login": login, "body": body, "at": at}
        return comment_id

    def add_review_comment(self, number: int, login: str, at: str) -> None:
        """On a line."""
        made = {"id": next(self.ids), "login": login, "at": at}
        self.review_comments.setdefault(number, []).append(made)

    def push(self, number: int, head_sha: str) -> None:
        """The pull request's branch is set to another commit."""
        self.commits.add(head_sha)
        pull = self.pulls[number]
        pull.head_sha, before = head_sha, pull.head_sha
        self.add_push(pull, before)

    def add_push(self, pull: Pull, before: str) -> None:
        made = {"id": next(self.ids), "before": before, "after": pull.head_sha, "at": self.tell_time()}
        self.pushes.setdefault(f"{pull.head_repository} refs/heads/{pull.head_ref}", []).append(made)

    def tell_time(self) -> str:
        """A minute after it was last asked for."""
        self.minutes += 1
        return f"2026-01-02T{self.minutes // 60:02}:{self.minutes % 60:02}:05Z"

    def add_review(self, number: int, login: str, state: str, commit_sha: str, at: str = "") -> int:
        """``state``: APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED."""
        review_id = next(self.ids)
        made = {"id": review_id, "login": login, "state": state, "commit_id": commit_sha, "body": ""}
        made["at"] = at or self.tell_time()
        self.reviews.setdefault(number, []).append(made)
        return review_id

    def add_label(self, number: int, label: str, login: str) -> None:
        """A label that ``login`` put on the pull request."""
        self.pulls[number].labels.append(label)
        self.tell_event(number, "labeled", label, login)

    def tell_event(self, number: int, event: str, label: str, login: str, at: str = "") -> None:
        made = {"id": next(self.ids), "event": event, "label": label, "login": login, "at": at or self.tell_time()}
        self.issue_events.setdefault(number, []).append(made)

    def add_run(self, head_sha: str, **more: Any) -> int:
        """A finished workflow run; ``more`` replaces what it says by default."""
        run_id = next(self.ids)
        self.commits.add(head_sha)
        told = {
            "event": "pull_request",
            "status": "completed",
            "conclusion": "success",
            "head_branch": "change",
            "head_repository": self.repository,
            "path": ".github/workflows/gate.yml",
            "run_attempt": 1,
        }
        self.runs[run_id] = {"id": run_id, "head_sha": head_sha, **told, **more}
        return run_id

    def add_artifact(self, run_id: int, name: str, content: bytes) -> int:
        """``content``: the zip's bytes."""
        artifact_id = next(self.ids)
        self.artifacts[artifact_id] = Artifact(name=name, content=content, run_id=run_id)
        return artifact_id

    def knows(self, sha: str) -> bool:
        return sha in self.commits or sha in self.git.commits

    def record(self, exchange: Exchange) -> None:
        self.journal.append(exchange)
        if self.journal_file:
            with self.journal_file.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(asdict(exchange), ensure_ascii=False)}\n")

    def calls(self) -> list[str]:
        """The journal, a line a call."""
        return [str(exchange) for exchange in self.journal]
