"""What a purpose's pull request is kept with: the job's repository and token, or a dry run of both."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from gate_action.clients.git.pull_branch import PullBranch
from gate_action.clients.git.remote import Surroundings, find_remote
from gate_action.clients.github.api import open_github
from gate_action.clients.github.pulls import GithubPulls, PullsClient
from gate_action.clients.github.pulls_dry_run import DryRunPulls, Payloads
from gate_action.errors import ConfigError
from gate_action.loop.pulls.attention import find_attention
from gate_action.loop.pulls.job import PullJob
from gate_action.model.dataclass import dataclass
from gate_action.model.pace import Attention
from gate_action.model.protocols import Files

PREFIX = "gate-action/"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOptions:
    purpose: str
    """One word: what the pull request is for, and its branch's name after ``gate-action/``."""
    base: str = ""
    """The branch that it is for; empty: the default branch."""
    dry_run: Path | None = None
    """A folder: what would be sent is written there, and nothing is sent."""


def find_people(
    options: PullOptions, repository: Path, environ: Mapping[str, str], noted: Collection[int]
) -> tuple[Attention, ...]:
    """Of the purpose's pull requests that ended and are not ``noted``. Raises ConfigError."""
    job = open_job(options, repository, environ, lambda _: ())
    return find_attention(job.pulls, f"{PREFIX}{options.purpose}", noted)


def open_job(
    options: PullOptions,
    repository: Path,
    environ: Mapping[str, str],
    paths: Callable[[Files], Sequence[str]],
) -> PullJob:
    """Raises ConfigError: no token, or no repository."""
    client = open_github(environ)
    if client is None and options.dry_run is None:
        raise ConfigError(
            "a pull request needs GITHUB_TOKEN and GITHUB_REPOSITORY, which a workflow's step has",
            hint="set GITHUB_TOKEN: ${{ github.token }} in the step's env; --dry-run FOLDER shows what would be sent",
        )
    job = Surroundings(
        server=environ.get("GITHUB_SERVER_URL", ""),
        repository=environ.get("GITHUB_REPOSITORY", ""),
        token=environ.get("GITHUB_TOKEN", ""),
        ca_bundle=environ.get("REQUESTS_CA_BUNDLE", ""),
    )
    remote = find_remote(f"{PREFIX}{options.purpose}", repository, job)
    pulls: PullsClient | None = GithubPulls(client) if client else None
    if options.dry_run is not None:
        payloads = Payloads(options.dry_run)
        branch = PullBranch(remote=remote, purpose=options.purpose, base=options.base, rehearse=payloads.write)
        return PullJob(branch=branch, pulls=DryRunPulls(payloads=payloads, real=pulls), paths=paths, is_dry=True)
    assert pulls is not None  # noqa: S101  # there is a client, or a dry run
    branch = PullBranch(remote=remote, purpose=options.purpose, base=options.base)
    return PullJob(branch=branch, pulls=pulls, paths=paths)
