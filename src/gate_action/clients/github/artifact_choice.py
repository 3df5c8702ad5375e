"""Which artifacts may be believed: made by one workflow, on one branch, of the repository's own commits."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import PurePosixPath

from gate_action.clients.archives import ArchiveBounds, ArchiveError, read_zip
from gate_action.clients.extras import check_extra
from gate_action.clients.github.api import PyGithubClient
from gate_action.clients.github.artifacts import ArtifactShop, GithubArtifacts, MakerRun, NamedArtifact
from gate_action.clients.github.client import GithubError, NotFoundError
from gate_action.errors import ConfigError, StoreError
from gate_action.model.dataclass import dataclass

TRUSTED_EVENTS = frozenset({"push", "schedule", "workflow_dispatch", "merge_group"})
"""Runs of a pull request, of its reviews and of its comments may be of anybody's making."""
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a run must be for its artifact to count."""

    workflow: str
    """Its file's name, ``gate.yml``."""
    branch: str
    conclusions: frozenset[str]

    def fault(self, run: MakerRun, repository: str) -> str:
        """Why it does not count; empty: it does."""
        if run.head_repository.lower() != repository.lower():
            return f"it is of {run.head_repository or 'a deleted repository'}, not of {repository}"
        if run.event not in TRUSTED_EVENTS:
            return f"it was started by {run.event}"
        if PurePosixPath(run.workflow).name != self.workflow:
            return f"it is of {run.workflow}, not of {self.workflow}"
        if run.head_branch != self.branch:
            return f"it is of the branch {run.head_branch}, not of {self.branch}"
        if run.conclusion not in self.conclusions:
            return f"it has ended as {run.conclusion}" if run.conclusion else "it has not ended"
        return ""


def check_origin(workflow: str, repository: str) -> None:
    """Raises ValueError, which begins with the option's name. ``repository`` empty: this one."""
    if not workflow.endswith((".yml", ".yaml")) or "/" in workflow:
        raise ValueError("workflow: is the name of a file in .github/workflows, like gate.yml")
    if repository and not _REPOSITORY.fullmatch(repository):
        raise ValueError("repository: is owner/name")


@dataclass(frozen=True, kw_only=True)
class ArtifactChooser:
    """Artifacts of one name that count, the newest first. What the list tells is only a first sieve."""

    shop: ArtifactShop
    name: str
    provenance: Provenance
    bounds: ArchiveBounds
    _runs: dict[int, MakerRun] = field(default_factory=dict)

    def candidates(self) -> tuple[NamedArtifact, ...]:
        """By the list alone. Raises StoreError."""
        try:
            found = self.shop.fetch_named(self.name)
        except GithubError as error:
            raise _refused(error, self.shop.repository) from error
        return tuple(one for one in found if one.is_own and one.head_branch == self.provenance.branch)

    def counting(self, candidates: tuple[NamedArtifact, ...]) -> Iterator[NamedArtifact]:
        """Those of ``candidates`` whose run counts, asked one by one. Raises StoreError."""
        for one in candidates:
            run = self._run(one.run_id)
            if run is not None and run.head_sha == one.head_sha and not self.fault(run):
                yield one

    def fault(self, run: MakerRun) -> str:
        return self.provenance.fault(run, self.shop.repository)

    def open(self, one: NamedArtifact) -> Mapping[str, bytes]:
        """Name -> content. Raises StoreError: too large, altered on its way, or what no upload of ours makes."""
        try:
            content = self.shop.download(one.artifact, self.bounds.bytes)
        except GithubError as error:
            raise _refused(error, self.shop.repository) from error
        told = one.artifact.digest
        if told and told != f"sha256:{hashlib.sha256(content).hexdigest()}":
            raise StoreError(f"the artifact {one.artifact.name} ({one.artifact.id}) is not what GitHub says it is")
        try:
            return read_zip(content, self.bounds)
        except ArchiveError as error:
            raise StoreError(f"the artifact {one.artifact.name} ({one.artifact.id}): {error}") from error

    def _run(self, run_id: int) -> MakerRun | None:
        """None: it was deleted meanwhile."""
        if run_id not in self._runs:
            try:
                self._runs[run_id] = self.shop.fetch_run(run_id)
            except NotFoundError:
                return None
            except GithubError as error:
                raise _refused(error, self.shop.repository) from error
        return self._runs[run_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How GitHub is reached: as the job does, or with a token of its own for another repository."""

    repository: str
    token: str = field(repr=False)
    api_url: str
    ca_bundle: str

    def open(self) -> ArtifactShop:
        """Raises ConfigError: no repository or token, or the extra is not installed."""
        if not self.repository or not self.token:
            raise ConfigError(
                "artifacts are read through GitHub's API, and there is no repository or token to do that with",
                hint="in a workflow the action's token is taken (permissions: actions: read); elsewhere give "
                "repository and token",
            )
        check_extra("github", "reading artifacts")
        url = self.api_url or "https://api.github.com"
        client = PyGithubClient(repository=self.repository, token=self.token, api_url=url, ca_bundle=self.ca_bundle)
        return GithubArtifacts(client=client)


def _refused(error: GithubError, repository: str) -> StoreError:
    hint = error.hint or "the job needs `permissions: actions: read`; another repository needs a token of its own"
    return StoreError(f"artifacts of {repository} cannot be read: {error.message}", hint=hint)
