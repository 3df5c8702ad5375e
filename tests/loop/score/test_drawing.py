from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.score.drawing import Candidate, draw, share_out


def of(stratum: str, count: int) -> list[Candidate]:
    return [Candidate(turn_id=f"{place * 7919 % 10_007:05d}{stratum}", stratum=stratum) for place in range(count)]


def test_strata_are_drawn_alike_and_what_small_ones_leave_goes_to_others():
    assert share_out({"complaint": 5, "silent": 1000, "spoken": 40}, 90) == {"complaint": 5, "spoken": 40, "silent": 45}


def test_where_there_are_fewer_turns_than_wanted_all_are_drawn():
    assert share_out({"complaint": 3, "silent": 4}, 100) == {"complaint": 3, "silent": 4}


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 60), min_size=1), st.integers(1, 200))
def test_as_many_are_drawn_as_wanted_or_there_are(sizes: dict[str, int], turns: int):
    shares = share_out(sizes, turns)
    assert all(shares[name] <= sizes[name] for name in sizes)
    assert sum(shares.values()) == min(turns, sum(sizes.values()))


def test_a_probability_is_the_share_of_its_stratum():
    drawn = draw([*of("silent", 100), *of("complaint", 4)], 14)
    assert sorted(one.probability for one in drawn) == [0.1] * 10 + [1.0] * 4


def test_a_window_that_moves_on_keeps_most_of_its_turns():
    every = of("silent", 1000)
    before = {one.turn_id for one in draw(every[:900], 100)}
    after = {one.turn_id for one in draw(every[100:], 100)}
    assert len(before & after) > 70
