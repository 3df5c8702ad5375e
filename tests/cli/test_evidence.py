"""Re-runs of one head, through real stores: evidence adds up, and clicking re-run is a way to nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from standins.git_servers import create_bare
from tests.cli.rerunning import again, calls, prepare, prepare_on_branch
from tests.cli.running import BAD_SLICE, GOOD, Ran, rows


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted(folder.rglob("evidence/*/*.json"))]


def pooled(ran: Ran) -> list[str]:
    return [warning for warning in ran.report["warnings"] if warning.startswith("pooled with")]


FOLDER_STORE = "baselines: {store: folder, options: {path: ../store}}\n"


@pytest.mark.slow
def test_a_confirmed_drop_stays_confirmed_in_every_re_run_and_buys_no_call(tmp_path: Path):
    repository = prepare(tmp_path, FOLDER_STORE)
    repository.commit({"app.py": BAD_SLICE})
    first, second, third = (again(repository) for _ in range(3))

    assert [ran.verdict for ran in (first, second, third)] == ["fail"] * 3, third.stderr
    assert pooled(first) == []
    assert "1 earlier run of the same head" in pooled(second)[0]
    assert pooled(third) == pooled(second)  # the second run measured nothing, and left nothing
    assert third.report["decision"]["metrics"] == first.report["decision"]["metrics"]
    assert len(records(tmp_path / "store")) == 1
    assert calls(second) == calls(third) == 0
    assert "(answered in an earlier run of this head, and shown there)" in second.stdout


@pytest.mark.slow
def test_an_open_question_gets_a_round_more_with_each_re_run_and_no_look_is_made_twice(tmp_path: Path):
    repository = prepare_on_branch(tmp_path)
    repository.commit({"fixtures/all.jsonl": rows(30, 3)})  # too few to show that nothing dropped
    repository.commit({"README.md": "words"})
    first, second, third = (again(repository) for _ in range(3))

    looks = [[tuple(look.items()) for look in _looks(ran)] for ran in (first, second, third)]
    assert all(len(set(map(str, told))) == len(told) for told in looks)
    assert looks[0] == looks[1][: len(looks[0])]
    assert looks[1] == looks[2][: len(looks[1])]
    trials = [_trials_of_head(ran) for ran in (first, second, third)]
    assert trials == sorted(trials)
    assert trials[0] < trials[1] < trials[2]
    assert first.verdict == second.verdict == third.verdict == "inconclusive"
    assert "2 earlier runs" in pooled(third)[0]
    assert third.report["decision"]["spent"]["runs"] == 3


def _looks(ran: Ran) -> list[dict[str, Any]]:
    looks: list[dict[str, Any]] = ran.report["decision"]["spent"]["looks"]
    return looks


def _trials_of_head(ran: Ran) -> int:
    return int(ran.report["decision"]["metrics"][0]["difference"]["head_trials"])


@pytest.mark.slow
def test_an_empty_commit_is_no_new_head(tmp_path: Path):
    repository = prepare(tmp_path, FOLDER_STORE)
    repository.git("checkout", "--quiet", "-b", "change")
    repository.commit({"app.py": BAD_SLICE})
    assert again(repository, "--base", "main").verdict == "fail"
    repository.commit({}, "try again")
    ran = again(repository, "--base", "main")
    assert pooled(ran)
    assert ran.verdict == "fail"


@pytest.mark.slow
def test_a_new_commit_starts_anew(tmp_path: Path):
    repository = prepare(tmp_path, FOLDER_STORE)
    repository.git("checkout", "--quiet", "-b", "change")
    repository.commit({"app.py": BAD_SLICE})
    assert again(repository, "--base", "main").verdict == "fail"
    repository.commit({"app.py": GOOD + "# mended\n"})
    ran = again(repository, "--base", "main")
    assert (ran.verdict, pooled(ran)) == ("pass", []), ran.stderr


@pytest.mark.slow
def test_evidence_in_a_folder_counts_only_with_the_key_that_signed_it(tmp_path: Path):
    repository = prepare(tmp_path, "")
    repository.commit({"app.py": BAD_SLICE})
    options = ("--evidence", str(tmp_path / "evidence-of-runs"))
    again(repository, *options, GATE_EVIDENCE_KEY="secret")

    unsigned = again(repository, *options)
    assert pooled(unsigned) == []
    assert any("is not used: it is not signed" in warning for warning in unsigned.report["warnings"])
    assert "1 earlier run" in pooled(again(repository, *options, GATE_EVIDENCE_KEY="secret"))[0]
    assert "secret" not in "".join(map(json.dumps, records(tmp_path)))


@pytest.mark.slow
@pytest.mark.parametrize("where", ["store", "folder"])
def test_a_forks_run_neither_reads_nor_writes_evidence(tmp_path: Path, where: str):
    repository = prepare(tmp_path, FOLDER_STORE if where == "store" else "")
    repository.commit({"app.py": BAD_SLICE})
    options = () if where == "store" else ("--evidence", str(tmp_path / "kept"))
    again(repository, *options, GATE_EVIDENCE_KEY="secret")
    before = len(records(tmp_path))
    ran = again(repository, "--fork", *options, GATE_EVIDENCE_KEY="secret")
    assert (pooled(ran), len(records(tmp_path)), before) == ([], 1, 1)


@pytest.mark.slow
def test_a_store_that_cannot_be_written_is_told_in_the_log_and_changes_nothing(tmp_path: Path):
    bare = create_bare(tmp_path / "remote.git")
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    repository = prepare(tmp_path, f"baselines: {{store: branch, options: {{remote: 'file://{bare}'}}}}\n")
    repository.commit({"README.md": "words"})
    ran = again(repository)
    assert (ran.code, ran.verdict) == (0, "pass")
    assert "the evidence of this run is not kept" in ran.stderr
    assert ran.report["warnings"] == [] or not pooled(ran)
