"""However a run ends, its check run is finished and agrees with the exit code: nothing stays in progress."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from standins.github.server import serve
from standins.github.state import Fault, Github
from tests.repositories import Repository
from tests.signals import kept_handlers
from tests.wiring.on_github import PULL, OnGithub, make_repository

pytestmark = pytest.mark.slow


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(Repository.create(tmp_path / "repository"))


@pytest.fixture
def github(repository: Repository) -> Github:
    state = Github()
    state.open_pull(PULL, repository.git("rev-parse", "HEAD"))
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
    return OnGithub(repository=repository, url=url, act=act, moments_s=moments_s).run()


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_as_cancelled(repository: Repository, github: Github, url: str, number: int):
    with kept_handlers():
        assert _run(repository, url, act=lambda: os.kill(os.getpid(), number)) == 130
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
    github.open_pull(PULL, repository.commit({"gate.yaml": "schema_version: 1\nfixture: []\n"}))
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
    with kept_handlers():
        waiting.start()
        assert _run(repository, url) == 0
    waiting.join(5)
    assert _ending(github) == ("completed", "success")
    assert "comment: GitHub would not show the pull request: 429" in capsys.readouterr().err
