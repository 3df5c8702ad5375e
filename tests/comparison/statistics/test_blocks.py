import numpy as np
import pytest

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
