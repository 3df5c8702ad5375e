"""How much was replayed, and what the spot check found, in words."""

from dataclasses import replace

import pytest

from gate_action.model.decision import ReasonKind, not_evaluated
from gate_action.model.replay import Replayed, SpotCheck
from gate_action.report.replay import say_replay
from tests.report.building import report


@pytest.mark.parametrize(
    ("fresh", "is_stale", "said"),
    [
        (0.75, False, "spot check: 4 fixtures sent anew, 75.0 % against 75.0 % replayed, no sign of a changed world"),
        (0.0, False, "spot check: 4 fixtures sent anew, 0.0 % against 75.0 % replayed, which may be chance"),
        (
            0.0,
            True,
            "0.0 % against 75.0 % replayed: the recordings tell of another world, and everything was run fresh",
        ),
    ],
)
def test_a_spot_check_says_what_it_can_tell(fresh: float, is_stale: bool, said: str):
    check = SpotCheck(fixtures=4, replayed_mean=0.75, fresh_mean=fresh, is_stale=is_stale)
    decision = not_evaluated(ReasonKind.TIME_SPENT, "late")
    replayed = Replayed(exact=4, fixtures=4, spot_check=check)
    assert say_replay(report(replace(decision, replay=replayed))).endswith(said)
