from pathlib import Path

import numpy as np
import pytest

from power_lib.recorded import Recorded, TableError, list_pairs, read_table, resample_pair, split_trials
from power_lib.recorded_tables import run_table
from power_lib.worlds import Setting

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "taubench_airline.csv"
HEADER = "system,item_id,cluster,category,trial,score\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def table(tmp_path: Path, systems: dict[str, float], items: int = 12, trials: int = 4) -> Path:
    rng = np.random.default_rng(0)
    rows = [
        f"{system},i{item:02d},c{item // 2},k{item % 2},{trial},{int(rng.random() < rate)}"
        for system, rate in systems.items()
        for item in range(items)
        for trial in range(trials)
    ]
    return write(tmp_path, HEADER + "\n".join(rows) + "\n")


def test_passes_and_trials_are_read_like_scores(tmp_path: Path) -> None:
    one = read_table(write(tmp_path, "system,item_id,cluster,category,trials,passes\na,x,c,k,3,2\n"))[0]
    other = read_table(write(tmp_path, HEADER + "a,x,c,k,0,1\na,x,c,k,1,1\na,x,c,k,2,0\n"))[0]
    assert one.scores.tolist() == other.scores.tolist() == [[1.0, 1.0, 0.0]]
    assert one.suite == other.suite


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "table.csv: no row"),
        ("a,x,,,0,2\n", r"table.csv:2: the score 2 is not in \[0, 1\]"),
        ("a,x,,,0,nan\n", r"table.csv:2: the score nan is not in \[0, 1\]"),
        ("a,x,,,0,yes\n", "table.csv:2: 'yes' is no number"),
        ("a,x,,,0,\n", "table.csv:2: no score"),
        ("a,x,,,0,1\na,x,,,0,1\n", "table.csv:3: trial 0 of item x of a stands here twice"),
        ("a,x,c,,0,1\na,x,d,,1,1\n", "table.csv:3: item x is in another cluster"),
        ("a,x,,,0,1\na,y,,,0,1\na,y,,,1,1\n", "table.csv: the items of a have from 1 to 2 trials"),
    ],
)
def test_a_bad_table_is_refused_by_line(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        read_table(write(tmp_path, HEADER + rows))


def test_splitting_gives_every_trial_to_one_arm_and_keeps_clusters_together(tmp_path: Path) -> None:
    recorded = read_table(table(tmp_path, {"a": 0.5}))[0]
    numbered = Recorded(
        system="a", suite=recorded.suite, scores=np.arange(4) / 10 + np.zeros((12, 1)) + np.arange(12)[:, None]
    )
    batch = split_trials(numbered, 30, np.random.default_rng(0))
    both = np.concatenate([batch.base, batch.head], axis=2) - np.arange(12)[None, :, None]
    assert np.sort(both, axis=2) == pytest.approx(np.broadcast_to(np.arange(4) / 10, both.shape))
    assert both[:, 0] == pytest.approx(both[:, 1])  # two items of one cluster
    assert not np.allclose(both[:, 0], both[:, 2])


def test_pairs_share_items_and_keep_their_difference(tmp_path: Path) -> None:
    systems = read_table(table(tmp_path, {"a": 0.9, "b": 0.4}))
    assert [(base.system, head.system) for base, head in list_pairs(systems)] == [("a", "b"), ("b", "a")]
    batch = resample_pair(systems[0], systems[1], Setting(fixtures=12, trials=3), 300, np.random.default_rng(0))
    assert batch.base.mean() == pytest.approx(systems[0].scores.mean(), abs=0.01)
    assert batch.head.mean() == pytest.approx(systems[1].scores.mean(), abs=0.01)
    assert batch.stored.shape == (300, 12, 4)


def test_systems_without_a_common_item_are_no_pair(tmp_path: Path) -> None:
    systems = read_table(write(tmp_path, HEADER + "a,x,,,0,1\nb,y,,,0,1\n"))
    assert list(list_pairs(systems)) == []
    with pytest.raises(TableError, match="a and b share no item"):
        resample_pair(systems[0], systems[1], Setting(fixtures=1, trials=1), 1, np.random.default_rng(0))


def test_the_tables_of_two_systems_are_unchanged_splits_and_both_ways_of_replacing(tmp_path: Path) -> None:
    told = run_table(table(tmp_path, {"a": 0.9, "b": 0.3}), prs=3)
    assert told.count("trials split into 2 + 2; 3 splits") == 2
    assert "a: unchanged; 4 stored trials, 3 pull requests" in told
    assert "a -> b: -" in told
    assert "b -> a: +" in told
    assert told.count("| gate-action |") == 4


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_file(), reason="shared/data/taubench_airline.csv is not here")
def test_unchanged_real_agents_are_rarely_blocked() -> None:
    """50 tasks with a simulated user, four trials each: at most 1 %, and three standard errors for luck."""
    told = run_table(SHARED, prs=200)
    line = next(line for line in told.splitlines() if line.startswith("| gate-action |"))
    one, three = (float(cell.split("(")[0]) for cell in line.split("|")[2:5:2])
    assert max(one, three) <= 1.0 + 3 * 100 * (0.01 * 0.99 / 200) ** 0.5
