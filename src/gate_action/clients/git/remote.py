"""Which repository is meant when none is named: the job's own, with its token; else ``origin`` of a clone."""

from dataclasses import field
from pathlib import Path

from gate_action.clients.git.repository import Git, GitError
from gate_action.clients.git.shelf import Remote
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a job's environment says of its repository; all empty outside a workflow."""

    server: str = ""
    repository: str = ""
    token: str = field(default="", repr=False)
    ca_bundle: str = ""


def find_remote(branch: str, clone: Path, job: Surroundings) -> Remote:
    """Raises ConfigError: no remote to be found."""
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
