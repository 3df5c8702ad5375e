"""`gate-action verify` of commits that change their own gate: what nobody approved is a preview, not deployed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from standins.github.server import serve
from standins.github.state import Github
from tests.cli.pull_requests import FILES, GATE, PullRequest, edited_rows, gate_of
from tests.cli.running import BAD_SLICE, GOOD, Ran, call, rows

pytestmark = pytest.mark.slow

STORED = f"{GATE}baselines: {{store: folder, options: {{path: ../store}}}}\n"
POLITE = GOOD.replace("return text.upper()", "return 'PLEASE' if text == 'refund 0' else text.upper()")
INTENDED = {"app.py": POLITE, "fixtures/all.jsonl": edited_rows({"f0": "PLEASE"})}
ON_MAIN = {"repository": {"full_name": "octo/app", "default_branch": "main"}}


@pytest.fixture
def pull(tmp_path: Path) -> Iterator[PullRequest]:
    github = Github()
    with serve(github) as url:
        yield PullRequest.open(tmp_path, github, url, {**FILES, "gate.yaml": STORED})


def verify(pull: PullRequest, *options: object) -> tuple[int, str]:
    called = call(["verify", "--repository", str(pull.repository.folder), *map(str, options)])
    return called.code, called.stdout + called.stderr


def refused(pull: PullRequest, ran: Ran, words: str) -> None:
    """By the store, the report and the statement alike."""
    for options in ((), ("--report", ran.out / "report.json"), ("--report", ran.out / "report.intoto.json")):
        code, said = verify(pull, *options)
        assert (code, words in said) == (1, True), said


def verified(pull: PullRequest, ran: Ran) -> None:
    for options in ((), ("--report", ran.out / "report.json"), ("--report", ran.out / "report.intoto.json")):
        assert verify(pull, *options)[0] == 0, verify(pull, *options)


def pushed_to_main(pull: PullRequest) -> Ran:
    return pull.run_event("push", {**ON_MAIN, "before": pull.base}, "--store-run", GITHUB_REF="refs/heads/main")


def test_edited_fixtures_are_verified_at_exactly_the_commit_at_which_somebody_approved_them(pull: PullRequest):
    pull.push(INTENDED)
    ran = pull.run()
    assert (ran.verdict, gate_of(ran)["readings"]["verdict"]) == ("fail", "pass")
    refused(pull, ran, "was judged on other fixtures")
    pull.approve()
    verified(pull, pull.run())
    pull.push({"README.md": "one more commit"})
    code, said = verify(pull)
    assert (code, "there is no verdict" in said) == (1, True), said
    refused(pull, pull.run(), "was judged on other fixtures")


def test_what_is_only_supposed_to_be_approved_verifies_nothing(pull: PullRequest):
    pull.push(INTENDED)
    ran = pull.run("--as-if-approved", GITHUB_ACTIONS="", GITHUB_EVENT_NAME="")
    assert (ran.code, ran.verdict) == (0, "pass")
    assert verify(pull)[0] == 1
    for name in ("report.json", "report.intoto.json"):
        code, said = verify(pull, "--report", ran.out / name)
        assert (code, "FAILED on the current fixtures" in said) == (1, True), said


@pytest.mark.parametrize(
    "files",
    [
        {"gate.yaml": STORED.replace("margin: 0.2", "margin: 0.9")},
        {"checks/words.py": "def shouts(text):\n    return True\n"},
        {"CODEOWNERS": ""},
    ],
    ids=["policy", "evaluator", "owners"],
)
def test_a_gate_that_was_loosened_otherwise_is_refused_on_the_very_same_fixtures(
    pull: PullRequest, files: dict[str, str]
):
    pull.base = pull.repository.commit({"CODEOWNERS": "* @octo/all\n"})
    pull.push(files)
    refused(pull, pull.run(), "FAILED on the current fixtures")
    pull.approve()
    verified(pull, pull.run())


def test_an_acknowledged_regression_is_verified_once_who_signs_it_approves(pull: PullRequest):
    signed = '{"who": "alice", "reason": "people do it", "until": "2099-12-31", "slice": "topic=refund"}\n'
    pull.push({"app.py": BAD_SLICE, "acknowledgements.jsonl": signed})
    refused(pull, pull.run(), "FAILED on the current fixtures")
    pull.approve()
    verified(pull, pull.run())


def test_fixtures_that_were_made_stricter_decide_once_they_have_landed(pull: PullRequest):
    stricter = FILES["fixtures/all.jsonl"].replace('"id": "f0"', '"id": "f0", "critical": true')
    assert stricter != FILES["fixtures/all.jsonl"]
    pull.push({"fixtures/all.jsonl": stricter})
    ran = pull.run()
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stdout
    refused(pull, ran, "was judged on other fixtures")
    landed = pushed_to_main(pull)
    assert gate_of(landed)["approvals"][0]["way"] == "its being on a protected branch"
    assert "Head's gate decided" in (landed.out / "report.md").read_text(encoding="utf-8")
    verified(pull, landed)


def test_new_fixtures_need_no_approval_and_are_of_the_suite_that_is_verified(pull: PullRequest):
    pull.push({"fixtures/more.jsonl": rows(3, refunds=3).replace('"f', '"g')})
    verified(pull, pull.run())
    broken = GOOD.replace("return text.upper()", "return text if text == 'new' else text.upper()")
    pull.push({"app.py": broken, "fixtures/last.jsonl": '{"id": "h", "input": "new", "expected": "NEW"}\n'})
    refused(pull, pull.run(), "FAILED on the current fixtures")


def test_the_change_that_brings_the_gate_is_verified_on_its_own_fixtures(tmp_path: Path):
    github = Github()
    with serve(github) as url:
        pull = PullRequest.open(tmp_path, github, url, {"app.py": GOOD})
        pull.push({**FILES, "gate.yaml": STORED})
        verified(pull, pull.run())
