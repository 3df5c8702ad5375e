"""What GitHub tells of people, through the real client against the stand-in."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gate_action.clients.github.api import PyGithubClient
from gate_action.clients.github.client import ForbiddenError, UnauthorizedError
from gate_action.clients.github.people import GithubPeople
from gate_action.model.people import Account, PullFacts
from standins.github.server import serve
from standins.github.state import FORK_TOKEN, WORKFLOW_TOKEN, Github, Token

HEAD, NEXT = "a" * 40, "c" * 40


@pytest.fixture
def github() -> Github:
    state = Github(collaborators={"alice": "maintain", "bob": "triage"})
    state.open_pull(7, HEAD, author="mallory")
    return state


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


def people(url: str, token: str = WORKFLOW_TOKEN) -> GithubPeople:
    return GithubPeople(PyGithubClient(repository="octo/app", token=token, api_url=url))


def test_a_forks_token_reads_the_pull_request_its_labels_and_its_author(github: Github, url: str):
    github.add_label(7, "gate-approved", "alice")
    assert people(url, FORK_TOKEN).fetch_pull(7) == PullFacts(
        number=7,
        author=Account(login="mallory"),
        head_sha=HEAD,
        head_ref="change",
        head_repository="octo/app",
        labels=("gate-approved",),
    )


def test_every_page_of_reviews_and_events_is_read_in_order(github: Github, url: str):
    for number in range(120):
        github.add_review(7, f"reader{number}", "COMMENTED", HEAD)
    github.add_review(7, "", "APPROVED", HEAD)
    github.add_review(7, "app[bot]", "APPROVED", HEAD)
    github.add_label(7, "x", "alice")
    github.tell_event(7, "base_ref_changed", "", "bob")
    reviews = people(url).fetch_reviews(7)
    assert len(reviews) == 122
    assert [review.by for review in reviews[-2:]] == [Account(login=""), Account(login="app[bot]", is_bot=True)]
    events = people(url).fetch_events(7)
    assert [(event.kind, event.by.login, event.label) for event in events] == [
        ("labeled", "alice", "x"),
        ("base_ref_changed", "bob", ""),
    ]
    assert events[0].at < events[1].at


def test_when_the_head_was_pushed_is_told_by_the_branchs_last_activity_alone(github: Github, url: str):
    asked = people(url)
    first = asked.fetch_pushed_at(asked.fetch_pull(7))
    github.push(7, NEXT)
    second = asked.fetch_pushed_at(asked.fetch_pull(7))
    assert first is not None
    assert second is not None
    assert datetime(2026, 1, 1, tzinfo=UTC) < first < second
    stale = PullFacts(number=7, author=Account(login="m"), head_sha=HEAD, head_ref="change", head_repository="octo/app")
    assert asked.fetch_pushed_at(stale) is None


@pytest.mark.parametrize("repository", ["", "mallory/gone"])
def test_of_a_fork_that_is_gone_nobody_tells_when_it_was_pushed(url: str, repository: str):
    pull = PullFacts(number=7, author=Account(login="m"), head_sha=HEAD, head_ref="x", head_repository=repository)
    assert people(url).fetch_pushed_at(pull) is None


def test_what_people_may_do_is_told_by_role(url: str):
    asked = people(url)
    assert [asked.fetch_permission(login) for login in ("alice", "bob", "stranger", "app[bot]")] == [
        "maintain",
        "triage",
        "read",
        "read",
    ]


def test_a_refusal_is_githubs_own(github: Github, url: str):
    github.tokens["weak"] = Token(login="x", permissions={})
    with pytest.raises(ForbiddenError):
        people(url, "weak").fetch_reviews(7)
    with pytest.raises(UnauthorizedError):
        people(url, "unknown").fetch_pull(7)
