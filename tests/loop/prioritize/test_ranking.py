import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.prioritize.ranking import add, draw_rate, find_ties, is_ahead, multiply, rank_items
from gate_action.model.comparison import Interval
from gate_action.model.distribution import Share
from tests.profiles import examples

POINTS = st.lists(st.floats(0.1, 100), min_size=2, max_size=8, unique=True)


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_a_drawn_rate_has_the_rate_in_its_middle_and_its_interval_as_its_tails():
    drawn = draw_rate(Share(0.02, Interval(0.015, 0.04)), 100_000, rng())
    assert np.quantile(drawn, [0.025, 0.5, 0.975]) == pytest.approx([0.015, 0.02, 0.04], rel=0.02)
    assert drawn.min() >= 0


@given(POINTS, st.randoms(use_true_random=False))
@examples(30)
def test_the_order_of_items_does_not_matter(points: list[float], random):
    mixed = list(range(len(points)))
    random.shuffle(mixed)
    scores = np.array(points)[:, None] * np.exp(rng().standard_normal((1, 500)))
    tiers = np.zeros(len(points), dtype=np.int64)
    there = rank_items(scores, np.array(points), tiers, 3)
    back = rank_items(scores[mixed], np.array(points)[mixed], tiers, 3)
    assert [there.ranks[place] for place in mixed] == list(back.ranks)
    assert there.p_top[mixed] == pytest.approx(back.p_top)


@given(POINTS)
@examples(30)
def test_the_chances_of_being_in_the_top_add_up_to_its_places(points: list[float]):
    scores = np.array(points)[:, None] * np.exp(rng().standard_normal((len(points), 500)))
    order = rank_items(scores, np.array(points), np.zeros(len(points), dtype=np.int64), 3)
    assert order.p_top.sum() == pytest.approx(min(3, len(points)))
    assert (order.low <= order.high).all()


def test_a_lower_tier_comes_first_whatever_its_score():
    scores = np.array([[100.0] * 200, [0.1] * 200])
    order = rank_items(scores, np.array([100.0, 0.1]), np.array([2, 1]), 1)
    assert list(order.ranks) == [2, 1]
    assert list(order.p_top) == [0.0, 1.0]


def test_items_that_overlap_are_a_tie_and_one_far_ahead_is_not():
    noise = np.exp(0.5 * rng().standard_normal((4, 2000)))
    scores = np.array([[1000.0], [10.0], [9.5], [9.0]]) * noise
    assert find_ties(scores, np.zeros(4, dtype=np.int64), 0.9) == ((2, 4),)


def test_items_of_two_tiers_are_no_tie():
    scores = np.ones((2, 100))
    assert find_ties(scores, np.array([1, 2]), 0.9) == ()
    assert is_ahead(scores[0], scores[1]) == 0.5


def test_factors_are_multiplied_or_added_by_their_weights():
    rate, severity, ease = np.array([[10.0], [5.0]]), np.array([[1.0], [4.0]]), np.array([[0.5], [0.5]])
    assert multiply([rate, severity, ease], [1, 1, 1])[:, 0] == pytest.approx([5.0, 10.0])
    assert multiply([rate, severity, ease], [1, 0, 0])[:, 0] == pytest.approx([10.0, 5.0])
    assert add([rate, severity, ease], [2, 1, 1])[:, 0] == pytest.approx([0.8125, 0.75])
