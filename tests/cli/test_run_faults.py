"""`gate-action run` where something goes wrong: faults of builds, gates and machines, each to its exit code."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.running import BAD_SLICE, GATE, GOOD, Ran, argv_for, environment, pids_of, rows, run
from tests.repositories import Repository

pytestmark = pytest.mark.slow


def test_policy_and_fixtures_are_bases_whatever_head_makes_of_them(repository: Repository):
    tame = GATE.replace("exact_match}", "contains, options: {any_of: [refund, other], ignore_case: true}}")
    easy = "\n".join(line for line in rows().splitlines() if "other" in line)
    repository.commit({"app.py": BAD_SLICE, "gate.yaml": tame, "fixtures/all.jsonl": easy})
    ran = run(repository)
    assert ran.code == 1, ran.stdout + ran.stderr
    told = [(one["area"], one["what"]) for one in ran.report["integrity"]["changes"]]
    assert told.count(("fixture", "removed")) == 12
    assert ran.reasons[:2] == ["regression", "loosened"]


def test_the_commit_that_brings_the_first_gate_is_a_friendly_bootstrap(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    made.commit({"app.py": GOOD})
    made.commit({"gate.yaml": GATE, "fixtures/all.jsonl": rows()})
    ran = run(made)
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stdout + ran.stderr
    assert "bootstrap" in ran.reasons


@pytest.mark.parametrize(
    ("app", "words"),
    [
        pytest.param(
            "import sys\n"
            + GOOD.replace("return text", "sys.exit(7) if text.startswith('refund') else None; return text"),
            "exit code 7",
            id="crashes",
        ),
        pytest.param(
            "import time\n" + GOOD.replace("return text", "time.sleep(99 if text == 'refund 1' else 0); return text"),
            "no answer within 1 s",
            id="hangs",
        ),
        pytest.param(
            GOOD.replace("return text", "return 'x' * 50_000_000 if text == 'refund 1' else text"),
            "1000000",
            id="prints 50 MB",
        ),
        pytest.param(
            GOOD.replace("print(json", 'print("garbage") if "refund 1" == request["input"] else print(json'),
            "",
            id="answers garbage",
        ),
    ],
)
def test_a_head_that_fails_where_base_answers_never_turns_green_by_it(tmp_path: Path, app: str, words: str):
    made = Repository.create(tmp_path / "repository")
    gate = GATE.replace("trial_timeout_s: 10", "trial_timeout_s: 1").replace("trials: 2", "trials: 1")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(20, 3), "app.py": GOOD})
    made.commit({"app.py": app})
    ran = run(made)
    assert ran.verdict != "pass", ran.stdout
    assert words in (ran.run_folder / "trials.jsonl").read_text(encoding="utf-8")


def test_a_change_that_mends_a_base_gate_whose_evaluators_cannot_be_made_is_judged_by_its_own(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    checked = '{"id": "x", "input": "x", "expected": "X", "checks": [{"evaluator": "exact_match"}]}'
    made.commit({"gate.yaml": GATE, "fixtures/all.jsonl": checked, "app.py": GOOD})
    made.commit({"README.md": "words"})
    assert run(made).reasons == ["bad_config"]
    made.commit({"gate.yaml": GATE.replace("metrics: {", "metrics: {checks: {}, ")})
    ran = run(made, "--run-folder", str(made.folder.parent / "second"))
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stdout
    assert "base's gate cannot be used" in " ".join(ran.stdout.split())
    assert "no metric counts the checks" in ran.stdout


def test_a_fixture_that_bases_gate_cannot_score_does_not_put_heads_gate_in_its_place(repository: Repository):
    tame = GATE.replace("exact_match}", "not_contains, options: {none_of: [zzz]}}")
    bad = '{"id": "new", "input": "x", "expected": "X", "checks": [{"evaluator": "exact_mtch"}]}'
    repository.commit({"gate.yaml": tame, "fixtures/new.jsonl": bad})
    ran = run(repository)
    assert (ran.code, ran.reasons) == (2, ["bad_config", "loosened"])
    assert "exact_mtch" in ran.stdout


def test_bad_fixtures_exit_2_with_all_faults_in_one_go(repository: Repository):
    repository.commit({"fixtures/more.jsonl": '{"id": "x"}\n{"input": 1, "slces": {}}\n'})
    ran = run(repository)
    assert ran.code == 2
    assert "fixtures/more.jsonl:1" in ran.stdout
    assert "fixtures/more.jsonl:2" in ran.stdout
    assert "slices" in ran.stdout


def test_no_fixtures_is_never_a_pass(repository: Repository):
    repository.commit({"fixtures/all.jsonl": None, "fixtures/README.md": "none"})
    repository.commit({"README.md": "x"})
    ran = run(repository)
    assert ran.code == 2
    assert ran.verdict == "not_evaluated"


def test_a_key_that_the_target_needs_and_lacks_is_not_evaluated_and_on_a_fork_neutral(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    gate = GATE.replace("target: {", "target: {env: [SHOUT_KEY], ")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(), "app.py": GOOD})
    made.commit({"README.md": "x"})
    ran = run(made)
    assert (ran.code, ran.reasons) == (3, ["missing_key"])
    assert "SHOUT_KEY" in ran.stdout
    forked = run(made, "--fork")
    assert (forked.code, forked.verdict, forked.reasons) == (0, "not_evaluated", ["no_secrets"])
    keyed = run(made, env={"SHOUT_KEY": "k"})
    assert keyed.code == 0, keyed.stdout


def test_a_key_that_a_child_prints_stands_in_no_report(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    gate = GATE.replace("target: {", "target: {env: [SHOUT_KEY], ")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(12), "app.py": GOOD})
    made.commit({"app.py": GOOD.replace("return text", "import os; return os.environ['SHOUT_KEY'] + text")})
    leaked = run(made, env={"SHOUT_KEY": "k3y-value"})
    assert leaked.code == 1
    assert leaked.report["examples"][0]["head"]["text"].startswith("***REFUND")
    made.commit({"app.py": "import os, sys\nsys.exit('no good: ' + os.environ['SHOUT_KEY'])\n"})
    died = run(made, "--run-folder", str(tmp_path / "second"), env={"SHOUT_KEY": "k3y-value"})
    assert "no good: ***" in died.stdout
    for ran in (leaked, died):
        told = [path.read_text(encoding="utf-8") for path in ran.out.glob("report.*")]
        assert "k3y-value" not in "".join((ran.stdout, ran.stderr, *told))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_exits_130_keeps_its_results_and_leaves_no_child(
    repository: Repository, number: signal.Signals
):
    marker = f"slow-{os.getpid()}-{number}.py"
    slow = "import time\n" + GOOD.replace("return text", "time.sleep(0.05); return text")
    gate = GATE.replace("app.py", marker)
    repository.commit({"gate.yaml": gate, marker: slow})
    repository.commit({"README.md": "x"})
    process = subprocess.Popen(
        argv_for(repository), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    trials = repository.folder.parent / "run" / "trials.jsonl"
    deadline = time.monotonic() + 30
    while not (trials.exists() and trials.stat().st_size and pids_of(marker)) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stdout + stderr
    assert "interrupted" in stdout.lower()
    assert trials.read_text(encoding="utf-8").count("\n") > 0
    assert not pids_of(marker)
    report = json.loads((repository.folder.parent / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["decision"]["verdict"] == "not_evaluated"


def test_a_run_killed_at_any_moment_goes_on_and_ends_as_if_nothing_had_happened(repository: Repository):
    seen = repository.folder.parent / "seen.log"
    seen.touch()
    seen.chmod(0o666)
    note = f"import time; time.sleep(0.01); open({str(seen)!r}, 'a').write(os.environ['GATE_ARM'] + text + '\\n')"
    app = "import os\n" + BAD_SLICE.replace("return text if", f"{note}; return text if")
    repository.commit({"app.py": app})
    repository.commit({"README.md": "x"})
    undisturbed = run(repository, "--run-folder", str(repository.folder.parent / "undisturbed"))
    calls = sorted(seen.read_text(encoding="utf-8").splitlines())
    seen.write_text("", encoding="utf-8")
    for moment in (0.15, 0.3, 0.6, 0.9, 1.2, None):
        process = subprocess.Popen(
            argv_for(repository, "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
        )
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    folder = repository.folder.parent
    assert (folder / "run" / "decision.json").read_bytes() == (folder / "undisturbed" / "decision.json").read_bytes(), (
        undisturbed.stdout
    )
    assert trial_keys(folder / "run") == trial_keys(folder / "undisturbed")
    in_flight_at_a_kill = 5 * 2 * 4
    made = sorted(seen.read_text(encoding="utf-8").splitlines())
    assert len(calls) <= len(made) <= len(calls) + in_flight_at_a_kill


def trial_keys(run_folder: Path) -> list[tuple[str, str, int]]:
    """Of each line of trials.jsonl, sorted: a trial that was made twice stands twice."""
    lines = map(json.loads, (run_folder / "trials.jsonl").read_text(encoding="utf-8").splitlines())
    return sorted((line["fixture_id"], line["arm"], line["attempt"]) for line in lines)


def test_resuming_with_other_commits_is_refused(repository: Repository):
    repository.commit({"README.md": "x"})
    assert run(repository).code == 0
    repository.commit({"README.md": "y"})
    ran = run(repository, "--resume")
    assert ran.code == 2
    assert "the run to resume is another one" in ran.stdout


def test_a_spent_budget_is_not_evaluated(repository: Repository):
    repository.commit({"gate.yaml": GATE + "budget: {max_calls: 10}\n"})
    repository.commit({"README.md": "x"})
    ran = run(repository)
    assert (ran.code, ran.reasons) == (3, ["budget_spent"])
    calls = ran.report["decision"]["calls"]
    assert calls["base"] + calls["head"] == 10
    assert "is shown and decides nothing" in " ".join(ran.stdout.split())


def test_a_run_that_takes_too_long_is_not_evaluated(repository: Repository):
    slow = "import time\n" + GOOD.replace("return text", "time.sleep(0.2); return text")
    repository.commit(
        {
            "gate.yaml": GATE.replace(
                "concurrency: 4, trial_timeout_s: 10", "concurrency: 1, trial_timeout_s: 1, run_timeout_s: 1"
            ),
            "app.py": slow,
        }
    )
    repository.commit({"README.md": "x"})
    ran = run(repository)
    assert (ran.code, ran.reasons) == (3, ["time_spent"])


def test_setup_runs_once_for_equal_locks_and_again_for_another(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    setup = (
        "import os, pathlib\nword = pathlib.Path('lock').read_text()\n"
        "pathlib.Path(os.environ['GATE_SETUP_DIR'], 'word').write_text(word)\n"
    )
    app = GOOD.replace(
        "return text", "import os; word = open(os.environ['GATE_SETUP_DIR'] + '/word').read(); return word + text"
    )
    gate = GATE.replace("target: {", "target: {setup: {run: [python3, prepare.py], lock: [lock]}, ")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(12), "prepare.py": setup, "app.py": app, "lock": ""})
    made.commit({"lock": "other "})
    ran = run(made)
    assert ran.code == 1, ran.stdout + ran.stderr
    failed = repository_with_failing_setup(made)
    assert (failed.code, failed.reasons) == (3, ["target_cannot_start"])
    assert "disk is a lie" in failed.stdout


def repository_with_failing_setup(made: Repository) -> Ran:
    made.commit({"prepare.py": "import sys\nsys.exit('the disk is a lie')\n", "lock": "third"})
    return run(made, "--run-folder", str(made.folder.parent / "second"))


def test_runs_of_the_default_branch_are_stored_and_found_again_from_the_repositorys_top(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    gate = GATE + "baselines: {store: folder, options: {path: ../kept}}\n"
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(), "app.py": GOOD})
    stored = made.commit({"README.md": "x"})
    assert run(made, "--store-run").code == 0
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {stored, "verdicts"}
    made.commit({"README.md": "y", "fixtures/new.jsonl": '{"id": "new", "input": "n", "expected": "N"}\n'})
    again = run(made, "--run-folder", str(tmp_path / "second"), "--store-run")
    assert again.code == 0, again.stdout
    assert len({path.name for path in (tmp_path / "kept").iterdir()} - {"verdicts"}) == 2
