"""`gate-action verify`: only a commit that has passed on its current fixtures is deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.rerunning import again, prepare_on_branch
from tests.cli.running import BAD_SLICE, GATE, GOOD, call, rows
from tests.repositories import Repository

pytestmark = pytest.mark.slow


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = prepare_on_branch(tmp_path)
    made.git("checkout", "--quiet", "-b", "change")
    return made


def verify(repository: Repository, *options: object) -> tuple[int, str]:
    called = call(["verify", "--repository", str(repository.folder), *map(str, options)])
    return called.code, called.stdout + called.stderr


def test_a_commit_without_a_verdict_is_refused_and_one_that_passed_is_verified(repository: Repository):
    repository.commit({"app.py": GOOD + "# words\n"})
    code, said = verify(repository)
    assert (code, "there is no verdict of gate shout on commit" in said) == (1, True), said
    again(repository, "--base", "main")
    code, said = verify(repository)
    assert (code, "PASSED on the current fixtures (run " in said) == (0, True), said
    repository.commit({}, "the same tree")
    assert verify(repository)[0] == 0


@pytest.mark.slow
def test_a_commit_that_failed_is_refused_and_told_why(repository: Repository):
    repository.commit({"app.py": BAD_SLICE})
    again(repository, "--base", "main")
    code, said = verify(repository)
    assert (code, "FAILED on the current fixtures" in said, "answer regressed" in said) == (1, True, True), said


@pytest.mark.slow
def test_a_verdict_on_other_fixtures_is_not_enough_and_nor_is_a_comparison_with_itself(repository: Repository):
    repository.commit({"fixtures/all.jsonl": rows(60, 12)})  # ten are removed: the base's 70 decide
    again(repository, "--base", "main")
    code, said = verify(repository)
    assert (code, "was judged on other fixtures" in said, "that push judges it" in said) == (1, True, True), said
    repository.commit({"README.md": "words"})
    ran = again(repository, "--base", "HEAD", "--head", "HEAD")
    assert ran.verdict == "pass"
    for options in ((), ("--report", ran.out / "report.json"), ("--report", ran.out / "report.intoto.json")):
        code, said = verify(repository, *options)
        assert (code, "was only compared with itself" in said) == (1, True), said


@pytest.mark.slow
def test_a_report_a_statement_and_what_gh_verified_are_taken_as_well(repository: Repository, tmp_path: Path):
    repository.commit({"app.py": GOOD + "# words\n"})
    ran = again(repository, "--base", "main")
    statement = json.loads((ran.out / "report.intoto.json").read_bytes())
    listed: list[Any] = [{"verificationResult": {"statement": {**statement, "predicateType": "other"}}}]
    listed.append({"attestation": {}, "verificationResult": {"statement": statement}})
    (tmp_path / "gh.json").write_text(json.dumps(listed))

    assert verify(repository, "--report", ran.out / "report.json")[0] == 0
    assert verify(repository, "--report", ran.out / "report.intoto.json")[0] == 0
    assert verify(repository, "--attestation", tmp_path / "gh.json")[0] == 0
    code, said = verify(repository, "--revision", "main", "--report", ran.out / "report.json")
    assert (code, "is to be deployed" in said) == (1, True), said
    statement["predicate"]["result"] = "WARNED"
    (tmp_path / "warned.json").write_text(json.dumps(statement))
    assert verify(repository, "--report", tmp_path / "warned.json")[0] == 1
    assert verify(repository, "--report", tmp_path / "warned.json", "--allow-warned")[0] == 0


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--report", "nothing.json"), 2, "cannot be read"),
        (("--report", "gate.yaml"), 2, "not a report of ours"),
        (("--attestation", "gate.yaml"), 2, "is not what `gh attestation verify"),
        (("--report", "a", "--attestation", "b"), 2, "give one of them"),
        (("--revision", "no-such-commit"), 2, "is not in this clone"),
        (("--gate", "other"), 2, "no gate 'other'"),
    ],
)
def test_what_cannot_be_used_is_no_verdict(repository: Repository, options: tuple[str, ...], code: int, words: str):
    placed = [repository.folder / one if one in ("gate.yaml", "nothing.json") else one for one in options]
    ended, said = verify(repository, *placed)
    assert (ended, words in said) == (code, True), said


def test_a_store_that_is_away_is_exit_code_3(repository: Repository, tmp_path: Path):
    (tmp_path / "remote.git").rename(tmp_path / "moved.git")
    code, said = verify(repository)
    assert (code, "cannot be read" in said) == (3, True), said


def test_a_gate_without_a_store_is_asked_for_a_report(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    made.commit({"gate.yaml": GATE, "fixtures/all.jsonl": rows(), "app.py": GOOD})
    code, said = verify(made)
    assert (code, "give --report or --attestation" in said) == (2, True), said
