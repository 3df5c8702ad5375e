"""`run --shard` and `merge` in processes of their own: the decision of one run, and what a merge refuses."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.cli.running import BAD_SLICE, GATE, GOOD, Ran, call, rows, run
from tests.repositories import Repository

pytestmark = pytest.mark.slow


def measure(repository: Repository, shard: str, *options: str, env: dict[str, str] | None = None) -> Ran:
    index = shard.partition("/")[0]
    place = repository.folder.parent / "shards" / index
    ran = run(
        repository, "--shard", shard, "--out", str(place / "out"), "--run-folder", str(place / "run"), *options, env=env
    )
    return Ran(ran.code, ran.stdout, ran.stderr, place / "out", place / "run")


def merge(repository: Repository, folders: Iterable[Path], *options: str, env: dict[str, str] | None = None) -> Ran:
    place = repository.folder.parent / "merged"
    argv = [
        *("merge", *map(str, folders), "--repository", str(repository.folder)),
        *("--out", str(place / "out"), "--run-folder", str(place / "run"), *options),
    ]
    return Ran(*call(argv, env), place / "out", place / "run")


@pytest.mark.parametrize("app", [BAD_SLICE, GOOD + "# the same\n"])
@pytest.mark.parametrize("stored", [(), ("--store-run",)])
def test_three_shards_and_a_merge_decide_as_one_run_does_to_the_byte(
    repository: Repository, app: str, stored: tuple[str, ...]
):
    repository.commit({"app.py": app})
    whole = run(repository, *stored)
    shards = [measure(repository, f"{index}/3", *stored) for index in (1, 2, 3)]
    assert [shard.code for shard in shards] == [0, 0, 0], shards[0].stderr
    merged = merge(repository, [shard.run_folder for shard in shards], *stored)
    assert (merged.code, merged.verdict) == (whole.code, whole.verdict), merged.stdout + merged.stderr
    assert (merged.run_folder / "decision.json").read_bytes() == (whole.run_folder / "decision.json").read_bytes()
    assert trials(merged.run_folder) == trials(whole.run_folder)


def trials(run_folder: Path) -> list[tuple[str, str, int]]:
    lines = map(json.loads, (run_folder / "trials.jsonl").read_text(encoding="utf-8").splitlines())
    return sorted((line["fixture_id"], line["arm"], line["attempt"]) for line in lines)


def test_what_is_handed_over_can_be_carried_and_merged_in_its_stead(repository: Repository):
    repository.commit({"app.py": BAD_SLICE})
    artifacts = repository.folder.parent / "artifacts"
    for index in (1, 2):
        ran = measure(repository, f"{index}/2")
        assert f"shard {index}/2: 35 of 70 fixtures in 35 clusters: base 35 trials" in ran.stdout
        shutil.copytree(ran.out / "shard", artifacts / f"gate-shard-{index}-attempt-1")
        assert {path.name for path in (ran.out / "shard").iterdir()} == {
            "shard.json", "trials.jsonl", "outputs.jsonl", "scores.jsonl"
        }  # fmt: skip
        assert all(path.stat().st_mode & 0o777 == 0o644 for path in (ran.out / "shard").iterdir())
    assert merge(repository, [artifacts]).code == 1


def test_a_missing_shard_is_not_evaluated_and_nothing_is_run(repository: Repository):
    repository.commit({"README.md": "x"})
    shards = [measure(repository, f"{index}/3") for index in (1, 3)]
    merged = merge(repository, [shard.run_folder for shard in shards])
    assert (merged.code, merged.reasons) == (3, ["shards_incomplete"])
    assert "of 3 shards, 2 is missing" in " ".join(merged.stdout.split())
    assert not (merged.run_folder / "trials.jsonl").exists()


def test_a_shard_of_an_older_head_is_stale(repository: Repository):
    repository.commit({"README.md": "x"})
    first = measure(repository, "1/2")
    repository.commit({"README.md": "y"})
    second = measure(repository, "2/2")
    merged = merge(repository, [first.run_folder, second.run_folder])
    assert (merged.code, merged.reasons) == (3, ["shards_incomplete"])
    assert "shard 1/2 (attempt 1) is stale" in " ".join(merged.stdout.split())


def test_a_shard_that_could_not_measure_says_why_and_the_newest_attempt_mends_it(repository: Repository):
    repository.commit({"gate.yaml": GATE + "budget: {max_calls: 100}\n"})
    repository.commit({"README.md": "x"})
    first = measure(repository, "1/2")
    assert first.code == 3
    assert "shard 1/2 could not measure: budget spent" in first.stderr
    second = measure(repository, "2/2")
    merged = merge(repository, [first.out / "shard", second.out / "shard"])
    assert "shard 1/2 (attempt 1) could not measure: budget spent: 50 of max_calls 50" in " ".join(
        merged.stdout.split()
    )


def test_the_newest_attempt_of_a_job_counts(repository: Repository):
    repository.commit({"README.md": "x"})
    folders = [measure(repository, "1/1").run_folder]
    again = repository.folder.parent / "again"
    env = {"GITHUB_RUN_ATTEMPT": "2"}
    assert measure(repository, "1/1", "--run-folder", str(again), env=env).code == 0
    merged = merge(repository, [*folders, again])
    assert merged.code == 0, merged.stdout


def test_a_merge_that_was_killed_goes_on_as_any_run_does(repository: Repository):
    repository.commit({"app.py": BAD_SLICE})
    shards = [measure(repository, f"{index}/2") for index in (1, 2)]
    merged = merge(repository, [shard.run_folder for shard in shards])
    decision = (merged.run_folder / "decision.json").read_bytes()
    (merged.run_folder / "decision.json").unlink()
    resumed = run(repository, "--resume", "--run-folder", str(merged.run_folder))
    assert resumed.code == 1, resumed.stderr
    assert (merged.run_folder / "decision.json").read_bytes() == decision


def test_a_base_that_starts_in_the_merge_only_is_tried_there(tmp_path: Path):
    flag = tmp_path / "starts"
    made = Repository.create(tmp_path / "repository")
    prepare = f"import os, pathlib\nif os.environ['GATE_ARM'] == 'base': pathlib.Path({str(flag)!r}).read_text()\n"
    gate = GATE.replace("target: {", "target: {setup: {run: [python3, prepare.py]}, ")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(), "app.py": GOOD, "prepare.py": prepare})
    made.commit({"README.md": "x"})
    shards = [measure(made, f"{index}/2") for index in (1, 2)]
    assert [shard.code for shard in shards] == [0, 0], shards[0].stderr
    flag.touch()
    merged = merge(made, [shard.run_folder for shard in shards])
    assert merged.verdict == "pass", merged.stdout
    assert any("70 trials of round one were asked of no shard" in warning for warning in merged.report["warnings"])


def test_a_shard_publishes_nothing(repository: Repository):
    repository.commit({"README.md": "x"})
    ran = measure(repository, "1/2", "--publish")
    assert ran.code == 2
    assert "a shard publishes nothing" in ran.stderr


def test_a_secret_that_a_child_prints_is_not_handed_over(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    gate = GATE.replace("target: {", "target: {env: [SHOUT_KEY], ")
    leak = GOOD.replace("return text", "import os; return os.environ['SHOUT_KEY'] + text")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(12), "app.py": leak})
    made.commit({"README.md": "x"})
    ran = measure(made, "1/1", env={"SHOUT_KEY": "k3y-value"})
    assert ran.code == 0, ran.stderr
    told = "".join(path.read_text(encoding="utf-8") for path in (ran.out / "shard").iterdir())
    assert "***" in told
    assert "k3y-value" not in told


def test_a_fork_without_the_keys_is_neutral_in_every_job(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    gate = GATE.replace("target: {", "target: {env: [SHOUT_KEY], ")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(12), "app.py": GOOD})
    made.commit({"README.md": "x"})
    assert measure(made, "1/1", "--fork").code == 0
    merged = merge(made, [tmp_path / "nothing"], "--fork")
    assert (merged.code, merged.reasons) == (0, ["no_secrets"])
