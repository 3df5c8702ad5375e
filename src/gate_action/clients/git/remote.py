"""A branch of a remote repository, what opens it, and which repository is meant when none is named."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from gate_action.clients.git.repository import Git, GitError
from gate_action.errors import ConfigError, StoreError
from gate_action.model.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where the branch lies, and what opens it."""

    url: str
    branch: str
    token: str = field(default="", repr=False)
    """A GitHub token; empty: whatever git itself knows."""
    ca_bundle: str = ""

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}"

    def settings(self) -> Mapping[str, str]:
        """Git settings, for the environment. The token goes to this server alone."""
        settings = {"fetch.negotiationAlgorithm": "noop"}  # one commit is asked for, or objects by id
        if self.ca_bundle:
            settings["http.sslCAInfo"] = self.ca_bundle
        if self.token and self.url.startswith(("https://", "http://")):
            import base64  # only where there is a token

            pair = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
            settings[f"http.{self.url}.extraheader"] = f"AUTHORIZATION: basic {pair}"
            settings["credential.helper"] = ""
        return settings

    def unreadable(self, error: GitError) -> StoreError:
        return StoreError(
            f"the branch {self.branch} of {self.url} cannot be read: {error.message}",
            hint="reading needs `permissions: contents: read` and a token: the input github-token, or GITHUB_TOKEN",
        )

    def unwritable(self, error: GitError) -> StoreError:
        """``error``: of a push that no other push was in the way of."""
        return StoreError(
            f"the branch {self.branch} cannot be written: {error.message}",
            hint="the job needs `permissions: contents: write`, and no rule may protect the branch from it",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a job's environment says of its repository; all empty outside a workflow."""

    server: str = ""
    repository: str = ""
    token: str = field(default="", repr=False)
    ca_bundle: str = ""


def find_remote(branch: str, clone: Path, job: Surroundings) -> Remote:
    """The job's own repository, with its token; else the clone's ``origin``. Raises ConfigError: there is none."""
    if job.server and job.repository and job.token:
        url = f"{job.server.rstrip('/')}/{job.repository}.git"
        return Remote(url=url, branch=branch, token=job.token, ca_bundle=job.ca_bundle)
    try:
        git = Git.find(clone)
        url = git.run("remote", "get-url", "origin").decode().strip()
    except GitError as error:
        raise ConfigError(
            f"where the branch {branch} lies is not known: {error.message}",
            hint="give the clone a remote named origin, or write remote: beside it",
        ) from error
    beside = git.repository / url
    return Remote(url=str(beside.resolve()) if beside.exists() else url, branch=branch)
