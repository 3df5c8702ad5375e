"""The first round is computed, and is what a list of it would be."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.comparison.rounds import WholeRounds, count_arms, side_by_side
from gate_action.model.trial import Arm, TrialRequest
from tests.profiles import examples


@given(count=st.integers(0, 5), attempts=st.integers(1, 3), arms=st.sampled_from([(Arm.HEAD,), tuple(Arm)]))
@examples(60)
def test_whole_rounds_are_the_list_of_their_requests(count: int, attempts: int, arms: tuple[Arm, ...]) -> None:
    names = [f"f{number}" for number in range(count)]
    rounds = WholeRounds(names=names, arms=arms, attempts=attempts)
    listed = [TrialRequest(key=key) for key in side_by_side(names, range(attempts)) if key.arm in arms]

    assert list(rounds) == listed
    assert [rounds[place] for place in range(len(rounds))] == listed
    assert rounds[1:-1] == tuple(listed[1:-1])
    with pytest.raises(IndexError):
        _ = rounds[len(rounds)]
    counted = Counter(request.key.arm for request in listed)
    assert count_arms(rounds) == count_arms(listed) == {arm: counted[arm] for arm in Arm}
