"""What GitHub tells of people and a pull request: reviews, labels, pushes, permissions. Reads, and writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

from gate_action.clients.github.api import PyGithubClient
from gate_action.clients.github.client import GithubError, NotFoundError
from gate_action.model.dataclass import dataclass
from gate_action.model.people import Account, Act, PullEvent, PullFacts, Review

_PAGE = 100
_MOST_PAGES = 30


class PeopleClient(Protocol):
    """One repository's people, seen with one token. Every method raises GithubError."""

    def fetch_pull(self, number: int) -> PullFacts: ...

    def fetch_reviews(self, number: int) -> tuple[Review, ...]:
        """All of them, oldest first."""
        ...

    def fetch_events(self, number: int) -> tuple[PullEvent, ...]:
        """All of them, oldest first."""
        ...

    def fetch_pushed_at(self, pull: PullFacts) -> datetime | None:
        """When the head's branch was last set, if that was to ``pull.head_sha``. None: GitHub does not tell."""
        ...

    def fetch_permission(self, login: str) -> str:
        """``admin``, ``maintain``, ``write``, ``triage``, ``read`` or ``none``."""
        ...


class UnreadableError(GithubError):
    """GitHub's answer is not of the shape that its description gives."""


@dataclass(frozen=True, slots=True)
class GithubPeople:
    """PeopleClient by GitHub's REST API."""

    client: PyGithubClient

    def fetch_pull(self, number: int) -> PullFacts:
        told = self._get("show the pull request", f"/pulls/{number}")
        head = told["head"]
        return PullFacts(
            number=number,
            author=_account(told["user"]),
            head_sha=head["sha"],
            head_ref=head["ref"],
            head_repository=head["repo"]["full_name"] if head["repo"] else "",
            labels=tuple(label["name"] for label in told["labels"]),
        )

    def fetch_reviews(self, number: int) -> tuple[Review, ...]:
        return tuple(
            Review(
                by=_account(each["user"]),
                state=each["state"],
                commit=each["commit_id"] or "",
                at=_time(each.get("submitted_at")),
            )
            for each in self._list("list the reviews", f"/pulls/{number}/reviews")
        )

    def fetch_events(self, number: int) -> tuple[PullEvent, ...]:
        found = []
        for each in self._list("list what happened to the pull request", f"/issues/{number}/events"):
            at = _time(each.get("created_at"))
            if at is not None:
                label = (each.get("label") or {}).get("name", "")
                found.append(PullEvent(kind=each["event"], by=_account(each["actor"]), at=at, label=label))
        return tuple(sorted(found, key=lambda event: event.at))

    def fetch_acts(self, number: int, labeller: str) -> tuple[Act, ...]:
        """What people did on a pull request: reviews, their comments line by line, comments, labels, its end. No bots,
        and no label that ``labeller`` put there, as whom this program does so itself.
        """
        comments = [
            (_account(each["user"]), _time(each["created_at"]))
            for path in (f"/pulls/{number}/comments", f"/issues/{number}/comments")
            for each in self._list("list the comments", path)
        ]
        reviews = [(one.by, one.at) for one in self.fetch_reviews(number)]
        events = [
            (one.by, one.at) for one in self.fetch_events(number) if (one.kind, one.by.login) != ("labeled", labeller)
        ]
        return tuple(
            Act(by.login, at)
            for by, at in (*comments, *reviews, *events)
            if at is not None and by.login and not by.is_bot
        )

    def fetch_pushed_at(self, pull: PullFacts) -> datetime | None:
        if not pull.head_repository:
            return None
        query = {"ref": f"refs/heads/{pull.head_ref}", "per_page": "1"}
        try:
            latest = self._ask("tell when the head was pushed", f"/repos/{pull.head_repository}/activity", query)
        except NotFoundError:  # an older GitHub Enterprise Server, or a fork that this token may not see
            return None
        is_head = bool(latest) and latest[0]["after"] == pull.head_sha
        return _time(latest[0]["timestamp"]) if is_head else None

    def fetch_permission(self, login: str) -> str:
        told = self._get("tell what a person may do", f"/collaborators/{quote(login, safe='')}/permission")
        role = str(told.get("role_name") or "")
        return role if role in ("admin", "maintain", "write", "triage", "read", "none") else str(told["permission"])

    def _get(self, doing: str, path: str, query: Mapping[str, str] | None = None) -> Any:
        return self._ask(doing, f"/repos/{self.client.repository}{path}", query or {})

    def _ask(self, doing: str, path: str, query: Mapping[str, str]) -> Any:
        # PyGithub's objects ask once more for what a listing leaves out, and know fewer paths than GitHub has.
        ask = self.client.api.requester.requestJsonAndCheck
        return self.client.send(doing, lambda: ask("GET", path, parameters=dict(query))[1])

    def _list(self, doing: str, path: str) -> Sequence[Any]:
        """Every page. Raises UnreadableError where there are more than an approval may hang on."""
        found: list[Any] = []
        for page in range(1, _MOST_PAGES + 1):
            entries = self._get(doing, path, {"per_page": str(_PAGE), "page": str(page)})
            found += entries
            if len(entries) < _PAGE:
                return found
        raise UnreadableError(f"GitHub was asked to {doing}, and has more than {_MOST_PAGES * _PAGE} of them")


def _account(told: Mapping[str, Any] | None) -> Account:
    if told is None:
        return Account(login="")
    login = str(told["login"])
    return Account(login=login, is_bot=told.get("type") != "User" or login.endswith("[bot]"))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
