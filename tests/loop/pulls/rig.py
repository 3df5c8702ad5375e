"""The job that keeps one pull request, and a hosted repository that it works on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gate_action.clients.git.pull_branch import PullBranch
from gate_action.clients.git.remote import Remote
from gate_action.clients.github.api import Patience, PyGithubClient
from gate_action.clients.github.pulls import GithubPulls
from gate_action.loop.pulls.job import PullJob
from gate_action.loop.pulls.proposal import Ended, Outcome, Proposal
from gate_action.model.protocols import Files
from gate_action.report.escape import SafeMarkdown
from standins.github.pulls import count_open
from standins.github.state import WORKFLOW_TOKEN, Pull
from standins.hosted_repository import HostedRepository, host

BRANCH = "gate-action/fixtures"


@dataclass(kw_only=True)
class Rig(HostedRepository):
    wanted: dict[str, bytes | None] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    ended: tuple[Ended, ...] = ()
    """As the last proposal saw them."""
    present: Mapping[str, bytes] = field(default_factory=dict)
    """What the branch brought then."""

    def job(self, token: str = WORKFLOW_TOKEN, **more: Any) -> PullJob:
        patience = Patience(sleep=lambda _: None, jitter=lambda: 0.0)
        client = PyGithubClient(repository=self.github.repository, token=token, api_url=self.api_url, patience=patience)
        remote = Remote(url=self.git_url, branch=BRANCH, token=token)
        branch = PullBranch(remote=remote, purpose="fixtures")
        told = {"branch": branch, "pulls": GithubPulls(client), "pause": lambda _: None}
        return PullJob(**{**told, **more})

    def run(self, **more: Any) -> Outcome:
        return self.job(**more).run(self.propose)

    def propose(self, files: Files, ended: Sequence[Ended], present: Mapping[str, bytes]) -> Proposal:
        del files
        self.present = present
        self.ended = tuple(ended)
        return Proposal(
            title="Fixtures from production",
            words="Add fixtures from production",
            files=dict(self.wanted),
            is_wanted=bool(self.wanted),
            intro=SafeMarkdown("What production taught."),
            parts=tuple(SafeMarkdown(path) for path in self.wanted),
            labels=self.labels,
        )

    def open_pulls(self) -> list[Pull]:
        return count_open(self.github, BRANCH)

    def files(self, branch: str = BRANCH) -> dict[str, str]:
        return super().files(branch)

    def tip(self, branch: str = BRANCH) -> str:
        return super().tip(branch)


@contextmanager
def start(top: Path, *, is_http: bool = True, writer: str = WORKFLOW_TOKEN) -> Iterator[Rig]:
    """As ``host``."""
    with host(top, is_http=is_http, writer=writer) as hosted:
        yield Rig(**vars(hosted))
