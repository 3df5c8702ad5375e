"""GithubClient through PyGithub, which is imported at the first request. Waits and repeats where that helps."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from gate_action import __version__
from gate_action.clients.extras import check_extra
from gate_action.clients.github.client import (
    CheckRun,
    Comment,
    CommitStatus,
    ConflictError,
    GithubError,
    RateLimitedError,
    Refusal,
    SeenCheck,
    ServerError,
    UnreachableError,
    classify_refusal,
)
from gate_action.model.dataclass import dataclass

if TYPE_CHECKING:
    from github import Github
    from github.CheckRun import CheckRun as GithubCheck
    from github.Repository import Repository

T = TypeVar("T")
_TIMEOUT_S = 30
_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a request is repeated. Times in seconds."""

    tries: int = 4
    pause_s: float = 1.0
    """Before the second try; doubled each time, with jitter."""
    limit_pause_s: float = 60.0
    """As ``pause_s``, where a rate limit does not say how long: GitHub asks for a minute at least."""
    longest_s: float = 180.0
    """All pauses of one client together: a gate that waits for an hour helps nobody."""
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random
    """In [0, 1)."""
    is_over: Callable[[], bool] = lambda: False
    """Is there no time left for a further try?"""

    def pause(self, error: GithubError, tried: int) -> float:
        """Seconds before the next try."""
        if isinstance(error, RateLimitedError):
            return error.wait_s if error.wait_s is not None else self.limit_pause_s * (1 << tried)
        return self.pause_s * (1 << tried) * (1 + self.jitter() / 2)


@dataclass(frozen=True, kw_only=True)
class PyGithubClient:
    """One repository, by its REST API. ``api_url`` is GITHUB_API_URL: GitHub Enterprise Server has its own."""

    repository: str
    token: str = field(repr=False)
    api_url: str = "https://api.github.com"
    ca_bundle: str = ""
    """A file of certificates; empty: what requests and its environment say."""
    patience: Patience = field(default_factory=Patience)
    _pauses_s: list[float] = field(default_factory=list, repr=False)

    def fetch_login(self) -> str:
        # The one question about itself that every kind of token may ask: GET /user refuses those of Apps.
        answer = self.send(
            "tell who the token belongs to",
            lambda: self.api.requester.graphql_query("query { viewer { login } }", {})[1],
        )
        login: str = answer["data"]["viewer"]["login"]
        return login

    def fetch_pull_head(self, number: int) -> str:
        return self.send("show the pull request", lambda: self.repo.get_pull(number).head.sha)

    def fetch_comments(self, number: int) -> tuple[Comment, ...]:
        def fetch() -> tuple[Comment, ...]:
            found = self.repo.get_issue(number).get_comments()
            return tuple(Comment(id=each.id, author=_login(each.user), body=each.body or "") for each in found)

        return self.send("list the pull request's comments", fetch)

    def create_comment(self, number: int, body: str) -> int:
        # Not repeated after a 5xx: it may have been made, and a second one would stay.
        return self.send(
            "create the comment",
            lambda: self.repo.get_issue(number).create_comment(body).id,
            is_repeatable=False,
        )

    # A comment's URL holds its own number only: that of the issue, 0 here, plays no part.
    def update_comment(self, comment_id: int, body: str) -> None:
        self.send("update the comment", lambda: self.repo.get_issue(0).get_comment(comment_id).edit(body))

    def delete_comment(self, comment_id: int) -> None:
        self.send("delete the comment", lambda: self.repo.get_issue(0).get_comment(comment_id).delete())

    def fetch_comment(self, comment_id: int) -> Comment:
        def fetch() -> Comment:
            found = self.repo.get_issue(0).get_comment(comment_id)
            # It is asked for when the first field that is not known is read.
            return Comment(author=_login(found.user), id=found.id, body=found.body or "")

        return self.send("show the comment", fetch)

    def fetch_check_runs(self, sha: str, name: str) -> tuple[SeenCheck, ...]:
        def fetch() -> tuple[SeenCheck, ...]:
            found = self.repo.get_commit(sha).get_check_runs(check_name=name, filter="all")
            return tuple(sorted(map(_seen, found), key=lambda check: -check.id))

        return self.send("list the commit's check runs", fetch)

    def fetch_check_run(self, check_id: int) -> SeenCheck:
        return self.send("show the check run", lambda: _seen(self.repo.get_check_run(check_id)))

    def create_check_run(self, check: CheckRun) -> SeenCheck:
        # Not repeated after a 5xx: it may have been made. Who asked looks whether it was.
        return self.send(
            "create the check run",
            lambda: _seen(
                self.repo.create_check_run(
                    name=check.name,
                    head_sha=check.head_sha,
                    output=_untyped(check.output()),
                    **check.ending(),
                    **_told(check),
                )
            ),
            is_repeatable=False,
        )

    def update_check_run(self, check_id: int, check: CheckRun) -> SeenCheck:
        return self._edit("update the check run", check_id, **check.ending(), **_told(check), output=check.output())

    def append_annotations(self, check_id: int, check: CheckRun) -> SeenCheck:
        return self._edit("append annotations", check_id, output=check.output())

    def _edit(self, doing: str, check_id: int, **told: Any) -> SeenCheck:
        # Not repeated after a 5xx: the annotations may have been appended. Who asked looks how many there are.
        def edit() -> SeenCheck:
            check = self.repo.get_check_run(check_id)
            check.edit(**told)
            return _seen(check)

        return self.send(doing, edit, is_repeatable=False)

    def create_status(self, status: CommitStatus) -> None:
        optional = {"target_url": status.target_url}
        self.send(
            "set the commit status",
            lambda: self.repo.get_commit(status.sha).create_status(
                status.state, description=status.description, context=status.context, **_given(optional)
            ),
        )

    @cached_property
    def api(self) -> "Github":
        from github import Auth, Github

        return Github(
            auth=Auth.Token(self.token),
            base_url=self.api_url.rstrip("/"),
            user_agent=f"gate-action/{__version__}",
            per_page=_PAGE,
            timeout=_TIMEOUT_S,
            verify=self.ca_bundle or True,
            retry=None,  # repeating is decided here, where a test can hold the clock
            seconds_between_requests=0,
            seconds_between_writes=0,
            lazy=True,  # no request for what we already know
        )

    @cached_property
    def repo(self) -> "Repository":
        return self.api.get_repo(self.repository)

    def send(self, doing: str, request: Callable[[], T], *, is_repeatable: bool = True) -> T:
        """Runs the request, again where that may help. Raises GithubError."""
        for tried in range(self.patience.tries):
            try:
                return self._try(doing, request)
            except (RateLimitedError, ConflictError, ServerError, UnreachableError) as error:
                # A rate limit or a conflict refuses before anything was done: those are always safe to repeat.
                may_repeat = is_repeatable or isinstance(error, RateLimitedError | ConflictError)
                pause_s = self.patience.pause(error, tried)
                is_too_long = sum(self._pauses_s) + pause_s > self.patience.longest_s or self.patience.is_over()
                if not may_repeat or is_too_long or tried + 1 == self.patience.tries:
                    raise
                self._pauses_s.append(pause_s)
                self.patience.sleep(pause_s)
        raise AssertionError("a loop of at least one try returns or raises")

    def _try(self, doing: str, request: Callable[[], T]) -> T:
        from github import GithubException
        from requests.exceptions import RequestException

        try:
            return request()
        except GithubException as error:
            raise classify_refusal(
                Refusal(
                    doing=doing,
                    status=error.status,
                    message=_message(error.data),
                    headers=error.headers or {},
                    now_s=self.patience.now(),
                )
            ) from error
        except RequestException as error:
            raise UnreachableError(
                f"GitHub did not answer when asked to {doing}: {type(error).__name__}",
                hint=f"GITHUB_API_URL is {self.api_url}; a private certificate is named by REQUESTS_CA_BUNDLE",
            ) from error


def open_github(environ: Mapping[str, str], patience: Patience | None = None) -> PyGithubClient | None:
    """The client for the job that we run in; None without a token, or outside a workflow. Raises ConfigError."""
    token, repository = environ.get("GITHUB_TOKEN", ""), environ.get("GITHUB_REPOSITORY", "")
    if not token or not repository:
        return None
    check_extra("github", "publishing on GitHub")
    return PyGithubClient(
        repository=repository,
        token=token,
        api_url=environ.get("GITHUB_API_URL") or "https://api.github.com",
        ca_bundle=environ.get("REQUESTS_CA_BUNDLE") or environ.get("SSL_CERT_FILE") or "",
        patience=patience or Patience(),
    )


def _seen(check: "GithubCheck") -> SeenCheck:
    return SeenCheck(
        id=check.id,
        external_id=check.external_id or "",
        is_finished=check.status == "completed",
        annotations=check.output.annotations_count or 0,
    )


def _told(check: CheckRun) -> dict[str, Any]:
    return _given({"details_url": check.details_url, "external_id": check.external_id})


def _given(optional: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in optional.items() if value}


def _login(user: object) -> str:
    # PyGithub's annotations leave it out, but the author of a comment is null once the account is deleted.
    login: str = getattr(user, "login", "")
    return login


def _untyped(output: Mapping[str, Any]) -> dict[str, Any]:
    return dict(output)


def _message(answer: object) -> str:
    """What GitHub says, with the reasons of a 422."""
    if not isinstance(answer, dict):
        return str(answer)[:200] if answer else ""
    reasons = [
        reason if isinstance(reason, str) else reason.get("message", "") for reason in answer.get("errors") or ()
    ]
    return "; ".join(str(part) for part in (answer.get("message", ""), *reasons) if part)
