"""Figures as a reader wants them; what was not measured is never a zero."""

import pytest

from gate_action.model.comparison import Interval
from gate_action.model.trial import Unmeasured
from gate_action.report import words
from gate_action.report.words import DASH, MINUS


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.0374, "+3.7"), (-0.0374, f"{MINUS}3.7"), (0.0, "0.0"), (-0.0004, "0.0"), (-1.0, f"{MINUS}100.0"), (None, DASH)],
)
def test_a_difference_is_told_in_signed_points(value: float | None, told: str) -> None:
    assert words.points(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.00005, "< 0.0001"), (0.0, "< 0.0001"), (0.0001, "0.0001"), (0.01234, "0.012"), (1.0, "1"), (None, DASH)],
)
def test_p_has_two_significant_digits(value: float | None, told: str) -> None:
    assert words.p_value(value) == told


def test_an_interval_that_does_not_exist_is_a_dash() -> None:
    assert words.interval(Interval(-0.064, -0.01)) == f"{MINUS}6.4 to {MINUS}1.0"
    assert words.interval(None) == DASH


@pytest.mark.parametrize("tell", [words.usd, words.tokens, words.seconds])
def test_what_was_not_measured_says_why(tell) -> None:
    assert tell(Unmeasured.NOT_REPORTED) == f"{DASH} (not reported)"
    assert tell(Unmeasured.UNPRICED) == f"{DASH} (no price known)"


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.34, "340 ms"), (1.25, "1.2 s"), (59.0, "59.0 s"), (59.96, "1 min 0 s"), (200.0, "3 min 20 s"), (0.0, "0 ms")],
)
def test_times_are_told_in_the_unit_that_fits(value: float, told: str) -> None:
    assert words.seconds(value) == told


@pytest.mark.parametrize(
    ("value", "told"), [(0.0, "0.00 USD"), (0.4123, "0.4123 USD"), (12.5, "12.50 USD"), (0.00001, "< 0.0001 USD")]
)
def test_money_names_its_currency_and_no_cost_rounds_to_nothing(value: float, told: str) -> None:
    assert words.usd(value) == told


def test_a_cut_text_says_how_much_more_there_is() -> None:
    assert words.clip("abcdef", characters=4, lines=9) == "abcd\n… 2 more characters"
    assert words.clip("a\nb\nc", characters=99, lines=2) == "a\nb\n… 2 more characters"
    assert words.clip("abc", characters=3, lines=1) == "abc"


def test_counts_take_an_s_and_separators() -> None:
    assert [words.counted(number, "fixture") for number in (0, 1, 3_000)] == [
        "0 fixtures",
        "1 fixture",
        "3,000 fixtures",
    ]
