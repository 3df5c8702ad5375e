"""Is the stand-in like GitHub? Every exchange of a publication, against GitHub's own OpenAPI description."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gate_action.sinks.opening import Publication, open_sinks
from gate_action.sinks.publishing import publish_all
from standins.github.describe import describe_in_cache
from standins.github.referee import DESCRIPTION, Referee
from standins.github.server import serve
from standins.github.state import PERSONAL_TOKEN, WORKFLOW_TOKEN, Exchange, Github
from tests.sinks.published import EVENT, HEAD, HOSTILE, PULL, client, failing, passing

pytestmark = [pytest.mark.slow, pytest.mark.needs_node]


_TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def description() -> Path:
    return describe_in_cache()


@pytest.fixture(scope="module")
def referee(description: Path) -> Referee:
    return Referee(json.loads(description.read_text(encoding="utf-8")))


@pytest.mark.timeout(900)
def test_every_exchange_of_every_unit_test_is_as_github_describes_it(description: Path):
    talking = {str(path.relative_to(_TOP)) for path in (_TOP / "tests").rglob("test_*.py") if _talks(path)}
    assert talking
    argv = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-n", "auto", *sorted(talking)]
    environ = {**os.environ, DESCRIPTION: str(description)}
    done = subprocess.run(argv, cwd=_TOP, env=environ, capture_output=True, text=True, timeout=850, check=False)
    assert done.returncode == 0, done.stdout[-9_000:]
    assert "passed" in done.stdout
    assert "GitHub's own description" not in done.stdout, "the referee was not there"


def _talks(path: Path) -> bool:
    """Does the file, or what its folder shares, ask for the stand-in?"""
    shared = path.parent / "conftest.py"
    texts = [file.read_text(encoding="utf-8") for file in (path, shared) if file.exists()]
    return path.parent.name != "slow" and any(
        name in text for text in texts for name in ("standins.github", "loop.pulls.rig")
    )


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange]:
    """Two runs of one pull request, one with hostile words and many remarks; one with a personal token; a deletion."""
    github = Github()
    github.open_pull(PULL, HEAD)
    for number in range(101):
        github.add_comment(PULL, "reader" if number else "", f"remark {number}")
    publication = Publication(out=tmp_path_factory.mktemp("out"), is_wanted=True)
    with serve(github) as url:
        for token, report in (
            (WORKFLOW_TOKEN, failing(words=HOSTILE, regressed=60)),
            (WORKFLOW_TOKEN, passing()),
            (PERSONAL_TOKEN, failing()),
        ):
            publish_all(open_sinks({}, EVENT, publication, client(url, token)), report)
        client(url).delete_comment(max(github.comments))
    return github.journal


def test_every_request_and_answer_is_as_github_describes_it(referee: Referee, exchanges: list[Exchange]):
    assert {exchange.method for exchange in exchanges} == {"GET", "POST", "PATCH", "DELETE"}
    assert [fault for exchange in exchanges if (fault := referee.fault(exchange))] == []


@pytest.mark.parametrize(
    "body",
    [
        {"head_sha": HEAD},
        {"name": "gate", "head_sha": HEAD, "status": "completed", "conclusion": "great"},
        {"name": "gate", "head_sha": HEAD, "output": {"title": "t"}},
        {"name": "gate", "head_sha": HEAD, "output": {"title": "t", "summary": "s", "annotations": [{}]}},
    ],
)
def test_the_referee_sees_a_wrong_request(referee: Referee, exchanges: list[Exchange], body: dict[str, object]):
    created = next(each for each in exchanges if each.path.endswith("/check-runs") and each.status == 201)
    assert referee.fault(created) == ""
    assert referee.fault(replace(created, body=body)) != ""


def test_the_referee_sees_a_wrong_answer(referee: Referee, exchanges: list[Exchange]):
    created = next(each for each in exchanges if each.path.endswith("/comments") and each.method == "POST")
    answer = {name: value for name, value in created.answer.items() if name != "user"}
    assert referee.fault(replace(created, answer=answer)) != ""
