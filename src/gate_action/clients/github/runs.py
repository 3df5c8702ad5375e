"""What the gate asks GitHub about workflow runs: their artifacts, and the pull request that one belongs to."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from gate_action.clients.github.api import PyGithubClient
from gate_action.clients.github.client import GithubError, UnreachableError
from gate_action.model.dataclass import dataclass

if TYPE_CHECKING:
    from requests import Response

_PIECE: Final = 64 * 1024
_TIMEOUT_S: Final = (10, 60)
"""To connect, and between two pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunArtifact:
    """An artifact that a workflow run uploaded: a zip archive."""

    id: int
    name: str
    size_bytes: int
    digest: str
    """``sha256:`` and 64 hex digits; empty where GitHub does not say."""
    is_expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadOfPull:
    """A pull request as the API shows it."""

    number: int
    head_sha: str
    head_repository: str
    """Empty where it was deleted."""
    base_ref: str


class GithubRuns(Protocol):
    """One repository's workflow runs, seen with one token. Every method raises GithubError."""

    def fetch_artifacts(self, run_id: int) -> tuple[RunArtifact, ...]:
        """All of one run, from every page, the newest first."""
        ...

    def download(self, artifact: RunArtifact, most_bytes: int) -> bytes:
        """The archive. Raises TooLargeError."""
        ...

    def find_pulls(self, owner: str, branch: str) -> tuple[HeadOfPull, ...]:
        """The open pull requests from that branch of that account."""
        ...


class TooLargeError(GithubError):
    """An artifact is larger than we read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PyGithubRuns:
    """GithubRuns, through the client of the same token."""

    client: PyGithubClient

    def fetch_artifacts(self, run_id: int) -> tuple[RunArtifact, ...]:
        def fetch() -> tuple[RunArtifact, ...]:
            found = self.client.repo.get_workflow_run(run_id).get_artifacts()
            shown = (
                RunArtifact(
                    id=each.id,
                    name=each.name,
                    size_bytes=each.size_in_bytes,
                    digest=each.raw_data.get("digest") or "",
                    is_expired=each.expired,
                )
                for each in found
            )
            return tuple(sorted(shown, key=lambda one: -one.id))

        return self.client.send("list the run's artifacts", fetch)

    def download(self, artifact: RunArtifact, most_bytes: int) -> bytes:
        if artifact.size_bytes > most_bytes:
            raise _too_large(artifact, most_bytes)
        address = self.client.send("hand over the artifact", lambda: self._address(artifact))
        return self.client.send("send the artifact", lambda: self._receive(address, artifact, most_bytes))

    def find_pulls(self, owner: str, branch: str) -> tuple[HeadOfPull, ...]:
        def fetch() -> tuple[HeadOfPull, ...]:
            found = self.client.repo.get_pulls(state="open", head=f"{owner}:{branch}")
            return tuple(
                HeadOfPull(
                    number=each.number,
                    head_sha=each.head.sha,
                    head_repository=each.raw_data["head"]["repo"]["full_name"] if each.raw_data["head"]["repo"] else "",
                    base_ref=each.base.ref,
                )
                for each in found
            )

        return self.client.send("list the branch's pull requests", fetch)

    def _address(self, artifact: RunArtifact) -> str:
        """Where the archive lies: a signed address of another host, which must never see our token."""
        path = f"/repos/{self.client.repository}/actions/artifacts/{artifact.id}/zip"
        headers, _ = self.client.api.requester.requestJsonAndCheck("GET", path)
        address = str(headers.get("location", ""))
        scheme, ours = urlsplit(address).scheme, urlsplit(self.client.api_url).scheme
        if scheme not in ("https", ours):
            raise GithubError(f"GitHub points to the artifact by {scheme or 'nothing'}: nothing is fetched that way")
        return address

    def _receive(self, address: str, artifact: RunArtifact, most_bytes: int) -> bytes:
        import requests

        with requests.get(
            address, stream=True, timeout=_TIMEOUT_S, verify=self.client.ca_bundle or True, allow_redirects=False
        ) as answer:
            if answer.status_code != 200:  # noqa: PLR2004  # HTTP: here it is
                raise UnreachableError(f"the artifact store answered {answer.status_code}")
            content = bytearray()
            for piece in _pieces(answer):
                content += piece
                if len(content) > most_bytes:
                    raise _too_large(artifact, most_bytes)
            return bytes(content)


def _pieces(answer: "Response") -> Iterator[bytes]:
    pieces: Iterator[bytes] = answer.iter_content(_PIECE)
    return pieces


def _too_large(artifact: RunArtifact, most_bytes: int) -> TooLargeError:
    return TooLargeError(f"the artifact {artifact.name} is larger than the {most_bytes:,} bytes that are read")
