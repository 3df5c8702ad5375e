"""A pull request on a repository of the test's own, GitHub's stand-in beside it, and `gate-action run` as its job."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from standins.github.state import WORKFLOW_TOKEN, Github
from tests.cli.running import GOOD, Ran, rows, run
from tests.repositories import Repository

NUMBER = 7
WORKFLOW = ".github/workflows/gate.yml"
GATE = """
schema_version: 1
id: shout
fixtures: [fixtures]
target: {kind: command, options: {run: [python3, app.py]}}
metrics:
  answer: {evaluator: exact_match}
  loud: {evaluator: python, options: {function: "checks.loud:is_loud"}, role: secondary}
policy: {trials: 2, margin: 0.2}
limits: {concurrency: 4, trial_timeout_s: 10}
"""
FILES = {
    "gate.yaml": GATE,
    "fixtures/all.jsonl": rows(20, refunds=6),
    "app.py": GOOD,
    "checks/__init__.py": "",
    "checks/loud.py": "from checks.words import shouts\n\n\ndef is_loud(output):\n    return shouts(output)\n",
    "checks/words.py": "def shouts(text):\n    return text == text.upper()\n",
    WORKFLOW: "on: pull_request\njobs: {gate: {steps: [{uses: octo/gate-action@v1}]}}\n",
}


def edited_rows(ids: Mapping[str, str], count: int = 20) -> str:
    """The fixtures, those of ``ids`` expecting another answer."""
    told = [json.loads(line) for line in rows(count, refunds=6).splitlines()]
    return "".join(json.dumps({**row, "expected": ids.get(row["id"], row["expected"])}) + "\n" for row in told)


@dataclass(kw_only=True)
class PullRequest:
    """One pull request by ``mallory``, who may write; ``alice`` maintains."""

    repository: Repository
    github: Github
    url: str
    base: str
    head: str = ""
    as_process: bool = False
    """Is its job's gate a process of its own?"""
    event: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, github: Github, url: str, files: Mapping[str, str] | None = None) -> "PullRequest":
        made = Repository.create(folder / "repository")
        base = made.commit(files or FILES)
        made.git("checkout", "--quiet", "-b", "change")
        github.collaborators |= {"alice": "maintain", "mallory": "write", "rita": "read"}
        return cls(repository=made, github=github, url=url, base=base)

    def push(self, files: Mapping[str, str | None]) -> str:
        """A commit on the pull request's branch."""
        self.head = self.repository.commit(files)
        if NUMBER in self.github.pulls:
            self.github.push(NUMBER, self.head)
        else:
            self.github.open_pull(NUMBER, self.head, author="mallory")
        return self.head

    def approve(self, login: str = "alice", commit: str = "") -> None:
        self.github.add_review(NUMBER, login, "APPROVED", commit or self.head)

    def label(self, login: str = "alice", name: str = "gate-approved") -> None:
        self.github.add_label(NUMBER, name, login)

    def run(self, *options: str, fork: str = "", **environ: str) -> Ran:
        """The job of the pull request's event."""
        home = {"full_name": self.github.repository, "default_branch": "main"}
        head = {"sha": self.head, "ref": "change", "repo": {"full_name": fork or self.github.repository}}
        pull = {"number": NUMBER, "head": head, "base": {"sha": self.base, "ref": "main", "repo": home}}
        return self.run_event("pull_request", {"pull_request": pull, "repository": home}, *options, **environ)

    def run_event(self, name: str, payload: dict[str, Any], *options: str, **environ: str) -> Ran:
        place = self.repository.folder.parent
        (place / "event.json").write_text(json.dumps(payload), encoding="utf-8")
        told = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(place / "event.json"),
            "GITHUB_REPOSITORY": self.github.repository,
            "GITHUB_SHA": self.head,
            "GITHUB_API_URL": self.url,
            "GITHUB_TOKEN": WORKFLOW_TOKEN,
            "GITHUB_WORKFLOW_REF": f"{self.github.repository}/{WORKFLOW}@refs/pull/{NUMBER}/merge",
        }
        runs = len(list(place.glob("run*")))
        folder = ("--run-folder", str(place / f"run{runs}"))
        options = ("--base", self.base, "--head", self.head, *folder, *options)
        ran = run(self.repository, *options, env={**told, **environ}, as_process=self.as_process)
        return Ran(ran.code, ran.stdout, ran.stderr, ran.out, place / f"run{runs}")


def gate_of(ran: Ran) -> dict[str, Any]:
    """What the report says of the change's own gate."""
    told: dict[str, Any] = ran.report["integrity"]
    return told


def needing_approval(ran: Ran) -> list[str]:
    changes = gate_of(ran)["changes"]
    return [f"{one['subject']} {one['what']}" for one in changes if one["effect"] in ("loosens", "unclear")]
