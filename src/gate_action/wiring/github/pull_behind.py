"""The pull request that another run was of: GitHub's word, by the run's head. Looks at nothing that the run left."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gate_action.clients.git.repository import Git
from gate_action.clients.github.api import open_github
from gate_action.clients.github.client import GithubError
from gate_action.clients.github.runs import GithubRuns, PyGithubRuns
from gate_action.codec.github_event import PULL_VARIABLE, Event, PullRequest, UpstreamRun
from gate_action.errors import ConfigError, NotEvaluatedError

UNPRIVILEGED: Final = frozenset({"pull_request", "pull_request_review"})
"""Runs of a pull request's own workflow files, without secrets where it is a fork's."""


class NoPullRequestError(NotEvaluatedError):
    """The run was of no open pull request, or of none any longer."""


def find_pull_behind(runs: GithubRuns, upstream: UpstreamRun) -> PullRequest:
    """The one open pull request whose head is the run's commit. Raises NoPullRequestError, GithubError."""
    owner = upstream.head_repository.partition("/")[0]
    if not owner or not upstream.head_branch:
        raise NoPullRequestError(f"the repository that run {upstream.run_id} came from is gone")
    found = [
        pull
        for pull in runs.find_pulls(owner, upstream.head_branch)
        if pull.head_sha == upstream.head_sha and pull.head_repository == upstream.head_repository
    ]
    if len(found) != 1:
        what = "several open pull requests have" if found else "no open pull request has"
        raise NoPullRequestError(
            f"{what} {upstream.head_sha[:10]} of {upstream.head_repository} as the head",
            hint="it was closed, or has moved on: then its newer run counts",
        )
    return PullRequest(
        number=found[0].number,
        head_sha=upstream.head_sha,
        base_ref=found[0].base_ref,
        head_repository=upstream.head_repository,
    )


def name_pull_behind(environ: Mapping[str, str], event: Event, clone: Path, head: str) -> Mapping[str, str]:
    """The variable that names it, where a workflow_run is to judge a stranger's head; else none.

    ``head``: what is to be judged, in ``clone``. Raises ConfigError, NotEvaluatedError.
    """
    upstream = event.upstream
    if event.name != "workflow_run" or upstream is None or event.is_own(upstream.head_repository):
        return {}
    if upstream.event not in UNPRIVILEGED or Git.find(clone).resolve(head).sha != upstream.head_sha:
        return {}
    client = open_github(environ)
    if client is None:
        raise ConfigError("there is no token to ask for the pull request with", hint="give the input github-token")
    try:
        pull = find_pull_behind(PyGithubRuns(client=client), upstream)
    except GithubError as error:
        raise NotEvaluatedError(f"which pull request this is could not be asked: {error}") from error
    return {PULL_VARIABLE: f"{pull.number} {pull.base_ref}"}
