"""Which stored runs a report rests on, in words."""

import pytest

from gate_action.model.report import BaseMatch, StoredBase
from gate_action.report.record import say_stored


@pytest.mark.parametrize(
    ("base", "said"),
    [
        (StoredBase(match=BaseMatch.EXACT, runs=2, sha="a" * 40), "exact (2 runs)"),
        (
            StoredBase(match=BaseMatch.OLDER, runs=1, commits_older=3, sha="0123456789abcdef"),
            "3 commits older (1 run of 0123456789)",
        ),
        (StoredBase(match=BaseMatch.NONE, reason="no baseline store"), "none: no baseline store"),
    ],
)
def test_exact_older_and_none_are_told_apart(base: StoredBase, said: str):
    assert say_stored(base) == said
