from pathlib import Path

import pytest

from gate_action.cli.commands import run_command
from gate_action.loop.store import open_store
from tests.cli.loops import make_loop
from tests.loop.complaints import complaint, rows_of, turn

CLAIM = "you made that up, the [red]kettle[/red] has no warranty"


def test_what_was_classified_is_clustered_under_the_same_gate_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = make_loop(tmp_path, [turn(n) for n in range(8)], [complaint(n, CLAIM) for n in range(8)])
    place = ["--repository", str(tmp_path)]
    assert run_command(["loop", "classify", *place]) == 0
    capsys.readouterr()
    assert run_command(["loop", "cluster", *place, "--until", "2026-11-09", "--cycle", "one"]) == 0
    told = capsys.readouterr().out
    assert "hallucination" in told
    assert "1 clusters by TF-IDF and HDBSCAN of what people wrote; 0 failed turns are in none" in told
    with open_store(path) as store:
        (cluster,) = rows_of(store, "cluster")
        assert "warranty" in cluster["title"]
        assert len(rows_of(store, "membership")) == 8
        assert [row["cycle_id"] for row in rows_of(store, "cycle")] == ["one"]
