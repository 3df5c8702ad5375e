"""`gate-action compare`: two finished runs, one verdict; what cannot be compared is never a pass."""

import json
from pathlib import Path
from typing import Any

import pytest

from gate_action.__main__ import main
from gate_action.model.trial import Arm
from tests.comparison.rows import fixture
from tests.run_folders import manifest, write_run, write_table

SUITE = tuple(fixture(f"f{number}", topic="refund" if number < 12 else "other") for number in range(80))


def passes(item: int, trial: int) -> float:
    """Two items in three, and a tenth of them flaky."""
    return float(item % 3 != 0) if item % 10 else float(trial % 2)


def compare(folder: Path, *argv: str | Path) -> tuple[int, dict[str, Any]]:
    code = main(["compare", *map(str, argv), "--out", str(folder / "out")])
    return code, json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))


def test_two_equal_tables_pass_with_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    base = write_table(tmp_path / "base.csv", passes)
    head = write_table(tmp_path / "head.csv", passes)
    code, report = compare(tmp_path, base, head)
    assert (code, report["decision"]["verdict"]) == (0, "pass")
    assert "PASS" in capsys.readouterr().out
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_broken_category_blocks_with_exit_code_1_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    base = write_table(tmp_path / "base.csv", lambda item, _: float(item % 3 > 0))
    head = write_table(tmp_path / "head.csv", lambda item, _: float(item % 3 > 0 and item % 4 != 1))
    code, report = compare(tmp_path, base, head)
    assert (code, report["decision"]["verdict"]) == (1, "fail")
    assert report["decision"]["reasons"][0]["kind"] == "regression"
    assert "category=b" in capsys.readouterr().out


def test_the_command_that_makes_it_again_holds_every_threshold(tmp_path: Path):
    base = write_table(tmp_path / "base.csv", passes)
    options = ["--alpha", "0.02", "--margin", "0.2", "--pass-at", "score=0.5", "--secondary", "score"]
    _, report = compare(tmp_path, base, base, *options[:6])
    assert report["reproduce"] == f"gate-action compare {base} {base} --pass-at=score=0.5 --margin=0.2 --alpha=0.02"
    assert report["policy"]["alpha_global"] == 0.02


def test_swapped_arms_of_one_run_folder_mirror_the_difference(tmp_path: Path):
    run = write_run(tmp_path / "run", SUITE, lambda key: float(key.arm is Arm.BASE or int(key.fixture_id[1:]) % 4 > 0))
    code, report = compare(tmp_path, run, run, "--base-arm", "base")
    mirrored, mirror = compare(tmp_path, run, run, "--head-arm", "base")
    difference, other = (told["decision"]["metrics"][0]["difference"] for told in (report, mirror))
    assert (code, mirrored) == (1, 0)
    assert difference["delta"] == -other["delta"] == -0.25
    assert difference["interval"] == [-bound for bound in reversed(other["interval"])]


def test_runs_that_were_made_on_different_days_carry_a_warning(tmp_path: Path):
    early = write_run(tmp_path / "early", SUITE, lambda _: 1.0, told=manifest(started_at="2026-11-20T10:00:00+00:00"))
    late = write_run(tmp_path / "late", SUITE, lambda _: 1.0)
    _, report = compare(tmp_path, early, late)
    assert "72 hours apart" in report["warnings"][0]


def test_thresholds_and_roles_come_from_gate_yaml_and_flags_have_the_last_word(tmp_path: Path):
    (tmp_path / "gate.yaml").write_text(
        "schema_version: 1\nid: desk\nfixtures: [f]\ntarget: {kind: command, options: {run: [x]}}\n"
        "metrics: {score: {evaluator: exact_match, role: primary}}\npolicy: {margin: 0.3, min_effect: 0.02}\n",
        encoding="utf-8",
    )
    base = write_table(tmp_path / "base.csv", passes)
    _, report = compare(tmp_path, base, base, "--config", tmp_path / "gate.yaml", "--margin", "0.1")
    assert report["gate_id"] == "desk"
    assert (report["policy"]["margin"], report["policy"]["min_effect"]) == (0.1, 0.02)


def test_a_judge_of_gate_yaml_that_was_never_measured_does_not_block(tmp_path: Path):
    (tmp_path / "gate.yaml").write_text(
        "schema_version: 1\nfixtures: [f]\ntarget: {kind: command, options: {run: [x]}}\n"
        "metrics: {score: {evaluator: llm_judge, options: {criteria: polite, model: openai/m}}}\n",
        encoding="utf-8",
    )
    base = write_table(tmp_path / "base.csv", lambda *_: 1.0)
    head = write_table(tmp_path / "head.csv", lambda *_: 0.0)
    code, report = compare(tmp_path, base, head, "--config", tmp_path / "gate.yaml")
    assert (code, report["decision"]["verdict"]) == (0, "inconclusive")
    assert "no metric may block" in report["decision"]["reasons"][0]["sentence"]
    assert "never measured" in report["warnings"][0]


def test_a_secondary_metric_alone_cannot_be_compared(tmp_path: Path):
    base = write_table(tmp_path / "base.csv", passes)
    code, report = compare(tmp_path, base, base, "--secondary", "score")
    assert (code, report["decision"]["verdict"]) == (2, "not_evaluated")


def test_disjoint_suites_are_not_evaluated_and_the_report_says_so(tmp_path: Path):
    base = write_table(tmp_path / "base.csv", passes)
    head = tmp_path / "head.csv"
    head.write_text(base.read_text(encoding="utf-8").replace("\ni", "\nx"), encoding="utf-8")
    code, report = compare(tmp_path, base, head, "--common")
    assert (code, report["decision"]["verdict"]) == (2, "not_evaluated")
    assert "share no item" in report["decision"]["reasons"][0]["sentence"]


def test_a_head_that_ran_only_a_tenth_of_the_items_is_not_evaluated(tmp_path: Path):
    base = write_table(tmp_path / "base.csv", passes)
    head = write_table(tmp_path / "head.csv", lambda *_: 1.0, items=10)
    code, report = compare(tmp_path, base, head)
    assert (code, report["decision"]["reasons"][0]["kind"]) == (3, "too_much_missing")


def test_a_fault_in_a_table_is_exit_code_2_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    base = write_table(tmp_path / "base.csv", passes)
    head = write_table(tmp_path / "head.csv", lambda item, _: "nan" if item == 1 else 1.0)
    code, report = compare(tmp_path, base, head)
    assert code == 2
    assert "NOT EVALUATED" in capsys.readouterr().out
    assert report["decision"]["verdict"] == "not_evaluated"
    assert f"{head}:4: score: NaN is no score" in report["decision"]["reasons"][0]["detail"]


@pytest.mark.parametrize("change", [0.0, -1.0])
def test_one_item_is_inconclusive_whatever_it_shows(tmp_path: Path, change: float):
    base = write_table(tmp_path / "base.csv", lambda *_: 1.0, items=1, trials=20)
    head = write_table(tmp_path / "head.csv", lambda *_: 1.0 + change, items=1, trials=20)
    code, report = compare(tmp_path, base, head)
    assert (code, report["decision"]["verdict"]) == (0, "inconclusive")
    code, report = compare(tmp_path, base, head, "--on-inconclusive", "block")
    assert code == 1


def test_one_cluster_is_inconclusive(tmp_path: Path):
    rows = "".join(f"i{item},0,{item % 2},c\n" for item in range(100))
    for name in ("base.csv", "head.csv"):
        (tmp_path / name).write_text(f"item_id,trial,score,cluster\n{rows}", encoding="utf-8")
    code, report = compare(tmp_path, tmp_path / "base.csv", tmp_path / "head.csv")
    assert (code, report["decision"]["verdict"]) == (0, "inconclusive")
    assert "one cluster" in report["decision"]["metrics"][0]["difference"]["note"]


def test_a_table_without_a_row_is_never_a_pass(tmp_path: Path):
    empty = tmp_path / "empty.csv"
    empty.write_text("item_id,trial,score\n", encoding="utf-8")
    assert compare(tmp_path, empty, empty)[0] == 2


def test_a_table_whose_scores_are_all_missing_is_not_evaluated(tmp_path: Path):
    table = write_table(tmp_path / "base.csv", lambda *_: "")
    code, report = compare(tmp_path, table, table)
    assert (code, report["decision"]["verdict"]) == (3, "not_evaluated")


@pytest.mark.parametrize(
    "option", [("--pass-at", "x"), ("--pass-at", "score=0"), ("--alpha", "0.00001"), ("--margin", "1")]
)
def test_thresholds_that_mean_nothing_are_refused(tmp_path: Path, option: tuple[str, str]):
    base = write_table(tmp_path / "base.csv", passes)
    assert main(["compare", str(base), str(base), *option]) == 2


def test_a_metric_that_is_not_there_is_refused(tmp_path: Path):
    base = write_table(tmp_path / "base.csv", passes)
    assert compare(tmp_path, base, base, "--metric", "tone")[0] == 2
    assert compare(tmp_path, base, base, "--secondary", "tone")[0] == 2


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_million_rows_are_decided(tmp_path: Path):
    base = write_table(tmp_path / "base.csv", passes, items=166_667, trials=3)
    head = write_table(tmp_path / "head.csv", lambda item, _: passes(item, 0), items=166_667, trials=3)
    assert main(["compare", str(base), str(head)]) in {0, 1}
