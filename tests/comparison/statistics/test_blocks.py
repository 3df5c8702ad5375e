import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.comparison.statistics.blocks import pair_arms
from tests.comparison.rows import clustered, panel


def test_a_fixture_that_one_arm_did_not_score_is_left_out() -> None:
    pairs = pair_arms(panel([[1.0], [None], [0.0]], [[0.5], [1.0], [None]]))
    assert pairs.ids == ("f0000",)
    assert pairs.differences == pytest.approx([-0.5])


def test_fixtures_of_their_own_keep_just_the_scores_they_have() -> None:
    pairs = pair_arms(panel([[1.0, None, 0.0], [1.0, 1.0, 1.0]], [[0.0, 0.0, 1.0], [1.0, None, None]]))
    assert {block.shape: block.rows.tolist() for block in pairs.blocks} == {(2, 3): [0], (3, 1): [1]}
    assert sum(block.differences.sum() for block in pairs.blocks) == pytest.approx(pairs.differences.sum())


def test_a_hole_in_a_cluster_is_filled_with_what_no_relabelling_can_change() -> None:
    pairs = pair_arms(clustered([[1.0, 0.0], [1.0, None]], [[0.0, 0.0], [0.0, 0.5]], ["one", "one"]))
    (block,) = pairs.blocks
    assert block.values.tolist() == [[1.0, 0.0, 0.0, 0.0], [1.0, 0.5, 0.0, 0.5]]


def test_clusters_are_numbered_by_name_and_sum_their_fixtures() -> None:
    pairs = pair_arms(clustered([[1.0], [0.0], [1.0]], [[0.0], [0.0], [1.0]], ["b", "a", "b"]))
    assert pairs.clusters.tolist() == [1, 0, 1]
    (block,) = pairs.blocks
    assert block.cluster_sums().tolist() == [[0.0, 0.0], [2.0, 1.0]]
    assert block.cluster_sums(np.array([True, True, False])).tolist() == [[0.0, 0.0], [1.0, 0.0]]


def test_nothing_in_common_makes_no_pairs() -> None:
    pairs = pair_arms(panel([[1.0], [None]], [[None], [1.0]]))
    assert (pairs.ids, pairs.cluster_count, pairs.blocks) == ((), 0, ())


marks = st.sampled_from([0.0, 0.25, 1.0, None])
arms = st.lists(st.lists(marks, min_size=3, max_size=3), min_size=6, max_size=6)


@given(base=arms, head=arms, clusters=st.lists(st.sampled_from(["", "", "", "one", "two"]), min_size=6, max_size=6))
def test_a_fixture_that_is_a_cluster_of_its_own_keeps_the_scores_that_it_has(
    base: list[list[float | None]], head: list[list[float | None]], clusters: list[str]
) -> None:
    pairs = pair_arms(clustered(base, head, clusters))
    rows = {
        pairs.ids[row]: values for block in pairs.blocks for row, values in zip(block.rows, block.values, strict=True)
    }
    assert rows.keys() == set(pairs.ids)
    for block in pairs.blocks:
        assert block.rows.tolist() == sorted(block.rows.tolist())
        assert block.values.shape == (len(block.rows), block.base_trials + block.head_trials)
        assert block.clusters.tolist() == pairs.clusters[block.rows].tolist()
    for place, name in enumerate(clusters):
        kept = [[score for score in scores if score is not None] for scores in (base[place], head[place])]
        fixture_id = f"f{place:04d}"
        assert (fixture_id in rows) == all(kept)
        if fixture_id in rows and (not name or clusters.count(name) == 1):
            assert rows[fixture_id].tolist() == kept[0] + kept[1]
