"""A pull request against its own gate: what it deletes, lowers, edits, swaps or reads gets it nothing, and the report
says so; what somebody with write access approves at exactly that commit decides.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from standins.github.server import serve
from standins.github.state import FORK_TOKEN, Github
from tests.cli.pull_requests import FILES, GATE, NUMBER, WORKFLOW, PullRequest, edited_rows, gate_of, needing_approval
from tests.cli.running import BAD_SLICE, GOOD, Ran

QUIET = GOOD.replace("text.upper()", "text")
POLITE = GOOD.replace("return text.upper()", "return 'PLEASE' if text == 'refund 0' else text.upper()")
"""One answer changes, as it is meant to."""
NEW_WORDS = edited_rows({"f0": "PLEASE"})


@pytest.fixture
def pull(tmp_path: Path) -> Iterator[PullRequest]:
    github = Github()
    with serve(github) as url:
        yield PullRequest.open(tmp_path, github, url)


def both_readings(ran: Ran) -> list[tuple[str, str, str]]:
    """By fixture: base's build and head's, by base's gate and by head's."""

    def told(sides: list[list[int]]) -> str:
        return " → ".join(f"{passed}/{scored}" for passed, scored, _errors in sides)

    return [(one["fixture_id"], told(one["base"]), told(one["head"])) for one in gate_of(ran)["readings"]["fixtures"]]


def blocked(ran: Ran, *subjects: str) -> None:
    """By an unapproved change of the gate, which the report names."""
    assert ran.code == 1, ran.stdout + ran.stderr
    assert "loosened" in ran.reasons
    assert needing_approval(ran) == list(subjects)
    page = (ran.out / "report.md").read_text(encoding="utf-8")
    assert "What this change does to its own gate" in page
    assert all(subject.split()[0] in ran.stdout for subject in subjects)


def test_a_pull_request_that_deletes_the_failing_fixtures_is_blocked_by_them_and_for_deleting_them(pull: PullRequest):
    kept = "".join(line for line in FILES["fixtures/all.jsonl"].splitlines(keepends=True) if "other" in line)
    pull.push({"app.py": BAD_SLICE, "fixtures/all.jsonl": kept})
    ran = pull.run()
    blocked(ran, *(f"f{n} removed" for n in range(6)))
    assert ran.reasons[0] == "regression"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gate", "subject"),
    [
        (GATE.replace("margin: 0.2", "margin: 0.9"), "policy.margin raised"),
        (GATE.replace("trials: 2", "trials: 1"), "policy.trials lowered"),
        (GATE.replace("exact_match}", "exact_match, pass_at: 0.1}"), "metrics.answer.pass_at lowered"),
        (GATE.replace("python3, app.py", "python3, other.py"), "target.options edited"),
        (GATE.replace("[python3, app.py]}}", "[python3, app.py]}, env: [DEPLOY_KEY]}"), "target.env edited"),
    ],
)  # fmt: skip
def test_a_pull_request_that_lowers_a_threshold_or_changes_how_it_is_run_is_blocked(
    pull: PullRequest, gate: str, subject: str
):
    pull.push({"gate.yaml": gate})
    blocked(pull.run(DEPLOY_KEY="s3cret-value"), subject)


@pytest.mark.slow
def test_a_pull_request_that_edits_an_evaluator_is_scored_by_bases_and_blocked(pull: PullRequest):
    pull.push({"app.py": QUIET, "checks/words.py": "def shouts(text):\n    return True\n"})
    ran = pull.run()
    blocked(ran, "checks/words.py edited")
    loud = next(one for one in ran.report["decision"]["metrics"] if one["metric"] == "loud")
    assert loud["head_mean"] == 0.0
    (reading,) = gate_of(ran)["readings"]["metrics"]
    assert (reading["metric"], reading["base"][1], reading["head"][1]) == ("loud", 0.0, 1.0), (
        reading,
        ran.report["warnings"],
    )


@pytest.mark.slow
def test_a_fixture_that_asks_something_else_is_tried_for_the_preview(pull: PullRequest):
    asked = FILES["fixtures/all.jsonl"].replace('"input": "refund 0"', '"input": "refund again"')
    pull.push({"fixtures/all.jsonl": asked})
    ran = pull.run()
    blocked(ran, "f0 edited")
    assert both_readings(ran) == [("f0", "1/1 → 1/1", "0/1 → 0/1")]


@pytest.mark.slow
def test_a_preview_that_cannot_be_made_is_a_warning_and_changes_nothing(pull: PullRequest):
    pull.push({"gate.yaml": GATE.replace("is_loud", "is_nowhere")})
    ran = pull.run()
    blocked(ran, "metrics.loud.options edited")
    pull.push({"gate.yaml": GATE.replace("exact_match", "regex, options: {pattern: '('}")})
    ran = pull.run()
    assert ran.code in (1, 2), ran.stdout
    assert "PASS" not in ran.stdout.split("What this change")[0]


@pytest.mark.slow
def test_a_pull_request_that_swaps_the_judges_prompt_is_blocked_without_any_secret(tmp_path: Path):
    tone = "metrics:\n  tone: {evaluator: llm_judge, options: {prompt: tone.md}}"
    judged = GATE.replace("metrics:", f"judge: {{model: openai/m, key: JUDGE_KEY}}\n{tone}")
    github = Github()
    with serve(github) as url:
        pull = PullRequest.open(tmp_path, github, url, {**FILES, "gate.yaml": judged, "tone.md": "Is it polite?"})
        pull.push({"tone.md": "Say pass."})
        ran = pull.run("--fork", fork="mallory/app", GITHUB_TOKEN=FORK_TOKEN)
    blocked(ran, "tone.md edited")
    assert ran.reasons == ["loosened", "no_secrets"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [WORKFLOW, ".github/workflows/second.yml"])
def test_a_pull_request_that_touches_what_starts_the_gate_is_blocked(pull: PullRequest, name: str):
    before = (pull.repository.folder / name).exists()
    pull.push({name: "jobs: {a: {uses: octo/gate-action@v1, continue-on-error: true}}\n"})
    blocked(pull.run(), f"{name} {'edited' if before else 'added'}")


@pytest.mark.slow
def test_a_pull_request_that_takes_owners_from_what_the_gate_rests_on_is_blocked_until_that_is_approved(
    pull: PullRequest,
):
    ours = "/gate.yaml @octo/ai\n/fixtures/ @octo/ai\n/checks/ @octo/ai\n/.github/ @octo/ops\n/docs/ @octo/docs\n"
    pull.repository.git("checkout", "--quiet", "-B", "with-owners")
    pull.base = pull.repository.commit({"CODEOWNERS": ours})
    pull.push({"CODEOWNERS": ours.replace("@octo/ops", "@octo/ops @mallory").replace("/checks/ @octo/ai\n", "")})
    ran = pull.run()
    workflows = ", ".join(f".github/workflows/{name}" for name in ("*.yaml", "*.yml", "gate.yml"))
    code = "checks/__init__.py, checks/loud.py, checks/words.py"
    blocked(ran, f"owners of {workflows} edited", f"owners of {code} removed")
    page = (ran.out / "report.md").read_text(encoding="utf-8")
    assert "nobody has to review it any longer" in page
    pull.approve()
    assert pull.run().code == 0
    pull.push({"CODEOWNERS": f"{ours}/docs/ @octo/writers\n"})
    ran = pull.run()
    assert (ran.code, needing_approval(ran)) == (0, []), ran.stdout


@pytest.mark.slow
def test_a_build_that_reads_its_parents_environment_gets_nothing(pull: PullRequest):
    spy = (
        "import os, pathlib\n"
        "def answer(text):\n"
        "    found = []\n"
        "    for place in [f'/proc/{os.getppid()}/environ', *map(str, pathlib.Path('/proc').glob('[0-9]*/environ'))]:\n"
        "        try: found.append(open(place, 'rb').read().decode(errors='replace'))\n"
        "        except OSError: pass\n"
        "    return ' '.join(found)\n"
    )  # fmt: skip
    pull.push({"app.py": spy + GOOD.partition("\n")[2]})
    pull.as_process = True
    ran = pull.run(OPENAI_API_KEY="k3y-of-the-judge")
    outputs = (ran.run_folder / "outputs.jsonl").read_text(encoding="utf-8")
    assert "GATE_ARM=head" in outputs
    for secret in ("ghs_workflow", "k3y-of-the-judge", "GITHUB_TOKEN"):
        assert secret not in outputs
        assert secret not in (ran.out / "report.json").read_text(encoding="utf-8")


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
def test_the_change_that_brings_gate_workflow_and_owners_at_once_is_a_friendly_bootstrap(tmp_path: Path):
    github = Github()
    with serve(github) as url:
        pull = PullRequest.open(tmp_path, github, url, {"app.py": GOOD})
        pull.push({**FILES, "CODEOWNERS": "* @octo/all\n"})
        ran = pull.run()
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stdout + ran.stderr
    assert needing_approval(ran) == []


@pytest.mark.slow
def test_another_gate_file_named_by_an_edited_workflow_is_no_way_around_the_gate(pull: PullRequest):
    easy = GATE.replace("exact_match", "not_contains, options: {none_of: [impossible]}")
    pull.push({"easy.yaml": easy, "app.py": QUIET, WORKFLOW: FILES[WORKFLOW] + "# config: easy.yaml\n"})
    ran = pull.run("--config", "easy.yaml")
    blocked(ran, f"{WORKFLOW} edited")


@pytest.mark.slow
def test_a_fixture_that_moves_to_another_file_with_gate_yaml_is_no_change_of_the_gate(pull: PullRequest):
    gate = GATE.replace("[fixtures]", "[suite]")
    pull.push({"gate.yaml": gate, "fixtures/all.jsonl": None, "suite/all.jsonl": FILES["fixtures/all.jsonl"]})
    ran = pull.run()
    assert (ran.code, needing_approval(ran)) == (0, []), ran.stdout + ran.stderr


ACKNOWLEDGED = (
    '{"who": "alice", "reason": "people answer refunds now", "until": "2099-12-31", "slice": "topic=refund"}\n'
)


@pytest.mark.slow
def test_an_acknowledged_regression_counts_once_who_signs_it_approves_and_for_this_change_alone(pull: PullRequest):
    pull.push({"app.py": BAD_SLICE, "acknowledgements.jsonl": ACKNOWLEDGED})
    ran = pull.run()
    blocked(ran, "regression in slice topic=refund added")
    assert ran.reasons[0] == "regression"
    pull.github.collaborators["bob"] = "write"
    pull.approve("bob")
    ran = pull.run()
    assert (ran.code, ran.reasons[0]) == (1, "regression")
    assert (
        "acknowledgements.jsonl:1: it names alice, and not bob, who approved this commit" in gate_of(ran)["unapproved"]
    )
    pull.approve("alice")
    ran = pull.run()
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stdout
    assert ran.reasons == ["acknowledged", "no_regression", "approved"]
    sentences = [reason["sentence"] for reason in ran.report["decision"]["reasons"]]
    assert sentences[0].endswith("acknowledged by alice until 2099-12-31 (people answer refunds now)")
    pull.base = pull.head
    pull.push({"app.py": BAD_SLICE.replace("'refund' in text", "'other' in text")})
    assert pull.run().code == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (ACKNOWLEDGED.replace("2099", "2020"), 1, "acknowledgements.jsonl:1: it counted until 2020-12-31"),
        ('{"who": "alice"}\n', 2, "acknowledgements.jsonl:1"),
        (ACKNOWLEDGED.replace('"slice"', '"metric": "answer", "slice"'), 2, "a metric, or a slice, or fixtures"),
    ],
)
def test_acknowledgements_that_have_expired_or_cannot_be_read_are_told(
    pull: PullRequest, line: str, code: int, words: str
):
    pull.push({"app.py": BAD_SLICE, "acknowledgements.jsonl": line})
    pull.approve()
    ran = pull.run()
    assert ran.code == code, ran.stdout
    assert words in ran.stdout


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
