from dataclasses import replace

import numpy as np
import pytest

from gate_action.loop.watching.likeness import measure_likeness
from tests.loop.watching.worlds import draw

LOOKS = np.array([1.0, 168.0])


def test_turns_of_one_user_that_always_agree_are_alike_by_one_and_random_ones_by_none():
    rng = np.random.default_rng(1)
    traffic = draw(rng, 168, 10, 0.2, users=200)
    own = (rng.random(200) < 0.2).astype(float)
    alike = replace(traffic, failing=own[traffic.units])
    assert measure_likeness(alike, alike, LOOKS)[1] == pytest.approx(1.0, abs=0.06)
    assert measure_likeness(traffic, traffic, LOOKS)[1] == pytest.approx(0.0, abs=0.02)


def test_users_that_come_once_say_nothing_of_it():
    single = draw(np.random.default_rng(1), 168, 10, 0.2)
    assert measure_likeness(single, single, LOOKS).tolist() == [0.0, 0.0]


def test_it_is_found_again_where_rates_of_users_are_beta():
    rng = np.random.default_rng(2)
    own = rng.beta(0.2 * 4, 0.8 * 4, 3000)  # a correlation of 1 / (1 + 4)
    traffic = draw(rng, 168, 90, 0.0, users=3000)
    drawn = replace(traffic, failing=(rng.random(len(traffic)) < own[traffic.units]).astype(float))
    assert measure_likeness(drawn, drawn, LOOKS)[1] == pytest.approx(0.2, abs=0.03)
