"""Tables of other harnesses: three formats say the same, and every fault is told with its line."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from gate_action.clients.score_tables import load_table
from gate_action.codec.recordings import Recording
from gate_action.errors import ConfigError
from gate_action.model.fixture import Slice
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm

ROWS: list[dict[str, Any]] = [
    {"item_id": "a", "trial": 0, "score": 1.0, "metric": "answer", "cluster": "c1", "category": "de"},
    {"item_id": "a", "trial": 1, "score": 0.0, "metric": "answer", "cluster": "c1", "category": "de"},
    {"item_id": "b", "trial": 0, "score": 0.25, "metric": "answer", "cluster": "", "category": "en"},
    {"item_id": "b", "trial": 1, "score": None, "metric": "answer", "cluster": "", "category": "en"},
]


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = list(rows[0])
    lines = [",".join("" if row.get(name) is None else str(row[name]) for name in names) for row in rows]
    path.write_text("\n".join([",".join(names), *lines]) + "\n", encoding="utf-8")
    return path


def write_json_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    source = write_json_lines(path.with_suffix(".jsonl"), rows)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"copy (select * from read_json('{source}')) to '{path}' (format parquet)")
    source.unlink()
    return path


WRITERS = {"t.csv": write_csv, "t.jsonl": write_json_lines, "t.parquet": write_parquet}


def told(recording: Recording) -> list[Scored]:
    return list(recording.tell(Arm.BASE, frozenset(recording.items), frozenset(recording.metrics)))


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        load_table(path)
    return str(refused.value)


def test_csv_json_lines_and_parquet_say_the_same(tmp_path: Path):
    read = {name: load_table(write(tmp_path / name, ROWS)) for name, write in WRITERS.items()}
    assert told(read["t.csv"]) == told(read["t.jsonl"]) == told(read["t.parquet"])
    assert [len(recording) for recording in read.values()] == [4, 4, 4]
    for recording in read.values():
        assert recording.fixtures["a"].cluster == "c1"
        assert recording.fixtures["b"].slices == (Slice("category", "en"),)


@pytest.mark.parametrize("name", WRITERS)
def test_a_duplicate_is_told_with_both_lines(tmp_path: Path, name: str):
    path = WRITERS[name](tmp_path / name, [*ROWS, ROWS[1]])
    first = {"t.csv": 3}.get(name, 2)
    assert f"{path}:{first + 3}: trial: the same item, trial and metric as in line {first}" in refusal(path)


@pytest.mark.parametrize("name", WRITERS)
def test_a_score_outside_0_to_1_is_told_with_its_line(tmp_path: Path, name: str):
    path = WRITERS[name](tmp_path / name, [ROWS[0], {**ROWS[1], "score": 1.5}])
    line = {"t.csv": 3}.get(name, 2)
    assert f"{path}:{line}: score: 1.5 lies outside [0, 1]" in refusal(path)


def test_nan_is_told_with_its_line_whatever_the_format(tmp_path: Path):
    path = write_csv(tmp_path / "t.csv", [ROWS[0], {**ROWS[1], "score": "NaN"}])
    assert f"{path}:3: score: NaN is no score" in refusal(path)
    lines = write_json_lines(tmp_path / "t.jsonl", [ROWS[0], {**ROWS[1], "score": float("nan")}])
    assert f"{lines}:2: not a JSON object" in refusal(lines)
    assert "null stands for a missing score" in refusal(lines)
    table = tmp_path / "t.parquet"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"copy (select 'a' item_id, 0 trial, 'nan'::double score) to '{table}' (format parquet)")
    assert f"{table}:1: score: NaN is no score" in refusal(table)


def test_faults_are_told_together_and_only_the_first_twenty(tmp_path: Path):
    path = write_csv(tmp_path / "t.csv", [{"item_id": "a", "trial": n, "score": 7} for n in range(50)])
    assert refusal(path).count("lies outside") == 20


def test_an_item_belongs_to_one_cluster_and_one_category(tmp_path: Path):
    path = write_csv(tmp_path / "t.csv", [ROWS[0], {**ROWS[1], "cluster": "c2", "category": "fr"}])
    assert "item 'a' is in cluster 'c2' here and in 'c1' in line 2" in refusal(path)
    assert "in category 'fr' here and in 'de' in line 2" in refusal(path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", "", "no column item_id, trial, score"),
        ("t.csv", "item_id,trial,score\n", "holds no row"),
        ("t.csv", "item,trial,score\na,0,1\n", "no column item_id (did you mean 'item'?"),
        ("t.csv", "item_id,trial,score,score\na,0,1,1\n", "the column score stands twice"),
        ("t.csv", "item_id,trial,score\na,0\n", ":2: 2 cells, and the header names 3 columns"),
        ("t.csv", 'item_id,trial,score\n"a,0,1\n', ":2: not a CSV in UTF-8"),
        ("t.csv", "item_id,trial,score\n\ufeff,0\0,1\n", ":2: trial: expected a whole number"),
        ("t.jsonl", "\n\n", "holds no row"),
        ("t.jsonl", "[1]\n", ":1: not a JSON object"),
        ("t.jsonl", "{" * 5000, ":1: not a JSON object"),
        ("t.jsonl", '{"item_id": "a", "trial": 0}\n', "no column score"),
        ("t.jsonl", '{"item_id": "a", "score": 1}\n', "; where each item was tried once, write 0;"),
        ("t.jsonl", '{"item_id": "a", "trial": 0, "score": 0, "score": 1}\n', ":1:42: the key 'score' stands twice"),
        ("t.parquet", "PAR1", "cannot be read as Parquet"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: str, words: str):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert words in refusal(path)


def test_bytes_that_are_no_utf8_are_told(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"item_id,trial,score\n\xff,0,1\n")
    assert "not a CSV in UTF-8" in refusal(path)
    lines = tmp_path / "t.jsonl"
    lines.write_bytes(b'{"item_id": "\xff", "trial": 0, "score": 1}\n')
    assert f"{lines}:1: not a JSON object" in refusal(lines)


def test_a_quoted_cell_may_span_lines_and_later_lines_keep_their_numbers(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text('item_id,trial,score,text\na,0,1,"one\ntwo"\nb,0,9,x\n', encoding="utf-8")
    assert f"{path}:4: score: 9 lies outside" in refusal(path)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffitem_id,trial,score\na,0,1\n".encode())
    assert load_table(path).items == ("a",)


def test_a_json_row_may_hold_the_name_of_a_column_elsewhere(tmp_path: Path):
    row = {**ROWS[0], "metric": "score", "raw": {"score": 85, "trial": 3}}
    assert load_table(write_json_lines(tmp_path / "t.jsonl", [row])).metrics == ("score",)


def write_columns(path: Path, columns: list[tuple[str, Any]]) -> Path:
    table = pa.table([pa.array([value]) for _, value in columns], names=[name for name, _ in columns])
    parquet.write_table(table, path)
    return path


def test_a_parquet_column_that_stands_twice_is_refused(tmp_path: Path):
    path = write_columns(tmp_path / "t.parquet", [("item_id", "a"), ("trial", 0), ("score", 0.0), ("score", 1.0)])
    assert "the column score stands twice" in refusal(path)


def test_a_parquet_column_is_found_by_its_exact_name(tmp_path: Path):
    columns = [
        ("Score", 85.0),
        ("raw", {"score": 2, "deep": [{"trial": 1}]}),
        ("item_id", "a"),
        ("trial", 0),
        ("score", 0.5),
    ]
    (row,) = told(load_table(write_columns(tmp_path / "t.parquet", columns)))
    assert isinstance(row.result, Score)
    assert row.result.value == 0.5


def test_a_path_that_duckdb_would_read_as_a_pattern_is_refused(tmp_path: Path):
    path = tmp_path / "t[1].parquet"
    path.write_bytes(b"x")
    assert "may hold none of" in refusal(path)


@pytest.mark.slow
def test_a_million_rows_are_read(tmp_path: Path):
    path = tmp_path / "t.csv"
    lines = (f"i{number // 4},{number % 4},{number % 2}\n" for number in range(1_000_000))
    path.write_text("item_id,trial,score\n" + "".join(lines), encoding="utf-8")
    assert len(load_table(path)) == 1_000_000
