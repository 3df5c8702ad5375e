from dataclasses import replace

import pytest

from gate_action.sinks.check_progress import MOST_UPDATES, CheckProgress
from gate_action.sinks.check_run import CheckRunSink
from gate_action.sinks.destination import destination
from gate_action.sinks.publishing import UnpublishedError
from standins.github.state import FORK_TOKEN, PERSONAL_TOKEN, Fault, Github
from tests.sinks.published import EVENT, HEAD, client, failing, passing

_PLACE = destination(EVENT)


def _progress(url: str, token: str = "ghs_workflow") -> CheckProgress:
    return CheckProgress(client=client(url, token), destination=_PLACE, gate_id="shop", head_sha=HEAD, run_id="run-1")


def test_a_run_that_says_nothing_opens_no_check(github: Github, url: str):
    _progress(url).abandon("nothing happened", conclusion="failure")
    assert github.journal == []


def test_a_run_is_told_of_three_times_at_the_most(github: Github, url: str):
    progress = _progress(url)
    for done in range(10):
        progress.tell(f"{done} of 10 trials")
    assert len(github.journal) == MOST_UPDATES == 3
    [check] = github.check_runs.values()
    assert (check["status"], check["output"]["title"]) == ("in_progress", "2 of 10 trials")


def test_the_report_finishes_the_check_that_showed_the_progress(github: Github, url: str):
    progress = _progress(url)
    progress.tell("1 of 10 trials")
    github.lag = 1  # the listing does not show it yet
    CheckRunSink(client=client(url), destination=_PLACE, opened=progress.opened).publish(failing(regressed=60))
    progress.abandon("a defect", conclusion="failure")
    progress.tell("late")
    [check] = github.check_runs.values()
    assert (check["status"], check["conclusion"]) == ("completed", "failure")
    assert check["output"]["title"].startswith("BLOCKED")
    assert len(github.annotations[check["id"]]) == 60


def test_a_check_of_which_no_report_was_published_is_ended(github: Github, url: str):
    progress = _progress(url)
    progress.tell("1 of 10 trials")
    progress.abandon("gate-action itself failed", conclusion="failure")
    [check] = github.check_runs.values()
    assert (check["status"], check["conclusion"]) == ("completed", "failure")


def test_the_check_of_a_run_that_a_later_one_overtook_is_left_to_the_later_one(github: Github, url: str):
    progress = _progress(url)
    progress.tell("1 of 10 trials")
    later = destination(replace(EVENT, run_attempt=2))
    CheckRunSink(client=client(url), destination=later).publish(passing())
    with pytest.raises(UnpublishedError, match="later run"):
        CheckRunSink(client=client(url), destination=_PLACE, opened=progress.opened).publish(failing())
    [check] = github.check_runs.values()
    assert check["conclusion"] == "success"


@pytest.mark.parametrize("token", [FORK_TOKEN, PERSONAL_TOKEN])
def test_a_token_that_may_not_is_asked_once(github: Github, url: str, token: str):
    progress = _progress(url, token)
    for done in range(5):
        progress.tell(f"{done} of 5 trials")
    assert [exchange.status for exchange in github.journal] == [403]


def test_trouble_on_the_way_is_no_trouble_of_the_run(github: Github, url: str):
    github.faults.append(Fault(method="PATCH", path="/check-runs/", status=500, times=9))
    progress = _progress(url)
    for done in range(5):
        progress.tell(f"{done} of 5 trials")
    [check] = github.check_runs.values()
    assert check["output"]["title"] == "0 of 5 trials"
