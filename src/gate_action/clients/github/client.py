"""What the gate asks of GitHub: the door, what goes through it, and the ways in which it is refused. No HTTP here."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json

ANNOTATIONS_A_REQUEST = 50
"""GitHub's bound; those of later requests are appended."""

Level = Literal["notice", "warning", "failure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnnotation:
    """A remark beside a line of a file of the commit."""

    path: str
    line: int
    level: Level
    title: str
    message: str

    def payload(self) -> dict[str, Json]:
        return {
            "path": self.path,
            "start_line": self.line,
            "end_line": self.line,
            "annotation_level": self.level,
            "title": self.title,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """A check run as it is sent."""

    name: str
    head_sha: str
    conclusion: str
    """GitHub's word; empty: it is in progress, and whoever opened it must end it."""
    details_url: str
    external_id: str
    title: str
    summary: str
    """Markdown, at most 65,535 characters."""
    annotations: tuple[CheckAnnotation, ...] = ()
    """At most 50."""

    def output(self) -> dict[str, Json]:
        return {
            "title": self.title,
            "summary": self.summary,
            "annotations": [annotation.payload() for annotation in self.annotations],
        }

    def ending(self) -> dict[str, Any]:
        """Its status, and its conclusion once it has one."""
        return {"status": "completed", "conclusion": self.conclusion} if self.conclusion else {"status": "in_progress"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCheck:
    """A check run as GitHub shows it."""

    id: int
    external_id: str
    is_finished: bool
    annotations: int
    """How many it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStatus:
    sha: str
    state: Literal["success", "failure", "error", "pending"]
    context: str
    description: str
    """At most 140 characters."""
    target_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    id: int
    author: str
    """A login; empty where the account was deleted."""
    body: str


class GithubClient(Protocol):
    """One repository, seen with one token. Every method raises GithubError."""

    def fetch_login(self) -> str:
        """Who the token acts as, e.g. ``github-actions[bot]``."""
        ...

    def fetch_pull_head(self, number: int) -> str:
        """The SHA that the pull request's head is at now."""
        ...

    def fetch_comments(self, number: int) -> tuple[Comment, ...]:
        """All comments of a pull request, from every page."""
        ...

    def create_comment(self, number: int, body: str) -> int:
        """The new comment's id."""
        ...

    def update_comment(self, comment_id: int, body: str) -> None: ...

    def delete_comment(self, comment_id: int) -> None: ...

    def fetch_comment(self, comment_id: int) -> Comment: ...

    def fetch_check_runs(self, sha: str, name: str) -> tuple[SeenCheck, ...]:
        """Those of that name on the commit, whoever made them, newest first."""
        ...

    def fetch_check_run(self, check_id: int) -> SeenCheck: ...

    def create_check_run(self, check: CheckRun) -> SeenCheck: ...

    def update_check_run(self, check_id: int, check: CheckRun) -> SeenCheck:
        """Says all of it anew; ``check.annotations`` are added to those that it has."""
        ...

    def append_annotations(self, check_id: int, check: CheckRun) -> SeenCheck:
        """Adds ``check.annotations`` to those that the check run has."""
        ...

    def create_status(self, status: CommitStatus) -> None: ...


class GithubError(Exception):
    """GitHub did not do what was asked. Not a GateError: publishing never ends a run.

    ::

        GithubError
        |-- UnauthorizedError    401  the token is wrong or has expired
        |-- ForbiddenError       403  the token may not do this
        |-- NotFoundError        404  it is not there, or the token may not see it
        |-- ConflictError        409  another request is changing the same thing
        |-- InvalidError         422  the request breaks a rule, e.g. names an unknown commit
        |   `-- TooLongError     413 or 422  a text is longer than GitHub takes
        |-- RateLimitedError     403 or 429, primary or secondary limit
        |-- ServerError          5xx
        `-- UnreachableError     no answer: network, name, certificate, time-out
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UnauthorizedError(GithubError):
    pass


class ForbiddenError(GithubError):
    pass


class NotFoundError(GithubError):
    pass


class ConflictError(GithubError):
    pass


class InvalidError(GithubError):
    pass


class TooLongError(InvalidError):
    pass


class RateLimitedError(GithubError):
    """``wait_s``: what GitHub asks us to wait, in seconds; None where it does not say."""

    def __init__(self, message: str, *, wait_s: float | None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.wait_s = wait_s


class ServerError(GithubError):
    pass


class UnreachableError(GithubError):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer of 4xx or 5xx. Header names are in lower case."""

    doing: str
    """What was asked, e.g. ``create the check run``."""
    status: int
    message: str
    headers: Mapping[str, str]
    now_s: float
    """Seconds since the epoch."""


def classify_refusal(refusal: Refusal) -> GithubError:
    """Tells the refusals apart, by GitHub's documentation of its rate limits and status codes."""
    told = f"GitHub would not {refusal.doing}: {refusal.status} {refusal.message[:300]}".rstrip()
    if _is_rate_limit(refusal):
        return RateLimitedError(told, wait_s=_wait_s(refusal), hint="a rate limit; the report stands in the summary")
    if _is_too_long(refusal):
        return TooLongError(told)
    hints = {
        401: "the token is wrong or has expired",
        403: _missing_permission(refusal),
        404: "it does not exist, or the token may not see it",
    }
    if refusal.status >= 500:  # noqa: PLR2004  # HTTP's own class of codes
        return ServerError(told)
    return _BY_STATUS.get(refusal.status, GithubError)(told, hint=hints.get(refusal.status, ""))


_BY_STATUS = {401: UnauthorizedError, 403: ForbiddenError, 404: NotFoundError, 409: ConflictError, 422: InvalidError}


def _is_rate_limit(refusal: Refusal) -> bool:
    if refusal.status == 429:  # noqa: PLR2004  # HTTP: too many requests
        return True
    is_spent = refusal.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in refusal.headers
    return refusal.status == 403 and (is_spent or "rate limit" in refusal.message.lower())  # noqa: PLR2004  # HTTP


def _is_too_long(refusal: Refusal) -> bool:
    words = ("too long", "too large", "characters are allowed", "exceeds")
    is_about_length = any(word in refusal.message.lower() for word in words)
    return refusal.status == 413 or (refusal.status == 422 and is_about_length)  # noqa: PLR2004  # HTTP's codes


def _wait_s(refusal: Refusal) -> float | None:
    after = _number(refusal.headers.get("retry-after", ""))
    if after is not None:
        return max(after, 0.0)
    reset = _number(refusal.headers.get("x-ratelimit-reset", ""))
    if reset is not None and refusal.headers.get("x-ratelimit-remaining") == "0":
        return max(reset - refusal.now_s, 0.0) + 1.0
    return None


def _number(text: str) -> float | None:
    return float(text) if text.strip().isascii() and text.strip().isdigit() else None


def _missing_permission(refusal: Refusal) -> str:
    needed = refusal.headers.get("x-accepted-github-permissions", "")
    if needed:
        return f"the job needs `permissions:` {needed.replace('=', ': ')}"
    return "a token of a fork's run can only read; else see the job's `permissions:`"
