from dataclasses import replace

import numpy as np
import pytest

from gate_action.loop.watching.mix import find_shift, reweigh
from gate_action.loop.watching.traffic import Traffic
from tests.loop.watching.worlds import draw


def split(seed: int, shares: list[float], turns: int = 2000) -> Traffic:
    rng = np.random.default_rng(seed)
    traffic = draw(rng, turns // 10, 10, 0.1)
    return replace(traffic, strata=rng.choice(len(shares), len(traffic), p=shares))


def test_the_same_mix_is_no_shift():
    assert not find_shift(split(1, [0.7, 0.3]), split(2, [0.7, 0.3])).is_told


def test_a_mix_that_moved_by_a_quarter_is_told_with_its_distance():
    shift = find_shift(split(1, [0.7, 0.3]), split(2, [0.45, 0.55]))
    assert shift.is_told
    assert shift.distance == pytest.approx(0.25, abs=0.04)


def test_one_chatty_user_is_no_shift():
    chatty = split(2, [0.7, 0.3], 400)
    moved = replace(chatty, units=np.where(chatty.strata == 1, 5, chatty.units + 100))
    assert find_shift(split(1, [0.85, 0.15], 400), chatty).is_told
    assert not find_shift(split(1, [0.85, 0.15], 400), moved).is_told


def test_reweighed_traffic_has_the_mix_of_before_and_leaves_out_what_one_side_lacks():
    before, after = split(1, [0.6, 0.3, 0.1]), split(2, [0.2, 0.8, 0.0])
    old, new = reweigh(before, after)
    assert set(old.strata.tolist()) == set(new.strata.tolist()) == {0, 1}
    share = [np.average(side.strata == 0, weights=side.weights) for side in (old, new)]
    assert share[1] == pytest.approx(share[0])


def test_without_a_turn_there_is_no_shift():
    nothing = draw(np.random.default_rng(0), 0, 0, 0.1)
    assert not find_shift(nothing, split(1, [0.5, 0.5])).is_told
