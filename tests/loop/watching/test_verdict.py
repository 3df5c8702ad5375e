from dataclasses import replace

import numpy as np
import pytest

from gate_action.loop.watching.course import Sides, Target, follow
from gate_action.loop.watching.verdict import Judgement, count_missing, judge
from gate_action.model.watch import WatchVerdict
from tests.loop.watching.worlds import draw, sides

HALF = Target(share=0.5)


def look(both: Sides, hours: int, target: Target = HALF, *, may_hold: bool = True) -> Judgement:
    course = follow(both, target, np.arange(1.0, hours + 1.0), level=0.01, days=14)
    return judge(course, target, may_hold=may_hold)


def test_a_rate_that_fell_to_the_target_held():
    judged = look(sides(1, 0.1, (168, 0.05)), 168)
    assert judged.verdict is WatchVerdict.HELD
    assert judged.since_h is not None
    assert 24 <= judged.since_h < 168
    assert judged.turns_missing == 0


def test_a_fix_that_changed_nothing_did_not_hold():
    assert look(sides(2, 0.1, (168, 0.1)), 168).verdict is WatchVerdict.NOT_HELD


def test_a_rate_that_rose_regressed():
    assert look(sides(3, 0.1, (168, 0.2)), 168).verdict is WatchVerdict.REGRESSED


def test_a_failure_that_comes_back_after_a_week_takes_the_verdict_back():
    both = sides(4, 0.1, (168, 0.02), (72, 0.12))
    assert look(both, 168).verdict is WatchVerdict.HELD
    later = look(both, 240)
    assert later.verdict in (WatchVerdict.NOT_HELD, WatchVerdict.REGRESSED)
    assert later.has_returned
    assert later.since_h is not None
    assert later.since_h > 168


def test_a_target_may_be_a_rate_of_its_own():
    assert look(sides(5, 0.1, (168, 0.03)), 168, Target(rate=0.03)).verdict is WatchVerdict.HELD
    assert look(sides(5, 0.1, (168, 0.09)), 168, Target(rate=0.03)).verdict is WatchVerdict.NOT_HELD


def test_a_little_better_is_not_held():
    both = sides(6, 0.2, (336, 0.17), an_hour=60)
    assert look(both, 336).verdict is WatchVerdict.NOT_HELD


def test_with_little_traffic_nothing_is_said_but_how_many_turns_it_still_takes():
    judged = look(sides(7, 0.1, (3, 0.0)), 3)
    assert judged.verdict is WatchVerdict.UNDECIDED
    assert judged.turns_missing is not None
    assert 100 < judged.turns_missing < 2000


def test_the_turns_it_takes_from_ten_to_five_percent_are_about_three_times_a_fixed_tests():
    course = follow(sides(8, 0.1, (1, 0.0), an_hour=10), HALF, np.array([1.0]), level=0.01, days=14)
    missing = count_missing(course, HALF)
    assert missing is not None
    assert 700 < missing < 1200


def test_where_nothing_failed_before_no_number_of_turns_can_be_told():
    judged = look(sides(9, 0.0, (48, 0.0)), 48)
    assert judged.verdict is WatchVerdict.UNDECIDED
    assert judged.turns_missing is None


def test_too_many_missing_scores_forbid_to_say_that_it_held_and_no_alarm():
    assert look(sides(1, 0.1, (168, 0.05)), 168, may_hold=False).verdict is WatchVerdict.UNDECIDED
    assert look(sides(3, 0.1, (168, 0.2)), 168, may_hold=False).verdict is WatchVerdict.REGRESSED


def test_no_turn_at_all_is_undecided():
    rng = np.random.default_rng(1)
    nothing, some = draw(rng, 0, 0, 0.0), draw(rng, 168, 5, 0.1)
    for both in (Sides(before=some, after=nothing, lag_h=-168.0), Sides(before=nothing, after=some, lag_h=-168.0)):
        assert look(both, 24).verdict is WatchVerdict.UNDECIDED


def test_turns_of_few_users_weigh_less_than_turns_of_many():
    rng = np.random.default_rng(12)
    own = rng.choice([0.0, 0.4], 60)
    before, after = (draw(rng, 168, 10, 0.0, users=60) for _ in range(2))
    before = replace(before, failing=(rng.random(len(before)) < own[before.units]).astype(float))
    after = replace(after, failing=(rng.random(len(after)) < own[after.units] / 2).astype(float))
    known = Sides(before=before, after=after, lag_h=-168.0)
    alone = Sides(
        before=replace(before, units=np.arange(len(before))),
        after=replace(after, units=len(before) + np.arange(len(after))),
        lag_h=-168.0,
    )
    users, turns = (follow(both, HALF, np.array([168.0]), level=0.01, days=14) for both in (known, alone))
    assert users.likeness[0] > 0.1
    assert turns.likeness[0] == 0.0
    assert users.log_improved[0] < turns.log_improved[0]
    assert users.half_width[0] > 1.5 * turns.half_width[0]
    assert users.after_rate[0] == pytest.approx(turns.after_rate[0])
