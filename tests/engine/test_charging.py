"""Whose failure it is: head's where base never fails, nobody's where both fail alike."""

import pytest

from gate_action.engine.charging import Tries, fail_alike


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
