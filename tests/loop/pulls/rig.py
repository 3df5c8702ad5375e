"""A repository behind git's own HTTP server and the stand-in for GitHub, which share its branches."""

import os
import subprocess
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
from tests.clients.git_servers import HttpServer, create_bare, serve_http
from tests.fakes.github.pulls import count_open, run_git
from tests.fakes.github.server import serve
from tests.fakes.github.state import WATCH_TOKEN, WORKFLOW_TOKEN, Github, Pull

BRANCH = "gate-action/fixtures"


@dataclass
class Rig:
    github: Github
    api_url: str
    git_url: str
    top: Path
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
        """What the branch brings beside main."""
        names = self.git("diff", "--name-only", f"main...{branch}").splitlines()
        return {name: self.git("show", f"{branch}:{name}") for name in names}

    def git(self, *argv: str) -> str:
        return run_git(self.github, *argv)

    def tip(self, branch: str = BRANCH) -> str:
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def commit(self, branch: str, files: Mapping[str, str | None], words: str = "A person's change") -> str:
        """A person pushes to a branch."""
        index = self.top / "index"
        index.unlink(missing_ok=True)
        environ = {**os.environ, "GIT_INDEX_FILE": str(index)}

        def git(*argv: str, given: str = "") -> str:
            command = ["git", "-C", str(self.github.mirror), *argv]
            done = subprocess.run(command, input=given, env=environ, capture_output=True, text=True, check=True)
            return done.stdout.strip()

        git("read-tree", branch)
        for path, content in files.items():
            if content is None:
                git("rm", "--cached", "--quiet", path)
            else:
                blob = git("hash-object", "-w", "--stdin", given=content)
                git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        commit = self.git("commit-tree", git("write-tree"), "-p", branch, "-m", words)
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit


@contextmanager
def start(top: Path, *, is_http: bool = True, writer: str = WORKFLOW_TOKEN) -> Iterator[Rig]:
    """``is_http``: git's server speaks HTTP and wants ``writer``; else the repository is a folder, which is quicker."""
    mirror = create_bare(top / "octo" / "app.git")
    github = Github(mirror=mirror)
    tree = run_git(github, "mktree")
    run_git(github, "update-ref", "refs/heads/main", run_git(github, "commit-tree", tree, "-m", "Start"))
    with serve(github) as api_url, serve_http(HttpServer(top, writers=(writer, WATCH_TOKEN))) as server:
        git_url = f"{server.url}/octo/app.git" if is_http else str(mirror)
        rig = Rig(github=github, api_url=api_url, git_url=git_url, top=top)
        rig.commit("main", {"README.md": "An app.\n"})
        yield rig
