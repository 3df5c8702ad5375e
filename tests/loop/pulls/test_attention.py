import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gate_action.clients.github.api import Patience, PyGithubClient
from gate_action.clients.github.pulls import GithubPulls, PullPage
from gate_action.loop.pulls.attention import find_attention, measure_attention
from gate_action.loop.pulls.page import write_closed
from gate_action.model.people import Act
from standins.github.server import serve
from standins.github.state import WORKFLOW_TOKEN, Fault, Github

BRANCH = "gate-action/loop"
PAGE = PullPage(
    number=7, url="", title="", body="", base="main", head_sha="", is_open=False, is_merged=True,
    opened_at="2026-11-02T09:00:00Z", closed_at="2026-11-02T12:00:00Z",
)  # fmt: skip


def act(time: str, login: str = "ann") -> Act:
    return Act(login, datetime.fromisoformat(f"2026-11-02T{time}").replace(tzinfo=UTC))


def test_near_acts_of_one_person_are_time_that_was_surely_given():
    told = measure_attention(PAGE, [act("10:04:30"), act("10:00:00"), act("10:08:00"), act("11:30:00")])
    assert told.seconds == 8 * 60
    assert told.first_act_at == datetime(2026, 11, 2, 10)  # noqa: DTZ001  # the tables' times are UTC, without a zone


def test_a_single_act_tells_when_and_not_how_long():
    told = measure_attention(PAGE, [act("11:59:00")])
    assert (told.seconds, told.first_act_at is None) == (None, False)


def test_acts_of_two_people_are_no_sitting_and_those_of_both_add_up():
    assert measure_attention(PAGE, [act("10:00:00"), act("10:01:00", "bob")]).seconds is None
    both = [act("10:00:00"), act("10:03:00"), act("10:00:00", "bob"), act("10:01:00", "bob")]
    assert measure_attention(PAGE, both).seconds == 4 * 60


def test_what_came_before_the_opening_or_after_the_end_is_no_matter():
    told = measure_attention(PAGE, [act("08:59:00"), act("08:59:30"), act("12:00:30"), act("12:01:00")])
    assert (told.seconds, told.first_act_at) == (None, None)


@pytest.fixture
def github() -> Iterator[tuple[Github, GithubPulls]]:
    github = Github()
    github.open_pull(1, "a" * 40, head_ref=BRANCH, opened_at="2026-11-02T09:00:00Z", closed_at="2026-11-02T12:00:00Z")
    with serve(github) as api_url:
        patience = Patience(sleep=lambda _: None, jitter=lambda: 0.0)
        client = PyGithubClient(repository="octo/app", token=WORKFLOW_TOKEN, api_url=api_url, patience=patience)
        yield github, GithubPulls(client)


def test_reviews_comments_line_by_line_and_the_end_are_read_from_github_and_bots_are_not(github):
    held, pulls = github
    held.add_review_comment(1, "ann", "2026-11-02T10:00:00Z")
    held.add_review_comment(1, "ann", "2026-11-02T10:02:00Z")
    held.add_review(1, "ann", "APPROVED", "a" * 40, "2026-11-02T10:05:00Z")
    held.add_comment(1, "helper[bot]", "checks are green", "2026-11-02T09:00:01Z")
    held.add_comment(1, "helper[bot]", "checks are green", "2026-11-02T09:00:31Z")
    held.tell_event(1, "merged", "", "ann", "2026-11-02T10:06:00Z")
    held.merge_pull(1, "b" * 40)
    [told] = find_attention(pulls, BRANCH, ())
    assert (told.number, told.is_merged, told.seconds) == (1, True, 6 * 60)
    assert find_attention(pulls, BRANCH, {1}) == ()


def test_open_ones_and_those_that_closed_themselves_are_left_out(github):
    held, pulls = github
    assert find_attention(pulls, BRANCH, ()) == ()
    held.pulls[1] = replace(held.pulls[1], state="closed", body=write_closed("", "loop"))
    assert find_attention(pulls, BRANCH, ()) == ()


def test_what_github_refuses_to_tell_is_logged_and_left_for_the_next_time(github, caplog):
    held, pulls = github
    held.merge_pull(1, "b" * 40)
    held.faults = [Fault(method="GET", path="/pulls/1/comments", status=404, message="Not Found")]
    with caplog.at_level(logging.WARNING):
        assert find_attention(pulls, BRANCH, ()) == ()
    assert "not counted this time" in caplog.text
    held.faults = []
    [told] = find_attention(pulls, BRANCH, ())
    assert (told.seconds, told.first_act_at) == (None, None)
