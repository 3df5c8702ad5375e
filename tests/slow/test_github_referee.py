"""Is the stand-in like GitHub? Every exchange of a publication, against GitHub's own OpenAPI description."""

import subprocess
from dataclasses import replace

import pytest

from gate_action.sinks.opening import Publication, open_sinks
from gate_action.sinks.publishing import publish_all
from tests.fakes.github.referee import PACKAGE, Referee, read_description
from tests.fakes.github.server import serve
from tests.fakes.github.state import PERSONAL_TOKEN, WORKFLOW_TOKEN, Exchange, Github
from tests.sinks.published import EVENT, HEAD, HOSTILE, PULL, client, failing, passing

pytestmark = [pytest.mark.slow, pytest.mark.needs_node]


@pytest.fixture(scope="module")
def referee(tmp_path_factory: pytest.TempPathFactory) -> Referee:
    folder = tmp_path_factory.mktemp("npm")
    done = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True, text=True, timeout=100
    )
    return Referee(read_description(folder / done.stdout.strip()))


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
    return [exchange for exchange in github.journal if exchange.path != "/graphql"]


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
