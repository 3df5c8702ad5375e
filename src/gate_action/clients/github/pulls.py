"""Pull requests of one repository: found by their branch, opened, edited and closed. Never merged, never approved."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from gate_action.clients.github.api import PyGithubClient
from gate_action.clients.github.client import ForbiddenError
from gate_action.clients.github.people import GithubPeople
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json
from gate_action.model.people import Act

ACTIONS_BOT = "github-actions[bot]"
_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPage:
    """A pull request as its page shows it."""

    number: int
    url: str
    title: str
    body: str
    base: str
    """The branch that it would be merged into."""
    head_sha: str
    is_open: bool = True
    is_merged: bool = False
    labels: tuple[str, ...] = ()
    opened_at: str = ""
    closed_at: str = ""


class PullsClient(Protocol):
    """Every method raises GithubError."""

    def fetch_login(self) -> str:
        """Who the token acts as."""
        ...

    def find_pulls(self, branch: str) -> tuple[PullPage, ...]:
        """Of a branch of this repository, open or not, the newest first: a hundred at most."""
        ...

    def create_pull(self, *, branch: str, base: str, title: str, body: str) -> PullPage: ...

    def update_pull(self, number: int, changes: Mapping[str, str]) -> None:
        """``changes``: ``title``, ``body``, ``state``, ``base``."""
        ...

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Labels that the repository does not have are made."""
        ...

    def find_removed_labels(self, number: int) -> frozenset[str]:
        """Those that somebody took off."""
        ...

    def fetch_closer(self, number: int) -> str:
        """Login of who closed it; empty: GitHub does not say, or it was a bot."""
        ...

    def fetch_last_word(self, number: int, login: str) -> str:
        """The last comment of ``login`` on it; empty: there is none."""
        ...

    def fetch_acts(self, number: int) -> tuple[Act, ...]:
        """What people did on it, in no order. What the token's own person did by this client is none of it."""
        ...


@dataclass(frozen=True, slots=True)
class GithubPulls:
    """PullsClient by GitHub's REST API."""

    client: PyGithubClient

    def fetch_login(self) -> str:
        return self.client.fetch_login()

    def find_pulls(self, branch: str) -> tuple[PullPage, ...]:
        owner = self.client.repository.partition("/")[0]
        query = {"head": f"{owner}:{branch}", "state": "all", "per_page": str(_PAGE)}
        told = self._ask("list the pull requests of a branch", "GET", "/pulls", query)
        return tuple(_page(each) for each in told if self._is_ours(each, branch))

    def _is_ours(self, told: Mapping[str, Any], branch: str) -> bool:
        """A fork of the same owner may have a branch of that name."""
        repository = str((told["head"].get("repo") or {}).get("full_name", ""))
        # The repository of a deleted fork is null; a branch of our own that was deleted keeps its repository.
        return bool(told["head"]["ref"] == branch) and repository.lower() == self.client.repository.lower()

    def create_pull(self, *, branch: str, base: str, title: str, body: str) -> PullPage:
        told = {"title": title, "head": branch, "base": base, "body": body}
        try:
            # Not repeated after a 5xx: it may have been made. Who asked looks whether it was.
            return _page(self._send("open the pull request", "POST", "/pulls", told, is_repeatable=False))
        except ForbiddenError as error:
            if "not permitted to create" not in error.message:
                raise
            raise ForbiddenError(error.message, hint=_NOT_PERMITTED) from error

    def update_pull(self, number: int, changes: Mapping[str, str]) -> None:
        self._send("update the pull request", "PATCH", f"/pulls/{number}", changes)

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        self._send("label the pull request", "POST", f"/issues/{number}/labels", {"labels": list(labels)})

    def find_removed_labels(self, number: int) -> frozenset[str]:
        events = GithubPeople(self.client).fetch_events(number)
        return frozenset(event.label for event in events if event.kind == "unlabeled")

    def fetch_closer(self, number: int) -> str:
        told = self._ask("tell who closed the pull request", "GET", f"/issues/{number}", {}).get("closed_by") or {}
        login = str(told.get("login", ""))
        return "" if told.get("type") == "Bot" or login.endswith("[bot]") else login

    def fetch_last_word(self, number: int, login: str) -> str:
        said = [comment.body for comment in self.client.fetch_comments(number) if comment.author == login]
        return said[-1] if said else ""

    def fetch_acts(self, number: int) -> tuple[Act, ...]:
        return GithubPeople(self.client).fetch_acts(number, self.fetch_login())

    def _ask(self, doing: str, method: str, path: str, query: Mapping[str, str]) -> Any:
        ask = self.client.api.requester.requestJsonAndCheck
        address = f"/repos/{self.client.repository}{path}"
        return self.client.send(doing, lambda: ask(method, address, parameters=dict(query))[1])

    def _send(self, doing: str, method: str, path: str, body: Mapping[str, Json], *, is_repeatable: bool = True) -> Any:
        ask = self.client.api.requester.requestJsonAndCheck
        address = f"/repos/{self.client.repository}{path}"
        return self.client.send(doing, lambda: ask(method, address, input=dict(body))[1], is_repeatable=is_repeatable)


_NOT_PERMITTED = (
    "allow it under Settings > Actions > General > Workflow permissions > Allow GitHub Actions to create and approve "
    "pull requests, or give an App's token; the branch is pushed, and its pull request may be opened by hand as well"
)


def _page(told: Mapping[str, Any]) -> PullPage:
    return PullPage(
        number=told["number"],
        url=told["html_url"],
        title=told["title"],
        body=(told["body"] or "").replace("\r\n", "\n"),
        base=told["base"]["ref"],
        head_sha=told["head"]["sha"],
        is_open=told["state"] == "open",
        is_merged=told.get("merged_at") is not None,
        labels=tuple(label["name"] for label in told["labels"]),
        opened_at=told["created_at"],
        closed_at=told.get("closed_at") or "",
    )
