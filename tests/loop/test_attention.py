from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.attention import LONGEST_S, Stopwatch


def timed(times: Iterable[float]) -> Stopwatch:
    """Begun at the first, an act at each later one."""
    told = list(times)
    clock = iter(told)
    watch = Stopwatch(lambda: next(clock))
    watch.begin()
    for _ in told[1:]:
        watch.act()
    return watch


def test_time_runs_from_what_is_shown_to_each_act():
    assert (timed([100.0, 130.0, 131.5]).seconds, timed([100.0, 130.0]).acts) == (31.5, 1)


def test_whoever_goes_for_lunch_is_not_counted_as_reading():
    assert timed([0.0, 20.0, 3_620.0, 3_630.0]).seconds == 20.0 + LONGEST_S + 10.0


def test_what_is_shown_again_does_not_begin_anew():
    clock = iter([0.0, 40.0])
    watch = Stopwatch(lambda: next(clock))
    watch.begin()
    watch.begin()
    watch.act()
    assert watch.seconds == 40.0


@given(st.lists(st.floats(0, 1e6), min_size=2))
def test_no_sitting_is_longer_than_from_its_beginning_to_its_end_nor_than_its_acts_allow(times: list[float]):
    watch = timed(sorted(times))
    assert 0 <= watch.seconds <= max(times) - min(times) + 1e-6
    assert watch.seconds <= LONGEST_S * watch.acts
