from dataclasses import replace

import pytest

from gate_action.clients.github.client import ForbiddenError, InvalidError, ServerError
from gate_action.model.report import Report
from gate_action.sinks.check_progress import CheckProgress
from gate_action.sinks.check_run import MOST_ANNOTATIONS, CheckRunSink
from gate_action.sinks.destination import destination
from gate_action.sinks.publishing import UnpublishedError
from standins.github.state import FORK_TOKEN, PERSONAL_TOKEN, WORKFLOW_TOKEN, Fault, Github
from tests.sinks.published import EVENT, HEAD, HOSTILE, client, failing, passing, unmeasured


def _publish(url: str, report: Report, token: str = WORKFLOW_TOKEN) -> None:
    CheckRunSink(client=client(url, token), destination=destination(EVENT)).publish(report)


def test_the_check_run_is_finished_at_once_on_the_pull_requests_head(github: Github, url: str):
    _publish(url, failing())
    [check] = github.check_runs.values()
    assert (check["status"], check["conclusion"], check["head_sha"]) == ("completed", "failure", HEAD)
    assert check["name"] == "gate-action: shop"
    assert check["details_url"] == "https://github.com/octo/app/actions/runs/500"
    assert check["output"]["title"].startswith("BLOCKED: answer regressed")


def test_its_conclusion_is_the_decisions(github: Github, url: str):
    _publish(url, passing())
    [check] = github.check_runs.values()
    assert check["conclusion"] == "success"


def test_annotations_stand_on_the_fixtures_lines(github: Github, url: str):
    _publish(url, failing(regressed=2))
    [annotations] = github.annotations.values()
    assert [(note["path"], note["start_line"], note["end_line"]) for note in annotations] == [
        ("fixtures/refunds.jsonl", 1, 1),
        ("fixtures/refunds.jsonl", 2, 2),
    ]


@pytest.mark.parametrize(("regressed", "shown", "calls"), [(0, 0, 2), (50, 50, 2), (51, 51, 3), (120, 120, 4)])
def test_annotations_go_in_batches_of_fifty(github: Github, url: str, regressed: int, shown: int, calls: int):
    _publish(url, failing(regressed=regressed))
    [annotations] = github.annotations.values()
    assert len({note["start_line"] for note in annotations}) == shown
    assert len(github.journal) == calls
    assert {exchange.status for exchange in github.journal} <= {200, 201}


def test_of_very_many_annotations_the_worst_are_sent(github: Github, url: str):
    _publish(url, failing(regressed=MOST_ANNOTATIONS + 30))
    [annotations] = github.annotations.values()
    assert len(annotations) == MOST_ANNOTATIONS


def test_a_later_batch_leaves_the_report_in_place(github: Github, url: str):
    _publish(url, failing(regressed=60))
    [check] = github.check_runs.values()
    assert "topic=refunds" in check["output"]["title"]
    assert len(check["output"]["summary"]) > 500


def test_a_huge_report_fits_github_s_limit(github: Github, url: str):
    _publish(url, failing(words="many words " * 2_000, regressed=140))
    [check] = github.check_runs.values()
    assert len(check["output"]["summary"]) <= 65_535


def test_hostile_words_are_taken_as_words(github: Github, url: str):
    _publish(url, failing(words=HOSTILE))
    [check] = github.check_runs.values()
    assert "\x1b" not in check["output"]["title"]
    assert "\n" not in check["output"]["title"]
    assert "<!--" not in check["output"]["summary"]


def test_a_personal_token_sets_a_commit_status_instead_and_says_so(github: Github, url: str):
    with pytest.raises(UnpublishedError, match=r"authenticate via a GitHub App.*status instead"):
        _publish(url, failing(), PERSONAL_TOKEN)
    [status] = github.statuses
    assert (status["sha"], status["state"], status["context"]) == (HEAD, "failure", "gate-action: shop")
    assert github.check_runs == {}


def test_a_token_that_can_only_read_is_a_refusal_that_names_the_permission(github: Github, url: str):
    with pytest.raises(ForbiddenError, match="`permissions:` statuses: write"):
        _publish(url, failing(), FORK_TOKEN)
    assert github.statuses == []


def test_a_commit_that_github_does_not_know_is_not_tried_again(github: Github, url: str):
    github.commits.clear()
    with pytest.raises(InvalidError, match="No commit found"):
        _publish(url, failing())
    assert [exchange.status for exchange in github.journal] == [422]


def test_a_run_without_revisions_still_ends_the_check(github: Github, url: str):
    _publish(url, unmeasured())
    [check] = github.check_runs.values()
    assert check["conclusion"] == "failure"


def test_when_a_later_batch_fails_the_check_stands_finished(github: Github, url: str):
    github.faults.append(Fault(method="PATCH", path="/check-runs/", status=500, message="Server Error", times=2))
    with pytest.raises(ServerError, match="append annotations"):
        _publish(url, failing(regressed=60))
    [check] = github.check_runs.values()
    assert check["conclusion"] == "failure"


@pytest.mark.parametrize("is_done_first", [True, False])
def test_a_batch_whose_answer_was_lost_is_appended_exactly_once(github: Github, url: str, is_done_first: bool):
    github.faults.append(Fault(method="PATCH", path="/check-runs/", status=502, is_done_first=is_done_first))
    _publish(url, failing(regressed=120))
    [annotations] = github.annotations.values()
    assert sorted(note["start_line"] for note in annotations) == list(range(1, 121))


@pytest.mark.parametrize("is_done_first", [True, False])
def test_a_check_run_whose_answer_was_lost_is_made_exactly_once(github: Github, url: str, is_done_first: bool):
    github.faults.append(Fault(method="POST", path="/check-runs", status=502, is_done_first=is_done_first))
    _publish(url, failing(regressed=60))
    [annotations] = github.annotations.values()
    assert len(annotations) == 60


@pytest.mark.parametrize(("run_id", "attempt"), [(501, 1), (500, 2)])
def test_an_older_run_of_the_same_commit_adds_no_check_after_a_newer_one(
    github: Github, url: str, run_id: int, attempt: int
):
    newer = destination(replace(EVENT, run_id=run_id, run_attempt=attempt))
    CheckRunSink(client=client(url), destination=newer).publish(passing())
    with pytest.raises(UnpublishedError, match=f"later run, {run_id}"):
        _publish(url, failing())
    [check] = github.check_runs.values()
    assert check["conclusion"] == "success"


def test_a_check_that_a_killed_run_left_in_progress_is_finished_by_the_next_one(github: Github, url: str):
    killed = CheckProgress(
        client=client(url), destination=destination(EVENT), gate_id="shop", head_sha=HEAD, run_id="run-0"
    )
    killed.tell("10 of 900 trials")
    assert [check["status"] for check in github.check_runs.values()] == ["in_progress"]
    again = destination(replace(EVENT, run_attempt=2))
    CheckRunSink(client=client(url), destination=again).publish(failing())
    [check] = github.check_runs.values()
    assert (check["status"], check["conclusion"]) == ("completed", "failure")


def test_another_tool_s_check_of_that_name_is_left_alone(github: Github, url: str):
    other = {"id": 900, "name": "gate-action: shop", "head_sha": HEAD, "status": "in_progress", "external_id": "theirs"}
    github.check_runs[900] = {**other, "login": "other[bot]"}
    github.annotations[900] = []
    _publish(url, failing())
    assert [check["status"] for check in github.check_runs.values()] == ["in_progress", "completed"]
