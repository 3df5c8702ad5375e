"""Runs of the gate as a workflow makes them, in this process, against the stand-in for GitHub."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from gate_action.model.score import Scored
from gate_action.model.trial import Trial
from gate_action.wiring.options import RunOptions
from gate_action.wiring.run import run_gate
from standins.github.state import WORKFLOW_TOKEN
from tests.engine.rig import RememberingWatcher
from tests.repositories import Repository

GATE = """
schema_version: 1
id: echo
fixtures: [all.jsonl]
target: {kind: recorded, options: {base: told.jsonl, head: told.jsonl}}
metrics: {answer: {evaluator: exact_match}}
policy: {trials: 1}
"""
PULL = 7


class Watching(RememberingWatcher):
    """Does something at each trial."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self._act = act

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None:
        self._act()


def make_repository(place: Repository, *, gate: str = GATE, fixtures: int = 80) -> Repository:
    """Two commits: the gate, and a change that breaks nothing."""
    names = [f"f{number}" for number in range(fixtures)]
    rows = "".join(f'{{"id": "{name}", "input": "x", "expected": "x"}}\n' for name in names)
    told = "".join(f'{{"fixture_id": "{name}", "output": "x"}}\n' for name in names)
    place.commit({"gate.yaml": gate, "all.jsonl": rows, "told.jsonl": told})
    place.commit({"README.md": "words"})
    return place


@dataclass(frozen=True, kw_only=True)
class OnGithub:
    """A job of a pull request's workflow."""

    repository: Repository
    url: str
    event: str = "pull_request"
    head_repository: str = "octo/app"
    token: str = WORKFLOW_TOKEN
    act: Callable[[], None] = lambda: None
    moments_s: Sequence[float] = (0.0,)
    """When the check run shows progress: at once, unless a test says otherwise."""
    options: RunOptions = field(default_factory=RunOptions)
    environ: dict[str, str] = field(default_factory=dict)

    def run(self) -> int:
        """The exit code."""
        folder = self.repository.folder.parent
        side = {"sha": self.repository.git("rev-parse", "HEAD"), "ref": "change"}
        head = {**side, "repo": {"full_name": self.head_repository}}
        pull = {"number": PULL, "head": head, "base": {**side, "ref": "main"}}
        (folder / "event.json").write_text(json.dumps({"pull_request": pull}), encoding="utf-8")
        environ = {
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_TOKEN": self.token,
            "GITHUB_API_URL": self.url,
            "GITHUB_RUN_ID": "500",
            "GITHUB_RUN_ATTEMPT": "1",
            "RUNNER_TEMP": str(folder),
            **self.environ,
        }
        options = replace(self.options, repository=self.repository.folder, out=folder / "out", publish=True)
        return run_gate(options, environ, self._open_watcher, moments_s=self.moments_s)

    @contextmanager
    def _open_watcher(self) -> Iterator[Watching]:
        yield Watching(self.act)
