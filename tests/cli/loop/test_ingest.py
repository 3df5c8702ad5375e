from pathlib import Path

import pytest

from gate_action.cli.commands import run_command
from gate_action.cli.loop.ingest_table import format_size
from tests.loop.ingest.records import chat, line, span

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
state: {path: memory}
loop:
  sources:
    spans: {kind: files, path: traces}
    gone: {kind: files, path: nowhere}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "gate.yaml").write_text(GATE)
    (tmp_path / "traces").mkdir()
    content = line(span(1, chat("q", "a", **{"user.id": "ann"}))) + b"no json\n"
    (tmp_path / "traces" / "a.jsonl").write_bytes(content)
    return tmp_path


def ingest(repository: Path, *arguments: str) -> int:
    return run_command(["loop", "ingest", *arguments, "--repository", str(repository)])


def test_it_ends_with_a_table_and_says_what_could_not_be_read(repository: Path, capsys: pytest.CaptureFixture[str]):
    assert ingest(repository, "spans") == 0
    told = capsys.readouterr()
    (row,) = [one.split() for one in told.out.splitlines() if one.strip().startswith("spans")]
    assert row[3:] == ["1", "0", "0", "0", "1"]
    assert "1 not_json" in told.err
    assert "traces/a.jsonl@" in told.err
    assert "GATE_USER_KEY_SECRET is not set" in told.err


def test_a_source_that_fails_does_not_stop_the_next_one(repository: Path, capsys: pytest.CaptureFixture[str]):
    assert ingest(repository, "gone", "spans") == 2
    told = capsys.readouterr()
    assert "gone: there is no file at nowhere" in told.err
    assert [one.split()[3] for one in told.out.splitlines() if one.strip().startswith("spans")] == ["1"]


def test_without_a_source_all_of_gate_yaml_are_read_and_a_path_needs_no_name(
    repository: Path, capsys: pytest.CaptureFixture[str]
):
    (repository / "nowhere").write_bytes(line(span(2, chat("q", "a"), trace=2)))
    assert ingest(repository) == 0
    assert ingest(repository, "traces/*.jsonl") == 0
    capsys.readouterr()
    assert run_command(["loop", "status", "--repository", str(repository)]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["turn", "2"]


def test_again_reads_everything_anew(repository: Path, capsys: pytest.CaptureFixture[str]):
    for _ in range(2):
        assert ingest(repository, "spans", "--again") == 0
    rows = [one.split() for one in capsys.readouterr().out.splitlines() if one.strip().startswith("spans")]
    assert [row[3:5] for row in rows] == [["1", "0"], ["0", "1"]]


def test_a_key_of_a_bucket_is_never_written_into_gate_yaml(repository: Path, capsys: pytest.CaptureFixture[str]):
    told = GATE.replace("path: nowhere", "path: 's3://bucket/x', secret_key: plain-text-secret")
    (repository / "gate.yaml").write_text(told)
    assert ingest(repository, "gone") == 2
    assert "looks like a secret in plain text" in capsys.readouterr().err


@pytest.mark.parametrize(("size", "told"), [(0, "0 B"), (999, "999 B"), (1_500, "2 kB"), (2_345_000_000, "2.3 GB")])
def test_sizes_are_told_shortly(size: int, told: str):
    assert format_size(size) == told


def test_what_nobody_can_understand_is_no_success_each_time(repository: Path, capsys: pytest.CaptureFixture[str]):
    (repository / "notes.txt").write_text("a list\nof things\n")
    for _ in range(2):
        assert ingest(repository, "notes.txt", "spans") == 3
        told = capsys.readouterr()
        assert "files: nothing of notes.txt could be understood" in told.err
        assert "2 not_json" in told.err
    assert ingest(repository, "notes.txt", "--again") == 3


def test_a_foreign_file_beside_others_stops_nothing(repository: Path):
    (repository / "traces" / "b.txt").write_text("a list\nof things\n")
    assert ingest(repository, "spans") == 0
    (repository / "traces" / "c.txt").write_text("a list\nof things\n")
    assert ingest(repository, "spans") == 0


def test_spans_in_which_nobody_is_answered_are_told_and_how_to_name_them(
    repository: Path, capsys: pytest.CaptureFixture[str]
):
    (repository / "web").write_bytes(line(span(5, {"shop.question": "q", "shop.answer": "a"}, trace=5)))
    (repository / "bare").write_bytes(line(span(6, {"gen_ai.operation.name": "chat"}, trace=6)))
    assert ingest(repository, "web", "bare") == 0
    told = capsys.readouterr().err
    assert "files: in 1 trace no span says that it is a model call" in told
    assert "Neither what was asked nor what was answered stands in 1 turn of the store" in told


def test_a_name_that_is_nearly_a_sources_is_told(repository: Path, capsys: pytest.CaptureFixture[str]):
    assert ingest(repository, "span") == 2
    assert "did you mean the source spans?" in capsys.readouterr().err


def test_a_folder_may_be_empty_yet_and_a_glob_that_matches_nothing_is_told(
    repository: Path, capsys: pytest.CaptureFixture[str]
):
    (repository / "spool").mkdir()
    assert ingest(repository, "spool", "spans") == 0
    assert ingest(repository, "spool/*.jsonl") == 2
    assert "there is no file at spool/*.jsonl" in capsys.readouterr().err
