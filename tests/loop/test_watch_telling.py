"""What a watch tells on GitHub, through the real client against the stand-in."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gate_action.clients.github.api import Patience, PyGithubClient
from gate_action.clients.github.watch import GithubWatch
from gate_action.loop.watch_telling import Teller
from gate_action.model.watch import (
    Complaint,
    WatchEntry,
    WatchEvent,
    WatchPin,
    WatchReading,
    WatchReason,
    WatchVerdict,
    WindowRate,
)
from standins.github.server import serve
from standins.github.state import BOT, FORK_TOKEN, WATCH_TOKEN, Fault, Github
from tests.loop.watching.production import DEPLOYED

HEAD, MERGED = "a" * 40, "c" * 40


@pytest.fixture
def github() -> Github:
    state = Github()
    state.open_pull(7, HEAD)
    state.merge_pull(7, MERGED, "Fixes-cluster: c-1")
    return state


@pytest.fixture
def teller(github: Github) -> Iterator[Teller]:
    with serve(github) as url:
        yield open_teller(url)


def open_teller(url: str, token: str = WATCH_TOKEN) -> Teller:
    patience = Patience(sleep=lambda _: None)
    client = PyGithubClient(repository="octo/app", token=token, api_url=url, patience=patience)
    return Teller(client=GithubWatch(client), label="gate-watch", run_url="https://github.com/octo/app/actions/runs/1")


def reading(verdict: WatchVerdict, **more: object) -> WatchReading:
    entry = WatchEntry(
        watch_id="0" * 16,
        cluster_id="c-1",
        commit=MERGED,
        pull_request=7,
        reason=WatchReason.SAID,
        registered_at=DEPLOYED,
        deployed_at=DEPLOYED,
        target_share=0.5,
        days=28,
    )
    pin = WatchPin(
        app="",
        mode="over_refusal",
        classifier_digest="d",
        before_since=DEPLOYED - timedelta(days=7),
        before_until=DEPLOYED,
        before_turns=3000,
        before_rate=0.1,
        scored_strata=("complaint", "silent"),
        cluster_share=1.0,
        delay_h=1,
    )
    windows = tuple(WindowRate(hours=hours, rate=0.1, turns=9, before_rate=0.1, before_turns=9) for hours in (24, 168))
    made = WatchReading(
        entry=entry,
        pin=pin,
        at=DEPLOYED + timedelta(days=3),
        until=DEPLOYED + timedelta(days=3),
        verdict=verdict,
        since=DEPLOYED + timedelta(days=2),
        has_returned=False,
        turns_missing=0,
        sentence=f"the fix is {verdict}",
        target=0.05,
        after_rate=0.1,
        before_rate=0.1,
        after_turns=900,
        before_turns=900,
        units=900,
        missing_before=0.0,
        missing_after=0.0,
        windows=windows,
        shift=None,
        curve=(),
        history=(),
        fixed=(),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_fix_that_did_not_hold_opens_one_issue_tells_the_pull_request_and_fails_the_deployment(
    github: Github, teller: Teller
):
    deployed = github.add_deployment(MERGED)
    assert teller.tell(reading(WatchVerdict.NOT_HELD), is_new=True) == ()
    ((_, issue),) = github.issues.items()
    assert (issue.state, issue.author, issue.labels) == ("open", BOT, ["gate-watch"])
    assert issue.title == "Watch: over_refusal c-1 is not held"
    assert "The fix is not&#95;held." in issue.body
    (comment,) = github.comments.values()
    assert comment["number"] == 7
    (status,) = github.deployments[deployed].statuses
    assert (status["state"], status["auto_inactive"]) == ("failure", False)


def test_looking_again_writes_nothing(github: Github, teller: Teller):
    github.add_deployment(MERGED)
    teller.tell(reading(WatchVerdict.NOT_HELD), is_new=True)
    written = [call for call in github.calls() if not call.startswith("GET") and "graphql" not in call]
    teller.tell(reading(WatchVerdict.NOT_HELD), is_new=False)
    assert [call for call in github.calls() if not call.startswith("GET") and "graphql" not in call] == written


def test_the_issue_follows_the_cluster_closed_when_a_fix_held_and_reopened_with_its_history(
    github: Github, teller: Teller
):
    teller.tell(reading(WatchVerdict.NOT_HELD), is_new=True)
    ((number, issue),) = github.issues.items()
    fixed = (Complaint(feedback_id="f1", join_key="msg-1", conversation_id="", turn_id="t1"),)
    teller.tell(reading(WatchVerdict.HELD, fixed=fixed), is_new=True)
    assert issue.state == "closed"
    assert "One complaint of this failure was made before the fix" in issue.body
    assert "msg-1" not in issue.body  # whose it is stays out of pages that others may read
    event = WatchEvent(at=DEPLOYED, verdict=WatchVerdict.HELD, sentence="the fix held for a while")
    teller.tell(reading(WatchVerdict.REGRESSED, has_returned=True, history=(event,)), is_new=True)
    assert list(github.issues) == [number]
    assert issue.state == "open"
    assert "the fix held for a while" in issue.body


def test_a_fix_that_held_opens_no_issue_and_marks_only_the_newest_deployment(github: Github, teller: Teller):
    old = github.add_deployment(MERGED)
    new = github.add_deployment(MERGED)
    assert teller.tell(reading(WatchVerdict.HELD), is_new=True) == ()
    assert github.issues == {}
    assert github.deployments[old].statuses == []
    assert [status["state"] for status in github.deployments[new].statuses] == ["success"]


def test_undecided_is_told_once_on_the_pull_request_only_when_it_is_news(github: Github, teller: Teller):
    teller.tell(reading(WatchVerdict.UNDECIDED), is_new=False)
    assert (github.issues, github.comments) == ({}, {})


def test_a_marker_that_somebody_else_copied_is_left_alone(github: Github, teller: Teller):
    teller.tell(reading(WatchVerdict.NOT_HELD), is_new=True)
    ((number, mine),) = github.issues.items()
    github.issues[number + 1] = replace(mine, author="mallory")
    body = mine.body
    mine.state = "closed"
    del github.issues[number]
    teller.tell(reading(WatchVerdict.NOT_HELD), is_new=True)
    assert github.issues[number + 1].body == body
    assert len([issue for issue in github.issues.values() if issue.author == BOT]) == 1


def test_names_from_production_can_neither_end_the_marker_nor_mark_up_the_page(github: Github, teller: Teller):
    evil = reading(WatchVerdict.NOT_HELD)
    entry = replace(evil.entry, cluster_id="x --> <img src=x> @octo/team")
    teller.tell(replace(evil, entry=entry, pin=replace(evil.pin, mode="<script>|@octo/team")), is_new=True)
    (issue,) = github.issues.values()
    first, _, rest = issue.body.partition("\n")
    assert first.count("-->") == 1
    assert "<script>" not in rest
    assert "@octo/team" not in re.sub(r"`[^`\n]+`", "", rest)  # GitHub mentions nobody in a code span


def test_what_github_refuses_is_a_warning_each_and_stops_nothing(github: Github):
    github.add_deployment(MERGED)
    with serve(github) as url:
        warnings = open_teller(url, FORK_TOKEN).tell(reading(WatchVerdict.NOT_HELD), is_new=True)
    assert len(warnings) == 3
    assert all("c-1" in warning for warning in warnings)


def test_a_server_that_fails_once_is_asked_again(github: Github, teller: Teller):
    github.faults.append(Fault(method="GET", path="/issues", status=502))
    assert teller.tell(reading(WatchVerdict.NOT_HELD), is_new=True) == ()
    assert len(github.issues) == 1


def test_an_issue_that_a_person_closed_stays_closed_until_there_is_news(github: Github, teller: Teller):
    teller.tell(reading(WatchVerdict.NOT_HELD), is_new=True)
    ((_, issue),) = github.issues.items()
    issue.state = "closed"
    teller.tell(reading(WatchVerdict.NOT_HELD, after_turns=1000), is_new=False)
    assert issue.state == "closed"
    teller.tell(reading(WatchVerdict.REGRESSED), is_new=True)
    assert issue.state == "open"
