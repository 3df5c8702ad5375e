"""Earlier runs on an orphan branch of the repository: scores only, one file a run, squashed to a bounded size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from gate_action.baselines._retention import Retention
from gate_action.baselines._runs import find_runs, save_run
from gate_action.baselines._spending import add_spending, spent_before
from gate_action.clients.git.remote import Remote, Surroundings, find_remote
from gate_action.clients.git.shelf import GitShelf, Squash
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline, Revision
from gate_action.model.spending import Spending, SpentBefore

_BROUGHT = 20
"""Records of the nearest commits that are fetched in one go."""
_MOST_MB = 1_000
_MOST_COMMITS = 10_000


@dataclass(frozen=True, kw_only=True)
class Branch:
    """``<sha>/<digest>.json`` on ``branch``. Reading needs ``contents: read`` only; the first write makes the branch.

    In a workflow the branch is that of the repository that it runs in, with the action's token; elsewhere that of
    ``origin``, with whatever git itself knows.
    """

    branch: str = "gate-baselines"
    remote: str = ""
    """URL or path of another repository. Empty: this one."""
    max_mb: float = 24.0
    """What squashing leaves, as git packs it; the newest runs stay."""
    squash_after: int = 200
    """Commits."""
    token: str = field(default="", repr=False, metadata={"secret": True})
    """For ``remote`` alone. This repository is opened with the token of the action."""
    _clone: str = field(default=".", init=False, metadata={"anchored": True})
    """The clone whose ``origin`` is meant, outside a workflow."""
    _server: str = field(default="", init=False, metadata={"environment": "GITHUB_SERVER_URL"})
    _repository: str = field(default="", init=False, metadata={"environment": "GITHUB_REPOSITORY"})
    _job_token: str = field(default="", init=False, repr=False, metadata={"environment": "GITHUB_TOKEN"})
    _ca_bundle: str = field(default="", init=False, metadata={"environment": "REQUESTS_CA_BUNDLE"})

    def __post_init__(self) -> None:
        if not self.branch or self.branch.startswith(("-", "/", "refs/")) or not self.branch.isprintable():
            raise ValueError("branch: is a branch's name, without refs/heads/")
        if not 1 <= self.max_mb <= _MOST_MB:
            raise ValueError(f"max_mb: lies in 1 to {_MOST_MB}")
        if not 1 <= self.squash_after <= _MOST_COMMITS:
            raise ValueError(f"squash_after: lies in 1 to {_MOST_COMMITS}")

    @cached_property
    def shelf(self) -> GitShelf:
        budget = int(self.max_mb * 1_000_000)
        squash = Squash(after_files=self.squash_after, after_bytes=budget // 2, keep=Retention(max_bytes=budget).choose)
        return GitShelf(remote=self._find_remote(), squash=squash)

    def find(self, commits: Sequence[Revision], fingerprint: Fingerprint) -> Baseline | NoBaseline:
        near = (name for commit in commits for name in self.shelf.names(commit.sha))
        self.shelf.bring(islice(near, _BROUGHT))
        return find_runs(self.shelf, commits, fingerprint)

    def save(self, run: EvalRun) -> None:
        save_run(self.shelf, run)

    def spent_before(self, run: Spending) -> SpentBefore:
        return spent_before(self.shelf, run)

    def add_spending(self, run: Spending) -> None:
        add_spending(self.shelf, run)

    def _find_remote(self) -> Remote:
        """Raises ConfigError: no remote to be found."""
        if self.remote:
            return Remote(url=self.remote, branch=self.branch, token=self.token, ca_bundle=self._ca_bundle)
        job = Surroundings(
            server=self._server, repository=self._repository, token=self._job_token, ca_bundle=self._ca_bundle
        )
        return find_remote(self.branch, Path(self._clone), job)
