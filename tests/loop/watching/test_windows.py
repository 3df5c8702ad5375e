import numpy as np
import pytest

from gate_action.loop.watching.windows import roll
from tests.loop.watching.worlds import sides


def test_the_last_day_stands_beside_the_same_hours_before():
    both = sides(1, 0.1, (48, 0.0), (48, 1.0))
    day = roll(both, np.array([12.0, 48.0, 60.0, 96.0]), 24)
    assert day.rate.tolist() == pytest.approx([0.0, 0.0, 0.5, 1.0])
    assert day.turns.tolist() == [240, 480, 480, 480]
    assert day.before_turns.tolist() == [240, 480, 480, 480]
    hours = (both.before.hours + both.lag_h) % 168
    for place, (start, end) in enumerate([(0, 12), (24, 48), (36, 60), (72, 96)]):
        same = (hours >= start) & (hours < end)
        assert day.before_rate[place] == pytest.approx(both.before.failing[same].mean())


def test_where_no_turn_came_the_window_has_none():
    both = sides(1, 0.1, (24, 0.5))
    assert roll(both, np.array([24.0, 60.0]), 24).turns.tolist() == [480, 0]
