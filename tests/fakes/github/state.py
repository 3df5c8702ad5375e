"""What the stand-in for GitHub holds: commits, pull requests, comments, check runs, statuses, tokens, its journal."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

WORKFLOW_TOKEN = "ghs_workflow"
FORK_TOKEN = "ghs_fork"
PERSONAL_TOKEN = "ghp_personal"


@dataclass(frozen=True, kw_only=True)
class Token:
    """Who a token acts as, and what it may do: permission -> ``read`` or ``write``."""

    login: str
    permissions: Mapping[str, str]
    is_app: bool = True
    """Only an App's token writes check runs."""

    def may(self, permission: str, level: str) -> bool:
        return self.permissions.get(permission) in {"write", level}


BOT = "github-actions[bot]"
TOKENS = {
    WORKFLOW_TOKEN: Token(
        login=BOT,
        permissions={"checks": "write", "statuses": "write", "pull_requests": "write", "contents": "read"},
    ),
    FORK_TOKEN: Token(
        login=BOT,
        permissions={"checks": "read", "statuses": "read", "pull_requests": "read", "contents": "read"},
    ),
    PERSONAL_TOKEN: Token(
        login="maintainer",
        permissions={"statuses": "write", "pull_requests": "write", "contents": "read"},
        is_app=False,
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
class Github:
    """One repository's state. The lock is held for a whole request."""

    repository: str = "octo/app"
    tokens: dict[str, Token] = field(default_factory=lambda: dict(TOKENS))
    commits: set[str] = field(default_factory=set)
    pulls: dict[int, str] = field(default_factory=dict)
    """Number -> head SHA."""
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    check_runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    annotations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    journal: list[Exchange] = field(default_factory=list)
    rate_limit: int = 1_000
    """Requests that a token may still make."""
    write_limit: int = 80
    """Content-making requests that a token may still make this minute."""
    comment_limit: int = 65_536
    """Characters."""
    journal_file: Path | None = None
    ids: "count[int]" = field(default_factory=lambda: count(1001))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def open_pull(self, number: int, head_sha: str) -> None:
        self.commits.add(head_sha)
        self.pulls[number] = head_sha

    def add_comment(self, number: int, login: str, body: str) -> int:
        """A comment that somebody else made."""
        comment_id = next(self.ids)
        self.comments[comment_id] = {"id": comment_id, "number": number, "login": login, "body": body}
        return comment_id

    def record(self, exchange: Exchange) -> None:
        self.journal.append(exchange)
        if self.journal_file:
            with self.journal_file.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(asdict(exchange), ensure_ascii=False)}\n")

    def calls(self) -> list[str]:
        """The journal, a line a call."""
        return [str(exchange) for exchange in self.journal]
