"""Whose failure it is: head's where base never fails, nobody's where both fail alike."""

import pytest

from gate_action.engine.charging import Tries, fail_alike, say_tries


@pytest.mark.parametrize(
    ("base", "head", "is_shared"),
    [
        (Tries(40, 0), Tries(41, 1), False),  # base never failed: head's it is
        (Tries(48, 8), Tries(50, 10), True),
        (Tries(48, 10), Tries(40, 0), False),
        (Tries(41, 1), Tries(52, 24), False),  # one slip of base's excuses no head that broke
        (Tries(41, 1), Tries(42, 2), True),
        (Tries(0, 0), Tries(40, 8), False),
    ],
)
def test_both_fail_alike_where_head_fails_no_more_often_than_chance_would_have_it(
    base: Tries, head: Tries, is_shared: bool
):
    assert fail_alike(base, head) is is_shared


@pytest.mark.parametrize(
    ("base", "head", "said"),
    [
        (Tries(40, 0), Tries(46, 6), "head failed by itself in 6 of 46 tries, base in 0 of 40"),
        (Tries(48, 8), Tries(50, 10), ""),
        (Tries(40, 0), Tries(41, 1), ""),
        (Tries(40, 0), Tries(40, 0), ""),
        (Tries(0, 0), Tries(46, 6), ""),  # base was not tried beside it
    ],
)
def test_a_head_that_fails_more_often_at_first_is_told_though_it_answered_at_last(base: Tries, head: Tries, said: str):
    told = say_tries(base, head)
    assert told.startswith(said)
    assert bool(told) is bool(said)
