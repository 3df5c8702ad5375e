"""What a watch asks of GitHub: the merged pull request of a commit, issues, and deployments."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from gate_action.clients.github.api import PyGithubClient
from gate_action.clients.github.client import Comment
from gate_action.model.dataclass import dataclass

_PAGE = 100
_MOST_PAGES = 30
_MOST_CHARACTERS = 140
"""Of a deployment status's description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedPull:
    """A pull request that was merged."""

    number: int
    body: str
    merge_sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    number: int
    author: str
    body: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    id: int
    environment: str
    is_newest: bool
    """Is there none later in its environment?"""


class WatchClient(Protocol):
    """One repository, seen with one token. Every method raises GithubError."""

    def fetch_login(self) -> str: ...

    def fetch_merged(self, sha: str) -> tuple[MergedPull, ...]:
        """The merged pull requests that the commit came with."""
        ...

    def fetch_pull(self, number: int) -> MergedPull: ...

    def fetch_issues(self, author: str) -> tuple[Issue, ...]:
        """All of one author, open and closed, oldest first; no pull requests."""
        ...

    def create_issue(self, title: str, body: str, label: str) -> int:
        """Its number. ``label``: empty for none."""
        ...

    def update_issue(self, number: int, title: str, body: str, *, is_open: bool) -> None: ...

    def fetch_comments(self, number: int) -> tuple[Comment, ...]: ...

    def create_comment(self, number: int, body: str) -> int: ...

    def update_comment(self, comment_id: int, body: str) -> None: ...

    def fetch_deployments(self, sha: str) -> tuple[Deployment, ...]: ...

    def create_deployment_status(
        self, deployment_id: int, state: Literal["success", "failure"], description: str, url: str
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class GithubWatch:
    """WatchClient by GitHub's REST API."""

    client: PyGithubClient

    def fetch_login(self) -> str:
        return self.client.fetch_login()

    def fetch_merged(self, sha: str) -> tuple[MergedPull, ...]:
        def fetch() -> tuple[MergedPull, ...]:
            pulls = self.client.repo.get_commit(sha).get_pulls()
            return tuple(
                MergedPull(number=each.number, body=each.body or "", merge_sha=each.merge_commit_sha or sha)
                for each in pulls
                if each.merged_at is not None
            )

        return self.client.send("list the commit's pull requests", fetch)

    def fetch_pull(self, number: int) -> MergedPull:
        def fetch() -> MergedPull:
            found = self.client.repo.get_pull(number)
            # It is asked for when the first field that is not known is read.
            return MergedPull(number=number, body=found.body or "", merge_sha=found.merge_commit_sha or "")

        return self.client.send("show the pull request", fetch)

    def fetch_issues(self, author: str) -> tuple[Issue, ...]:
        found: list[Issue] = []
        for page in range(1, _MOST_PAGES + 1):
            entries = self._list_issues(author, page)
            found += [_issue(each) for each in entries if "pull_request" not in each]
            if len(entries) < _PAGE:
                break
        return tuple(found)

    def _list_issues(self, author: str, page: int) -> Sequence[Any]:
        # PyGithub takes a person for the creator, and asks GitHub who that is: bots of workflows it does not find.
        query = {"state": "all", "creator": author, "sort": "created", "direction": "asc"}
        paged = {**query, "per_page": str(_PAGE), "page": str(page)}
        ask = self.client.api.requester.requestJsonAndCheck
        path = f"/repos/{self.client.repository}/issues"
        answer: Sequence[Any] = self.client.send("list issues", lambda: ask("GET", path, parameters=paged)[1])
        return answer

    def create_issue(self, title: str, body: str, label: str) -> int:
        # Not repeated after a 5xx: it may have been made, and a second one would stay.
        labels = [label] if label else []
        return self.client.send(
            "create the issue",
            lambda: self.client.repo.create_issue(title=title, body=body, labels=labels).number,
            is_repeatable=False,
        )

    def update_issue(self, number: int, title: str, body: str, *, is_open: bool) -> None:
        state = "open" if is_open else "closed"
        self.client.send(
            "update the issue",
            lambda: self.client.repo.get_issue(number).edit(title=title, body=body, state=state),
        )

    def fetch_comments(self, number: int) -> tuple[Comment, ...]:
        return self.client.fetch_comments(number)

    def create_comment(self, number: int, body: str) -> int:
        return self.client.create_comment(number, body)

    def update_comment(self, comment_id: int, body: str) -> None:
        self.client.update_comment(comment_id, body)

    def fetch_deployments(self, sha: str) -> tuple[Deployment, ...]:
        def fetch() -> tuple[Deployment, ...]:
            # GitHub lists them newest first.
            return tuple(
                Deployment(
                    id=each.id, environment=each.environment, is_newest=self._newest(each.environment) == each.id
                )
                for each in self.client.repo.get_deployments(sha=sha)
            )

        return self.client.send("list the commit's deployments", fetch)

    def create_deployment_status(
        self, deployment_id: int, state: Literal["success", "failure"], description: str, url: str
    ) -> None:
        # auto_inactive would end the deployments of other commits in the same environment.
        self.client.send(
            "set the deployment's status",
            lambda: self.client.repo.get_deployment(deployment_id).create_status(
                state=state,
                target_url=url,
                description=description[:_MOST_CHARACTERS],
                auto_inactive=False,
            ),
        )

    def _newest(self, environment: str) -> int:
        return next(iter(self.client.repo.get_deployments(environment=environment))).id


def _issue(told: Mapping[str, Any]) -> Issue:
    return Issue(
        number=told["number"],
        author=(told["user"] or {}).get("login", ""),
        body=told["body"] or "",
        is_open=told["state"] == "open",
    )
