import pytest

from gate_action.comparison.screen_confirm.course import Course


def test_the_looks_spend_five_percent_together() -> None:
    course = Course()
    spent = course.alpha_target * sum(course.target_shares) + course.alpha_overall * sum(course.overall_shares)
    assert spent == pytest.approx(0.05)


def test_looks_that_would_spend_more_than_their_alpha_are_refused() -> None:
    with pytest.raises(ValueError, match="no more than the whole"):
        Course(overall_shares=(0.5, 0.5, 0.5))


def test_looks_need_rising_trials_and_one_share_each() -> None:
    with pytest.raises(ValueError, match="rising trials"):
        Course(target_trials=(2, 4, 4, 6))
    with pytest.raises(ValueError, match="its share"):
        Course(target_trials=(2, 4))


def test_later_rounds_keep_the_last_level() -> None:
    course = Course(screen_p=(0.2, 0.1))
    assert [course.screen_level(rounds) for rounds in (1, 2, 9)] == [0.2, 0.1, 0.1]


def test_rounds_side_by_side_have_to_be_more_suspicious_from_round_to_round() -> None:
    levels = [Course().thin_level(rounds, 12) for rounds in range(1, 13)]
    assert levels == sorted(levels, reverse=True)
    assert 0.0 < levels[-1] < levels[0] <= 0.5


def test_the_fewer_fixtures_the_more_rounds() -> None:
    assert [Course().growth(fixtures) for fixtures in (0, 3, 30, 60, 100, 10_000)] == [4, 4, 4, 3, 2, 2]


def test_looks_that_fall_into_one_round_share_it() -> None:
    course = Course(thin_parts=(0.25, 0.5, 1.0), thin_shares=(0.2, 0.3, 0.5))
    assert course.thin_looks(12) == {3: 0.2, 6: 0.3, 12: 0.5}
    assert course.thin_looks(2) == {1: 0.5, 2: 0.5}
