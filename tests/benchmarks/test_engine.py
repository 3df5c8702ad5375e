"""The engine's benchmark: its rows are what its page says, and every contestant works on the same ones."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine_lib import floor
from engine_lib.measuring import measure
from engine_lib.page import render_page
from engine_lib.playing import Played, Results
from engine_lib.workloads import make_rows, make_suite


def test_nine_rows_of_ten_are_exact_and_every_row_holds_its_needle():
    rows = list(make_rows(200))
    assert sum(row.answer == row.expected for row in rows) == 180
    assert all(row.needle in row.answer for row in rows)
    assert len({row.question for row in rows}) == 200


def test_the_floor_checks_every_row_of_a_suite(tmp_path: Path):
    suite = make_suite(tmp_path / "suite", 40)
    results = tmp_path / "results.jsonl"
    floor.main(str(suite.fixtures), str(suite.answers), str(results), "8")
    found = [json.loads(line) for line in results.read_text().splitlines()]
    assert (len(found), sum(one["exact"] for one in found), sum(one["has"] for one in found)) == (40, 36, 40)


@pytest.mark.slow
def test_a_suite_is_one_that_the_gate_runs(tmp_path: Path):
    suite = make_suite(tmp_path / "suite", 80, has_base=True)
    argv = [sys.executable, "-m", "gate_action", "run", "--repository", str(suite.folder), "--base", "main"]
    done = subprocess.run([*argv, "--out", str(tmp_path / "out")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    means = {metric["metric"]: metric["head_mean"] for metric in report["decision"]["metrics"]}
    assert means == {"exact": 0.9, "has": 1.0}


def test_the_memory_of_children_counts(tmp_path: Path):
    hold = "x = bytearray(60_000_000); import time; time.sleep(0.2)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}], check=True)"
    alone = measure([sys.executable, "-c", hold], tmp_path)
    both = measure([sys.executable, "-c", parent], tmp_path)
    assert 60 < alone.peak_mib < both.peak_mib


def test_each_target_that_is_missed_has_its_reason():
    page = (Path(__file__).parents[2] / "docs/benchmarks/engine.md").read_text("utf-8")
    missed = re.findall(r"^\| (.+?) \| .* \*\*no\*\* \|$", page, re.MULTILINE)
    assert missed
    assert (
        re.findall(r"^- \*\*(.+?)\*\*: (?!not looked into)", page.partition("## What is not reached")[2], re.MULTILINE)
        == missed
    )


def test_the_page_tells_which_target_is_missed():
    results = Results(
        repeats=1,
        played=[Played("W1", "gate-action", 0.95, 0.9, 69.0), Played("W1", "braintrust", 1.0, 1.0, 50.0)],
    )
    page = render_page(results)
    assert "| W1, wall beside the fastest peer | <= 0.9 x | 0.95 x | **no** |" in page
    assert "- **W1, wall beside the fastest peer**: half of" in page
    assert "| W1, peak | <= 70 MiB | 69 MiB | yes |" in page
