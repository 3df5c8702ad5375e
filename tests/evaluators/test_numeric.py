import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.options import OptionsError
from gate_action.evaluators._numbers import DecimalMark, read_numbers
from gate_action.model.fixture import Json
from tests.evaluators.asking import ask
from tests.evaluators.examples import fixture


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,234.5", [1234.5]),
        ("1.234,5", [1234.5]),
        ("1'234.50 CHF", [1234.5]),
        ("1\u202f234,50 €", [1234.5]),
        ("1,234", [1234]),
        ("1,234,567", [1234567]),
        ("1.234.567", [1234567]),
        ("12,34,567", [1234567]),
        ("1.234", [1.234]),
        ("1,5", [1.5]),
        ("0,123", [0.123]),
        ("1234,567", [1234.567]),
        (".5", [0.5]),
        ("12 % and 5%", [12, 5]),
        ("-5 or \u22125", [-5, -5]),
        ("- 5 things", [5]),
        ("-$5 and $1,200.00", [-5, 1200]),
        ("2e3 and 1.5E-2", [2000, 0.015]),
        ("flight A320, v2.1", []),
        ("2024-05-20", [2024, 5, 20]),
        ("5-10", [5, 10]),
        ("1,2,3", [1, 2, 3]),
        ("rooms 12 345", [12, 345]),
        ("It is 42.", [42]),
        ("9" * 400, []),
        ("none", []),
    ],
)
def test_reads_numbers_as_people_write_them(text: str, numbers: list[float]):
    assert list(read_numbers(text)) == pytest.approx(numbers)


@pytest.mark.parametrize(("decimal", "number"), [("point", 1234.0), ("comma", 1.234)])
def test_the_mark_before_decimals_can_be_told(decimal: DecimalMark, number: float):
    assert list(read_numbers("1,234", decimal=decimal)) == [number]


@given(st.floats(min_value=-1e12, max_value=1e12, allow_nan=False).map(lambda value: round(value, 2)))
def test_reads_back_what_python_writes_with_thousands(value: float):
    assert list(read_numbers(f"It is {value:,.2f} in all")) == [value]
    swapped = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert list(read_numbers(f"Es sind {swapped} zusammen")) == [value]


@given(st.text(alphabet="0123456789.,'-%e \u202f", max_size=60))
def test_reads_anything_without_fault(text: str):
    assert all(abs(number) < float("inf") for number in read_numbers(text))


@pytest.mark.parametrize(
    ("expected", "answer", "options", "score"),
    [
        (10, "10.05", {"tolerance": 0.05}, 1.0),
        (10, "10.06", {"tolerance": 0.05}, 0.0),
        (200, "202", {"relative_tolerance": 0.01}, 1.0),
        (200, "203", {"relative_tolerance": 0.01}, 0.0),
        (0.3, 0.1 + 0.2, {}, 1.0),
        (10**17, 10**17 + 1, {}, 0.0),
        (3, "first 1, then 3", {}, 1.0),
        (1, "first 1, then 3", {"pick": "first"}, 1.0),
        (1, "first 1, then 3", {"pick": "only"}, 0.0),
        (3, "3, and again 3.0", {"pick": "only"}, 1.0),
        (1, "0 1 2", {"pick": "any"}, 1.0),
        (0.12, "12 %", {"percent_as_rate": True}, 1.0),
        ("12%", "0.12", {"percent_as_rate": True}, 1.0),
        (7, True, {}, 0.0),
        (7, {"total": "7 EUR"}, {"field": "total"}, 1.0),
        (7, {"sum": 7}, {"field": "total"}, 0.0),
        (7, "no JSON 7", {"field": "total"}, 0.0),
    ],
)
def test_compares_within_the_wider_tolerance(expected: Json, answer: Json, options: dict[str, Json], score: float):
    assert ask("numeric", answer, fixture(expected), **options).value == score


def test_a_tolerance_below_zero_is_refused():
    with pytest.raises(OptionsError, match=r"^relative_tolerance: -1 is below 0$"):
        ask("numeric", "1", expected=1, relative_tolerance=-1)


def test_the_reason_shows_the_tolerance_and_the_number():
    reason = ask("numeric", "about 13", expected=12, tolerance=0.5).reason
    assert reason == "expected 12 within 0.5, got 13"
