import pytest

from gate_action.comparison.course import Course


def test_the_looks_spend_five_percent_together() -> None:
    course = Course()
    spent = course.alpha_target * sum(course.target_shares) + course.alpha_overall * sum(course.overall_shares)
    assert spent == pytest.approx(0.05)


def test_looks_that_would_spend_more_than_their_alpha_are_refused() -> None:
    with pytest.raises(ValueError, match="no more than the whole"):
        Course(overall_shares=(0.5, 0.5, 0.5))


def test_looks_need_rising_trials_and_one_share_each() -> None:
    with pytest.raises(ValueError, match="rising trials"):
        Course(target_trials=(2, 2, 4))
    with pytest.raises(ValueError, match="its share"):
        Course(target_trials=(2, 4))


def test_later_rounds_keep_the_last_level() -> None:
    course = Course(screen_p=(0.2, 0.1))
    assert [course.screen_level(rounds, is_alone=False) for rounds in (1, 2, 9)] == [0.2, 0.1, 0.1]
    assert course.screen_level(1, is_alone=True) == course.alone_p
