"""However a run ends, its check run is finished and agrees with the exit code: nothing stays in progress."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from gate_action.model.score import Scored
from gate_action.model.trial import Trial
from gate_action.wiring.options import RunOptions
from gate_action.wiring.run import run_gate
from tests.fakes.github.server import serve
from tests.fakes.github.state import WORKFLOW_TOKEN, Fault, Github
from tests.repositories import Repository

_GATE = """
schema_version: 1
id: echo
fixtures: [all.jsonl]
target: {kind: recorded, options: {base: told.jsonl, head: told.jsonl}}
metrics: {answer: {evaluator: exact_match}}
policy: {trials: 1}
"""
_PULL = 7


class _Watcher:
    """Does something at the first trial."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    def asked(self, requests: int) -> None:
        pass

    def finished(self, trial: Trial, scores: Sequence[Scored]) -> None:
        self._act()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    names = [f"f{number}" for number in range(80)]
    rows = "".join(f'{{"id": "{name}", "input": "x", "expected": "x"}}\n' for name in names)
    told = "".join(f'{{"fixture_id": "{name}", "output": "x"}}\n' for name in names)
    made.commit({"gate.yaml": _GATE, "all.jsonl": rows, "told.jsonl": told})
    made.commit({"README.md": "words"})
    return made


@pytest.fixture
def github(repository: Repository) -> Github:
    state = Github()
    state.open_pull(_PULL, repository.git("rev-parse", "HEAD"))
    return state


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


def _run(
    repository: Repository,
    url: str,
    *,
    act: Callable[[], None] = lambda: None,
    moments_s: Sequence[float] = (0.0,),
) -> int:
    """A run of a pull request whose check run shows progress from the first trial on."""
    side = {"sha": repository.git("rev-parse", "HEAD"), "ref": "change", "repo": {"full_name": "octo/app"}}
    event = {"pull_request": {"number": _PULL, "head": side, "base": {**side, "ref": "main"}}}
    event_file = repository.folder.parent / "event.json"
    event_file.write_text(json.dumps(event), encoding="utf-8")
    environ = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event_file),
        "GITHUB_REPOSITORY": "octo/app",
        "GITHUB_TOKEN": WORKFLOW_TOKEN,
        "GITHUB_API_URL": url,
        "GITHUB_RUN_ID": "500",
        "GITHUB_RUN_ATTEMPT": "1",
        "RUNNER_TEMP": str(repository.folder.parent),
    }

    @contextmanager
    def open_watcher() -> Iterator[_Watcher]:
        yield _Watcher(act)

    options = RunOptions(repository=repository.folder, out=repository.folder.parent / "out", publish=True)
    return run_gate(options, environ, open_watcher, moments_s=moments_s)


def _ending(github: Github) -> tuple[str, str | None]:
    [check] = github.check_runs.values()
    return check["status"], check.get("conclusion")


def test_a_verdict_finishes_the_check_that_showed_progress(repository: Repository, github: Github, url: str):
    assert _run(repository, url) == 0
    assert _ending(github) == ("completed", "success")
    sent = [exchange.body["status"] for exchange in github.journal if "check-runs" in exchange.path and exchange.body]
    assert sent == ["in_progress", "completed"]


def test_a_short_run_shows_no_progress_and_posts_its_check_once(repository: Repository, github: Github, url: str):
    assert _run(repository, url, moments_s=(60.0,)) == 0
    sent = [exchange.body["status"] for exchange in github.journal if "check-runs" in exchange.path and exchange.body]
    assert sent == ["completed"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_as_cancelled(repository: Repository, github: Github, url: str, number: int):
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert _run(repository, url, act=lambda: os.kill(os.getpid(), number)) == 130
    finally:
        for each, how in before.items():
            signal.signal(each, how)
    assert _ending(github) == ("completed", "cancelled")
    assert "NOT EVALUATED" in next(iter(github.comments.values()))["body"]


def test_a_defect_of_ours_is_told_as_one_and_no_verdict(repository: Repository, github: Github, url: str):
    def act() -> None:
        raise RuntimeError("a pipe of ours broke")

    with pytest.raises(ExceptionGroup) as caught:
        _run(repository, url, act=act)
    assert caught.group_contains(RuntimeError, match="a pipe of ours broke")
    assert _ending(github) == ("completed", "failure")
    report = json.loads((repository.folder.parent / "out" / "report.json").read_text(encoding="utf-8"))
    assert (report["decision"]["verdict"], report["decision"]["reasons"][0]["kind"]) == ("not_evaluated", "defect")
    assert "RuntimeError: a pipe of ours broke" in report["decision"]["reasons"][0]["sentence"]


def test_a_config_that_cannot_be_used_is_a_finished_check_too(repository: Repository, github: Github, url: str):
    github.open_pull(_PULL, repository.commit({"gate.yaml": "schema_version: 1\nfixture: []\n"}))
    assert _run(repository, url) == 2
    assert _ending(github) == ("completed", "failure")


def test_a_check_that_no_report_could_finish_is_ended_all_the_same(
    repository: Repository, github: Github, url: str, capsys: pytest.CaptureFixture[str]
):
    # The report's own update is refused for good; the last word is short, and gets through.
    github.faults.append(Fault(method="PATCH", path="/check-runs/", status=422, message="Invalid request."))
    assert _run(repository, url) == 0
    assert _ending(github) == ("completed", "failure")
    assert "warning: check run: GitHub would not update the check run: 422" in capsys.readouterr().err


def test_a_signal_while_github_is_waited_for_ends_the_waiting_and_not_the_verdict(
    repository: Repository, github: Github, url: str, capsys: pytest.CaptureFixture[str]
):
    headers = {"retry-after": "100"}
    github.faults.append(Fault(method="GET", path="/pulls/", status=429, headers=headers, times=9))

    def interrupt() -> None:
        while not any(exchange.status == 429 for exchange in github.journal):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    waiting = threading.Thread(target=interrupt, daemon=True)
    waiting.start()
    assert _run(repository, url) == 0
    waiting.join(5)
    assert _ending(github) == ("completed", "success")
    assert "comment: GitHub would not show the pull request: 429" in capsys.readouterr().err
