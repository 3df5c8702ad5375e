"""What somebody with write access approves at exactly that commit decides; nobody else, and nothing else, does."""

from pathlib import Path

import pytest

from standins.github.server import serve
from standins.github.state import Github
from tests.cli.gate_changes import NEW_WORDS, POLITE, QUIET, blocked, both_readings
from tests.cli.pull_requests import FILES, GATE, NUMBER, PullRequest, edited_rows, gate_of
from tests.cli.running import GOOD, Ran


@pytest.mark.slow
def test_the_intended_change_is_blocked_until_it_is_approved_and_then_its_fixtures_decide(pull: PullRequest):
    pull.push({"app.py": POLITE, "fixtures/all.jsonl": NEW_WORDS})
    first = pull.run()
    blocked(first, "f0 edited")
    assert gate_of(first)["readings"]["verdict"] == "pass", gate_of(first)["readings"]
    assert both_readings(first) == [("f0", "2/2 → 0/2", "0/2 → 2/2")]
    pull.approve()
    ran = pull.run()
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stdout + ran.stderr
    assert gate_of(ran)["readings"]["is_head_deciding"]
    ((name, by_base, by_head),) = both_readings(ran)
    assert name == "f0"
    assert " → 0/" in by_base
    assert by_head.startswith("0/")
    (approval,) = gate_of(ran)["approvals"]
    assert (approval["who"], approval["way"], approval["commit"]) == ("alice", "an approving review", pull.head)
    (change,) = ran.report["decision"]["changes"]
    assert (change["fixture_id"], change["is_new"], change["note"]) == ("f0", True, "fixed")


@pytest.mark.slow
def test_the_rest_of_the_suite_still_gates_an_approved_change(pull: PullRequest):
    broken = POLITE.replace("else text.upper()", "else text if 'refund' in text else text.upper()")
    pull.push({"app.py": broken, "fixtures/all.jsonl": NEW_WORDS})
    pull.approve()
    ran = pull.run()
    assert (ran.code, ran.reasons[0]) == (1, "regression"), ran.stdout


@pytest.mark.slow
def test_head_must_meet_the_expectation_that_was_approved(pull: PullRequest):
    pull.push({"fixtures/all.jsonl": edited_rows({"f0": "PLEASE"})})
    pull.approve()
    ran = pull.run()
    assert (ran.code, ran.reasons[0]) == (1, "critical_failed"), ran.stdout
    assert "approved new expectation" in ran.stdout


@pytest.mark.slow
def test_an_approved_gate_decides_whole_and_base_is_run_as_base_says(pull: PullRequest):
    moved = GATE.replace("app.py", "serve.py").replace("checks.loud:is_loud", "checks.loud:is_quiet")
    quiet = FILES["checks/loud.py"] + "\n\ndef is_quiet(output):\n    return output == output.lower()\n"
    pull.push({"gate.yaml": moved, "app.py": None, "serve.py": GOOD, "checks/loud.py": quiet})
    before = pull.run()
    assert (before.code, before.reasons) == (3, ["target_cannot_start", "loosened"]), before.stdout
    pull.approve()
    ran = pull.run()
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stdout + ran.stderr
    loud = next(one for one in ran.report["decision"]["metrics"] if one["metric"] == "loud")
    assert loud["head_mean"] == 0.0


def refused(pull: PullRequest, words: str) -> None:
    ran = pull.run()
    assert ran.code == 1, ran.stdout
    assert not gate_of(ran)["approvals"]
    assert words in " ".join(gate_of(ran)["unapproved"]), gate_of(ran)["unapproved"]


LOOSER = {"gate.yaml": GATE.replace("margin: 0.2", "margin: 0.9")}


@pytest.mark.slow
def test_approvals_that_do_not_count_are_told_with_the_reason(pull: PullRequest):
    first = pull.push(LOOSER)
    pull.approve()
    pull.label()
    pull.push({"README.md": "one more commit"})
    refused(pull, f"alice approved {first[:10]}, and the pull request has moved on to {pull.head[:10]}")
    refused(pull, f"alice set the label gate-approved before {pull.head[:10]} was pushed")
    pull.label("mallory")
    refused(pull, "mallory gave a label, and is the author of this pull request")
    pull.approve("rita")
    refused(pull, "rita gave an approving review, and has no write access (permission: read)")
    pull.approve("helper[bot]")
    refused(pull, "helper[bot] gave an approving review, and is a bot that approvals.bots does not name")
    pull.github.tokens.clear()
    refused(pull, "could not be asked: GitHub would not show the pull request: 401")


@pytest.mark.slow
def test_a_label_that_is_set_after_the_push_approves_and_a_change_of_base_takes_it_back(pull: PullRequest):
    pull.push(LOOSER)
    pull.label()
    assert pull.run().code == 0
    pull.github.tell_event(NUMBER, "base_ref_changed", "", "mallory")
    refused(pull, "alice gave a label before the pull request was pointed at another base branch")


@pytest.mark.slow
def test_a_review_that_was_dismissed_or_replaced_approves_nothing(pull: PullRequest):
    pull.push(LOOSER)
    pull.approve()
    pull.github.add_review(NUMBER, "alice", "COMMENTED", pull.head)
    assert pull.run().code == 0
    pull.github.add_review(NUMBER, "alice", "CHANGES_REQUESTED", pull.head)
    assert pull.run().code == 1


@pytest.mark.slow
def test_a_lone_maintainer_approves_by_a_label_where_bases_policy_lets_them(tmp_path: Path):
    github = Github()
    with serve(github) as url:
        lone = {**FILES, "gate.yaml": GATE.replace("margin: 0.2", "margin: 0.2, self_approval: true")}
        pull = PullRequest.open(tmp_path, github, url, lone)
        pull.push({"fixtures/all.jsonl": NEW_WORDS, "app.py": POLITE})
        assert pull.run().code == 1
        pull.label("mallory")
        assert pull.run().code == 0


@pytest.mark.slow
def test_a_change_cannot_let_its_own_author_approve_it(pull: PullRequest):
    pull.push({"gate.yaml": GATE.replace("margin: 0.2", "margin: 0.9, self_approval: true")})
    pull.label("mallory")
    refused(pull, "policy.self_approval is false")


@pytest.mark.slow
def test_a_commit_that_is_not_the_pull_requests_cannot_be_approved(pull: PullRequest):
    pull.push(LOOSER)
    pull.approve()
    other = pull.repository.commit({"app.py": QUIET})
    ran = pull.run("--head", other)
    assert ran.code == 1
    assert "is not the pull request's" in gate_of(ran)["unapproved"][0]


@pytest.mark.slow
def test_what_is_on_the_default_branch_was_let_in_and_decides(pull: PullRequest):
    pull.push({"app.py": POLITE, "fixtures/all.jsonl": NEW_WORDS})
    payload = {"repository": {"full_name": "octo/app", "default_branch": "main"}, "before": pull.base}
    ran = pull.run_event("push", payload, GITHUB_REF="refs/heads/main")
    assert (ran.code, gate_of(ran)["approvals"][0]["way"]) == (0, "its being on a protected branch"), ran.stdout
    ran = pull.run_event("push", payload, GITHUB_REF="refs/heads/change")
    assert ran.code == 1
    ran = pull.run_event("schedule", {"schedule": "0 3 * * *"}, GITHUB_REF="refs/heads/main")
    assert ran.code == 0
    ran = pull.run_event(
        "push", {**payload, "repository": {}}, GITHUB_REF="refs/heads/release", GITHUB_REF_PROTECTED="true"
    )
    assert ran.code == 0


@pytest.mark.slow
def test_looking_for_approvals_adds_at_most_five_calls_to_the_seven_of_a_usual_run(pull: PullRequest):
    def calls() -> int:
        pull.github.journal.clear()
        pull.run("--publish", GITHUB_RUN_ID=str(500 + len(pull.github.check_runs)), GITHUB_RUN_ATTEMPT="1")
        return len(pull.github.journal)

    pull.push({"README.md": "words"})
    assert (calls(), calls()) == (6, 7)  # the first one finds no comment of an earlier run
    pull.push(LOOSER)
    assert calls() == 9  # which pull request that is, and its reviews: there are none
    pull.approve()
    assert calls() == 11  # what happened to it since, and what alice may do
    pull.label()
    assert calls() == 12  # when its head was pushed


@pytest.mark.slow
def test_a_laptop_is_told_how_to_see_what_would_decide_and_a_workflow_may_not_suppose_it(pull: PullRequest):
    pull.push({"app.py": POLITE, "fixtures/all.jsonl": NEW_WORDS})
    local = {"GITHUB_ACTIONS": "", "GITHUB_EVENT_NAME": ""}
    ran = pull.run(**local)
    assert ran.code == 1
    assert "--as-if-approved" in gate_of(ran)["how_to_approve"]
    ran = pull.run("--as-if-approved", **local)
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stdout
    assert "--as-if-approved" in ran.report["reproduce"]
    ran = pull.run("--as-if-approved")
    assert (ran.code, ran.verdict) == (2, "not_evaluated")


@pytest.mark.slow
def test_in_the_merge_queue_earlier_entries_are_gated_by_their_own_runs_and_this_one_by_its_approval(pull: PullRequest):
    ahead = pull.repository.commit({"app.py": POLITE, "fixtures/all.jsonl": NEW_WORDS})

    def queued() -> Ran:
        group = {"head_sha": pull.head, "base_sha": ahead, "base_ref": "refs/heads/main"}
        group["head_ref"] = f"refs/heads/gh-readonly-queue/main/pr-{NUMBER}-{ahead}"
        payload = {"merge_group": group, "repository": {"full_name": "octo/app", "default_branch": "main"}}
        return pull.run_event("merge_group", payload)

    pull.push({"README.md": "words"})
    ran = queued()
    assert (ran.code, gate_of(ran)["approvals"][0]["way"]) == (0, "its place in the merge queue"), ran.stdout
    pull.push(LOOSER)
    assert queued().code == 1
    pull.approve()
    assert queued().code == 0
