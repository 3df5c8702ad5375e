"""A repository behind git's own HTTP server and the stand-in for GitHub, which share its branches."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from standins.git_servers import HttpServer, create_bare, serve_http
from standins.github.pulls import run_git
from standins.github.server import serve
from standins.github.state import WATCH_TOKEN, WORKFLOW_TOKEN, Github


@dataclass(kw_only=True)
class HostedRepository:
    github: Github
    api_url: str
    git_url: str
    top: Path

    def environ(self, token: str = WORKFLOW_TOKEN) -> dict[str, str]:
        """What a job of the repository is told of where it runs."""
        return {
            "GITHUB_TOKEN": token,
            "GITHUB_REPOSITORY": self.github.repository,
            "GITHUB_API_URL": self.api_url,
            "GITHUB_SERVER_URL": self.git_url.removesuffix(f"/{self.github.repository}.git"),
        }

    def files(self, branch: str) -> dict[str, str]:
        """What the branch brings beside main."""
        names = self.git("diff", "--name-only", f"main...{branch}").splitlines()
        return {name: self.git("show", f"{branch}:{name}") for name in names}

    def git(self, *argv: str) -> str:
        return run_git(self.github, *argv)

    def tip(self, branch: str) -> str:
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
def host(top: Path, *, is_http: bool = True, writer: str = WORKFLOW_TOKEN) -> Iterator[HostedRepository]:
    """``is_http``: git's server speaks HTTP and wants ``writer``; else the repository is a folder, which is quicker."""
    mirror = create_bare(top / "octo" / "app.git")
    github = Github(mirror=mirror)
    tree = run_git(github, "mktree")
    run_git(github, "update-ref", "refs/heads/main", run_git(github, "commit-tree", tree, "-m", "Start"))
    with serve(github) as api_url, serve_http(HttpServer(top, writers=(writer, WATCH_TOKEN))) as server:
        git_url = f"{server.url}/octo/app.git" if is_http else str(mirror)
        hosted = HostedRepository(github=github, api_url=api_url, git_url=git_url, top=top)
        hosted.commit("main", {"README.md": "An app.\n"})
        yield hosted
