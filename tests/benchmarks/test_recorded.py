from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from power import main
from power_lib.reading_tables import read_table
from power_lib.recorded import Recorded, TableError, list_replacements, resample_pair, split_trials
from power_lib.recorded_tables import Trying, run_table
from power_lib.worlds import Setting

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "taubench_airline.csv"
HEADER = "system,item_id,cluster,category,trial,score\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def table(tmp_path: Path, systems: Mapping[str, float], items: int = 12, trials: int = 4) -> Path:
    rng = np.random.default_rng(0)
    rows = [
        f"{system},i{item:02d},c{item // 2},k{item % 2},{trial},{int(rng.random() < rate)}"
        for system, rate in systems.items()
        for item in range(items)
        for trial in range(trials)
    ]
    return write(tmp_path, HEADER + "\n".join(rows) + "\n")


@pytest.mark.parametrize(
    "text",
    [
        "system,item_id,cluster,category,trials,passes\na,x,c,k,3,2\n",
        HEADER + "a,x,c,k,0,1\na,x,c,k,1,1\na,x,c,k,2,0\n",
        HEADER + "a,x,c,k,first,True\na,x,c,k,second,1.0\na,x,,,third,false\n",
        "\ufeffitem_id,category,cluster,score,system\nx,k,c,1,a\nx,k,c,1,a\nx,k,c,0,a\n",
    ],
    ids=["counts", "trials", "words", "no trial column, and a byte order mark"],
)
def test_tables_of_several_shapes_are_read_alike(tmp_path: Path, text: str) -> None:
    (one,) = read_table(write(tmp_path, text))
    assert one.scores.tolist() == [[1.0, 1.0, 0.0]]
    assert [(f.id, f.cluster, str(f.slices[0])) for f in one.suite] == [("x", "c", "category=k")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "table.csv: no row"),
        ("a,x,,,0,2\n", r"table.csv:2: the score 2 is not in \[0, 1\]"),
        ("a,x,,,0,nan\n", r"table.csv:2: the score nan is not in \[0, 1\]"),
        ("a,x,,,0,yes\n", "table.csv:2: 'yes' is no number"),
        ("a,x,,,0,\n", "table.csv:2: no score; leave out the row"),
        ("a,x\n", "table.csv:2: no score"),
        ("a,x,,,0,1\na,x,,,0,1\n", "table.csv:3: trial 0 of item x of a stands here twice"),
        ("a,x,c,,0,1\na,x,d,,1,1\n", "table.csv:3: item x is in another cluster"),
    ],
)
def test_a_bad_table_is_refused_by_line(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        read_table(write(tmp_path, HEADER + rows))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "table.csv:1: columns none; needed are"),
        ("system,item,trial,score\n", "table.csv:1: columns system, item, trial, score; needed are system, item_id"),
        ("system,item_id,trials\na,x,3\n", "needed are"),
        ("system,item_id,trials,passes\na,x,3,2.5\n", "table.csv:2: 2.5 passes of 3 trials"),
        ("system,item_id,trials,passes\na,x,3,4\n", "table.csv:2: 4 passes of 3 trials"),
        ("system,item_id,trials,passes\na,x,3,2\na,x,3,2\n", "table.csv:3: item x of a stands here twice"),
    ],
)
def test_a_table_of_another_shape_is_refused_with_what_is_needed(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        read_table(write(tmp_path, text))


def test_a_table_that_is_not_there_or_no_text_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--table", str(tmp_path / "gone.csv")]) == 2
    assert "gone.csv: No such file" in capsys.readouterr().err
    (tmp_path / "table.csv").write_bytes(b"system,item_id,trial,score\n\xff\xfe,x,0,1\n")
    with pytest.raises(TableError, match="not a CSV in UTF-8"):
        read_table(tmp_path / "table.csv")


def test_splitting_gives_every_trial_to_one_arm_and_keeps_clusters_together(tmp_path: Path) -> None:
    recorded = read_table(table(tmp_path, {"a": 0.5}))[0]
    numbered = Recorded(
        system="a",
        suite=recorded.suite,
        scores=np.arange(4) / 10 + np.zeros((12, 1)) + np.arange(12)[:, None],
        counts=np.full(12, 4),
    )
    batch = split_trials(numbered, 30, np.random.default_rng(0))
    both = np.concatenate([batch.base, batch.head], axis=2) - np.arange(12)[None, :, None]
    assert np.sort(both, axis=2) == pytest.approx(np.broadcast_to(np.arange(4) / 10, both.shape))
    assert both[:, 0] == pytest.approx(both[:, 1])  # two items of one cluster
    assert not np.allclose(both[:, 0], both[:, 2])


def test_items_may_have_different_numbers_of_trials(tmp_path: Path) -> None:
    rows = "a,x,,,0,1\na,y,,,0,0\na,y,,,1,1\na,z,,,0,0\na,z,,,1,0\na,z,,,2,0\n"
    (recorded,) = read_table(write(tmp_path, HEADER + rows))
    assert recorded.counts.tolist() == [1, 2, 3]
    assert recorded.rates.tolist() == [1.0, 0.5, 0.0]
    assert len(split_trials(recorded, 1, np.random.default_rng(0)).suite) == 2
    batch = resample_pair(recorded, recorded, Setting(fixtures=3, trials=1), 400, np.random.default_rng(0))
    assert batch.head.mean(axis=(0, 2)).tolist() == pytest.approx([1.0, 0.5, 0.0], abs=0.02)


def test_pairs_share_items_and_keep_their_difference(tmp_path: Path) -> None:
    systems = read_table(table(tmp_path, {"a": 0.9, "b": 0.4}))
    assert [(p.base.system, p.head.system) for p in list_replacements(systems)] == [("a", "b"), ("b", "a")]
    batch = resample_pair(systems[0], systems[1], Setting(fixtures=12, trials=3), 300, np.random.default_rng(0))
    assert batch.base.mean() == pytest.approx(systems[0].scores.mean(), abs=0.01)
    assert batch.head.mean() == pytest.approx(systems[1].scores.mean(), abs=0.01)
    assert batch.stored.shape == (300, 12, 10)


def test_systems_without_a_common_item_are_no_pair(tmp_path: Path) -> None:
    systems = read_table(write(tmp_path, HEADER + "a,x,,,0,1\nb,y,,,0,1\n"))
    assert list(list_replacements(systems)) == []
    with pytest.raises(TableError, match="a and b share no item"):
        resample_pair(systems[0], systems[1], Setting(fixtures=1, trials=1), 1, np.random.default_rng(0))


def test_the_tables_tell_of_unchanged_builds_and_of_pairs_by_how_far_they_are_apart(tmp_path: Path) -> None:
    told = run_table(read_table(table(tmp_path, {"a": 0.9, "b": 0.3})), Trying(prs=3))
    assert "2 systems, 12 items each, 4 trials an item" in told
    assert "| a | 12 | 4 |" in told
    assert "| more than 12 worse | 1 | 10 |" in told
    assert "| a -> b | -" in told
    assert "| b -> a | +" in told
    assert told.count("| **gate-action** |") == 2


def test_one_trial_an_item_is_enough_for_pairs_and_said_to_be_too_few_for_unchanged_builds(tmp_path: Path) -> None:
    told = run_table(read_table(table(tmp_path, {"a": 0.9, "b": 0.3}, trials=1)), Trying(prs=3, trials=(1,)))
    assert "no unchanged build can be drawn of: a, b" in told
    assert "| a -> b |" in told


def test_of_many_pairs_in_one_class_only_so_many_are_tried(tmp_path: Path) -> None:
    systems = read_table(table(tmp_path, dict.fromkeys("abcde", 0.5), items=6, trials=2))
    told = run_table(systems, Trying(prs=1, pairs=1, trials=(1,)))
    assert sum(line.startswith("| ") and " -> " in line for line in told.splitlines()) <= 8


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_file(), reason="shared/data/taubench_airline.csv is not here")
def test_unchanged_real_agents_are_rarely_blocked() -> None:
    """50 tasks with a simulated user, four trials each: at most 1 %, and three standard errors for luck."""
    told = run_table(read_table(SHARED), Trying(prs=200))
    line = next(line for line in told.splitlines() if line.startswith("| **gate-action** |"))
    rates = [float(cell.split("(")[0]) for cell in line.split("|")[2:4]]
    assert max(rates) <= 1.0 + 3 * 100 * (0.01 * 0.99 / 200) ** 0.5
