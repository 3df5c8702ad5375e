"""`gate-action run` on real repositories with real children: from the commit to the exit code and the report."""

from pathlib import Path

import pytest

from tests.cli.running import BAD_SLICE, BROKEN, GATE, GOOD, rows, run
from tests.repositories import Repository


def test_an_unchanged_build_passes_with_exit_code_0(repository: Repository):
    repository.commit({"README.md": "words"})
    ran = run(repository, as_process=True)
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stderr
    assert "PASS" in ran.stdout


def test_a_broken_slice_blocks_with_exit_code_1_and_names_the_slice_and_the_fixtures(repository: Repository):
    repository.commit({"app.py": BAD_SLICE})
    ran = run(repository)
    assert (ran.code, ran.verdict) == (1, "fail"), ran.stderr
    assert ran.reasons[0] == "regression"
    changes = ran.report["decision"]["changes"]
    assert {change["fixture_id"] for change in changes} == {f"f{number}" for number in range(12)}
    assert "topic=refund" in ran.stdout
    (example, *_) = ran.report["examples"]
    assert example["base"]["text"] == example["head"]["text"].upper()


@pytest.mark.slow
def test_the_run_folder_holds_everything_and_is_ours_alone(repository: Repository):
    repository.commit({"README.md": "words"})
    ran = run(repository)
    names = {"manifest.json", "fixtures.jsonl", "trials.jsonl", "outputs.jsonl", "scores.jsonl", "decision.json"}
    assert names <= {path.name for path in ran.run_folder.iterdir()}
    assert ran.run_folder.stat().st_mode & 0o777 == 0o700
    trials = (ran.run_folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(trials) == 70 * 2  # one round of each build settles it
    decision = (ran.run_folder / "decision.json").read_bytes()
    again = run(repository, "--run-folder", str(ran.run_folder.parent / "again"))
    assert (again.run_folder.parent / "again" / "decision.json").read_bytes() == decision


@pytest.mark.slow
def test_a_lock_of_judges_that_cannot_be_used_is_a_warning(repository: Repository):
    repository.commit({"judges.lock.yaml": "schema_version: 9"})
    repository.commit({"README.md": "words"})
    ran = run(repository)
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stderr
    assert any("judges.lock.yaml: schema_version 9 is not known" in warning for warning in ran.report["warnings"])


@pytest.mark.slow
def test_a_base_that_does_not_start_is_inconclusive_and_not_red(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    made.commit({"gate.yaml": GATE, "fixtures/all.jsonl": rows(), "app.py": BROKEN})
    made.commit({"app.py": GOOD})
    ran = run(made)
    assert (ran.code, ran.verdict) == (0, "inconclusive"), ran.stdout + ran.stderr
    assert ran.reasons[0] == "base_broken"


def test_a_head_that_does_not_start_is_not_evaluated_and_shows_its_last_words(repository: Repository):
    repository.commit({"app.py": BROKEN})
    ran = run(repository)
    assert (ran.code, ran.verdict) == (3, "not_evaluated")
    assert ran.reasons == ["target_cannot_start"]
    assert "nothing_of_that_name" in ran.stdout


def test_a_bad_gate_exits_2_with_file_line_and_suggestion(repository: Repository):
    repository.commit({"gate.yaml": GATE.replace("fixtures:", "fixturs:")})
    ran = run(repository)
    assert (ran.code, ran.verdict) == (2, "not_evaluated")
    assert "gate.yaml:4" in ran.stdout
    assert "fixtures" in ran.stdout


@pytest.mark.slow
def test_a_child_sees_no_secret_that_is_not_listed(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    spy = GOOD.replace("return text.upper()", "import os; return ' '.join(sorted(os.environ))")
    made.commit({"gate.yaml": GATE, "fixtures/all.jsonl": rows(12), "app.py": spy})
    made.commit({"README.md": "x"})
    secrets = {"GITHUB_TOKEN": "t0ken-value", "OPENAI_API_KEY": "k3y-value", "INPUT_GITHUB-TOKEN": "t0ken-value"}
    ran = run(made, env=secrets, as_process=True)
    outputs = (ran.run_folder / "outputs.jsonl").read_text(encoding="utf-8")
    assert "GATE_REVISION" in outputs
    for name in ("GITHUB_TOKEN", "OPENAI_API_KEY", "INPUT_"):
        assert name not in outputs
    everything = (
        ran.stdout
        + ran.stderr
        + "".join(
            path.read_text(encoding="utf-8", errors="replace")
            for path in (*ran.run_folder.glob("*.json*"), *ran.out.glob("report.*"))
        )
    )
    assert "t0ken-value" not in everything
    assert "k3y-value" not in everything
