"""`gate-action judge`: from a run's answers to a sheet, from people's labels to the lock, from the lock to the role."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from gate_action.__main__ import main
from gate_action.clients.files import FolderFiles
from gate_action.config.loading import load_config
from gate_action.engine.judge_standing import judge_digests
from gate_action.engine.scorer_building import build_scorer
from gate_action.model.fixture import Suite
from gate_action.model.score import NotScored, NotScoredCause
from gate_action.model.trial import Arm, TrialKey
from tests.comparison.rows import fixture
from tests.run_folders import manifest, write_run

GATE = """
schema_version: 1
id: desk
fixtures: [fixtures]
target: {kind: command, options: {run: [x]}}
metrics:
  tone: {evaluator: llm_judge, options: {criteria: Is it polite?, model: openai/m}}
"""
SUITE = tuple(fixture(f"f{number:03d}") for number in range(80))


def is_good(key: TrialKey) -> bool:
    """Base answers well, head on one fixture in eight."""
    return key.arm is Arm.BASE or int(key.fixture_id[1:]) % 8 == 0


def judged(key: TrialKey) -> float | NotScored:
    """A judge that is wrong on one fixture in ten, and silent on one."""
    if key.fixture_id == "f001":
        return NotScored(cause=NotScoredCause.EVALUATOR_ERROR, detail="429")
    return float(is_good(key) == (int(key.fixture_id[1:]) % 10 > 0))


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A repository with a gate, and a run that its judge has scored."""
    (tmp_path / "gate.yaml").write_text(GATE, encoding="utf-8")
    (tmp_path / "fixtures").mkdir()
    rows = "".join(json.dumps({"id": one.id, "input": one.id}) + "\n" for one in SUITE)
    (tmp_path / "fixtures" / "all.jsonl").write_text(rows, encoding="utf-8")
    config = load_config(FolderFiles(tmp_path))
    told = replace(manifest(), judges=judge_digests(build_scorer(config.metrics, Suite(fixtures=()))))
    write_run(tmp_path / "run", SUITE, judged, trials=1, told=told, metric="tone")
    return tmp_path


def write_sheet(desk: Path, *options: str) -> list[dict[str, Any]]:
    argv = ["judge", "label", str(desk / "run"), "--metric", "tone", "--out", str(desk / "labels.jsonl"), *options]
    assert main(argv) == 0
    return [json.loads(line) for line in (desk / "labels.jsonl").read_text(encoding="utf-8").splitlines()]


def fill_in(desk: Path, rows: list[dict[str, Any]], *, wrong: int = 0) -> None:
    """As the truth is, the answers name their fixture and arm; ``wrong``: every so many rows are left empty."""
    for place, row in enumerate(rows):
        name, arm, _ = row["shown"]["output"].split()
        row["label"] = "pass" if is_good(TrialKey(name, Arm(arm), 0)) else "missed_intent"
        if wrong and place % wrong == 0:
            row["label"] = ""
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (desk / "labels.jsonl").write_text(text, encoding="utf-8")


def calibrate(desk: Path, *options: str) -> int:
    run = ("--run", str(desk / "run"))
    return main(["judge", "calibrate", str(desk / "labels.jsonl"), "--repository", str(desk), *run, *options])


def read_lock(desk: Path) -> dict[str, Any]:
    lock: dict[str, Any] = yaml.safe_load((desk / "judges.lock.yaml").read_text(encoding="utf-8"))
    return lock


def test_a_sheet_holds_both_builds_answers_in_an_order_that_does_not_tell_whose_they_are(desk: Path):
    rows = write_sheet(desk, "--count", "30")
    names = [row["fixture_id"] for row in rows]
    assert len(rows) == 60
    assert all(names.count(name) == 2 for name in names)
    assert names != sorted(names)
    assert all("arm" not in row for row in rows)
    assert {row["label"] for row in rows} == {""}


def test_a_sheet_that_exists_is_not_written_over(desk: Path, capsys: pytest.CaptureFixture[str]):
    write_sheet(desk)
    assert main(["judge", "label", str(desk / "run"), "--out", str(desk / "labels.jsonl")]) == 2
    assert "exists already" in capsys.readouterr().err


def test_labels_become_an_entry_of_the_lock_and_the_judge_may_block(desk: Path, capsys: pytest.CaptureFixture[str]):
    argv = ["validate", "--repository", str(desk)]
    assert main(argv) == 0
    assert "only warns: its judge was never measured" in capsys.readouterr().out
    fill_in(desk, write_sheet(desk, "--count", "80"))
    assert calibrate(desk) == 0
    told = capsys.readouterr().out
    assert "it may block" in told
    assert "2 labels of answers that the judge could not score" in told
    entry = read_lock(desk)["gates"]["desk"]["tone"]
    assert (entry["model"], entry["labels"]["passes"], entry["labels"]["fails"]) == ("openai/m", 89, 69)
    wrong = {"passes": 8 + 2, "fails": 6}
    assert entry["sensitivity"]["value"] == pytest.approx(1 - wrong["passes"] / 89, abs=0.0001)
    assert entry["specificity"]["value"] == pytest.approx(1 - wrong["fails"] / 69, abs=0.0001)
    assert main(argv) == 0
    assert "only warns" not in capsys.readouterr().out


def test_a_changed_prompt_takes_the_judges_right_to_block(desk: Path, capsys: pytest.CaptureFixture[str]):
    fill_in(desk, write_sheet(desk, "--count", "80"))
    assert calibrate(desk) == 0
    (desk / "gate.yaml").write_text(GATE.replace("polite", "kind"), encoding="utf-8")
    assert main(["validate", "--repository", str(desk)]) == 0
    assert "is not the one that was measured" in capsys.readouterr().out
    assert calibrate(desk) == 2
    assert "its prompt, rubric, model or version was another" in capsys.readouterr().err


def test_too_few_labels_are_measured_and_the_judge_only_warns(desk: Path, capsys: pytest.CaptureFixture[str]):
    fill_in(desk, write_sheet(desk, "--count", "20"), wrong=4)
    assert calibrate(desk) == 0
    told = capsys.readouterr().out
    assert "it only warns: it was measured on" in told
    assert "10 labels not filled in yet" in told


def test_other_entries_of_the_lock_are_kept(desk: Path):
    fill_in(desk, write_sheet(desk, "--count", "80"))
    assert calibrate(desk) == 0
    lock = read_lock(desk)
    lock["gates"]["other"] = {"x": lock["gates"]["desk"]["tone"]}
    (desk / "judges.lock.yaml").write_text(yaml.safe_dump(lock), encoding="utf-8")
    assert calibrate(desk) == 0
    assert read_lock(desk) == lock


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--metric", "answer"), "is no metric that asks a judge"),
        (("--gate", "x"), "no gate 'x'"),
        (("--config", "none.yaml"), "no none.yaml"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    desk: Path, options: tuple[str, str], words: str, capsys: pytest.CaptureFixture[str]
):
    fill_in(desk, write_sheet(desk))
    capsys.readouterr()
    assert calibrate(desk, *options) == 2
    assert words in capsys.readouterr().err


def test_an_empty_sheet_measures_nothing(desk: Path, capsys: pytest.CaptureFixture[str]):
    write_sheet(desk)
    assert calibrate(desk) == 2
    assert "holds no label" in capsys.readouterr().err


def test_labels_of_other_answers_measure_nothing(desk: Path, capsys: pytest.CaptureFixture[str]):
    row = {"fixture_id": "f000", "output_digest": "sha256:" + "0" * 64, "label": "pass"}
    (desk / "labels.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert calibrate(desk) == 2
    assert "none of the 1 labelled answers" in capsys.readouterr().err


def test_labels_that_are_not_there_are_refused(desk: Path):
    assert calibrate(desk) == 2
