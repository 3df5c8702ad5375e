"""docs/compare.md: its table is compared, its columns and options are those of the code."""

import re
from pathlib import Path

from gate_action.__main__ import main
from gate_action.cli.compare import command
from gate_action.codec.score_rows import COLUMNS

PAGE = (Path(__file__).parents[1] / "docs" / "compare.md").read_text(encoding="utf-8")


def test_the_page_lists_the_columns_of_a_table():
    assert tuple(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)) == COLUMNS


def test_every_option_that_the_page_names_exists():
    named = set(re.findall(r"(--[a-z-]+)", re.sub(r"^\|[:|-]+\|$", "", PAGE, flags=re.MULTILINE)))
    assert named <= {option for parameter in command.params for option in parameter.opts}
    assert {"--margin", "--alpha", "--config", "--common"} <= named


def test_the_pages_table_is_compared_and_four_rows_are_no_pass(tmp_path: Path):
    (table,) = re.findall(r"^\$ cat base.csv\n(.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    for name in ("base.csv", "head.csv"):
        (tmp_path / name).write_text(table + "\n", encoding="utf-8")
    argv = [str(tmp_path / "base.csv"), str(tmp_path / "head.csv"), "--out", str(tmp_path / "report")]
    assert main(["compare", *argv]) == 0
    assert '"verdict": "inconclusive"' in (tmp_path / "report" / "report.json").read_text(encoding="utf-8")
