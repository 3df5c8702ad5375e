"""Artifacts of a repository by their name, with the run that made each: what a store or a source may believe of it."""

from typing import Any, Protocol

from gate_action.clients.github.api import PyGithubClient
from gate_action.clients.github.runs import PyGithubRuns, RunArtifact
from gate_action.model.dataclass import dataclass

_MOST_LISTED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedArtifact:
    """As the list shows it: of its run only what the list tells."""

    artifact: RunArtifact
    run_id: int
    head_sha: str
    head_branch: str
    is_own: bool
    """Head's repository was the one that the run belongs to: not a fork's pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakerRun:
    """A workflow run, as the API shows it."""

    id: int
    workflow: str
    """Path of its file."""
    event: str
    conclusion: str
    """Empty while it goes on."""
    head_branch: str
    head_sha: str
    head_repository: str
    """Empty where it was deleted."""


class ArtifactShop(Protocol):
    """One repository's artifacts, seen with one token. Every method raises GithubError."""

    @property
    def repository(self) -> str: ...

    def fetch_named(self, name: str) -> tuple[NamedArtifact, ...]:
        """Those that have not expired, the newest first, a few hundred at most."""
        ...

    def fetch_run(self, run_id: int) -> MakerRun: ...

    def download(self, artifact: RunArtifact, most_bytes: int) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubArtifacts:
    """ArtifactShop, through the client of the same token."""

    client: PyGithubClient

    @property
    def repository(self) -> str:
        return self.client.repository

    def fetch_named(self, name: str) -> tuple[NamedArtifact, ...]:
        def fetch() -> tuple[NamedArtifact, ...]:
            listed = self.client.repo.get_artifacts(name=name)
            shown = (each.raw_data for _, each in zip(range(_MOST_LISTED), listed, strict=False))
            found = [_named(told) for told in shown if not told["expired"] and told.get("workflow_run")]
            return tuple(sorted(found, key=lambda one: -one.artifact.id))

        return self.client.send("list artifacts", fetch)

    def fetch_run(self, run_id: int) -> MakerRun:
        def fetch() -> MakerRun:
            told = self.client.repo.get_workflow_run(run_id).raw_data
            return MakerRun(
                id=told["id"],
                workflow=told["path"].partition("@")[0],
                event=told["event"],
                conclusion=told["conclusion"] or "",
                head_branch=told["head_branch"] or "",
                head_sha=told["head_sha"],
                head_repository=(told["head_repository"] or {}).get("full_name", ""),
            )

        return self.client.send("show the workflow run", fetch)

    def download(self, artifact: RunArtifact, most_bytes: int) -> bytes:
        return PyGithubRuns(client=self.client).download(artifact, most_bytes)


def _named(told: dict[str, Any]) -> NamedArtifact:
    ran = told["workflow_run"]
    return NamedArtifact(
        artifact=RunArtifact(
            id=told["id"],
            name=told["name"],
            size_bytes=told["size_in_bytes"],
            digest=told.get("digest") or "",
            is_expired=told["expired"],
        ),
        run_id=ran["id"],
        head_sha=ran["head_sha"],
        head_branch=ran["head_branch"],
        is_own=ran["repository_id"] == ran["head_repository_id"],
    )
