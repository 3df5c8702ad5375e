"""One row of a score table: what is read, and what is refused with its column."""

import math

import pytest

from gate_action.codec.score_rows import RowError, ScoreRow, read_row


def test_the_cells_of_a_csv_are_read():
    cells = {"item_id": " q1 ", "trial": "2", "score": "0.5", "metric": "", "cluster": "c", "category": "de", "x": "y"}
    assert read_row(cells) == ScoreRow("q1", 2, 0.5, "score", "c", "de")


def test_the_values_of_json_are_read():
    assert read_row({"item_id": 17, "trial": 0, "score": True}) == ScoreRow("17", 0, 1.0, "score", "", "")


@pytest.mark.parametrize("missing", [None, ""])
def test_an_empty_score_is_missing_and_no_zero(missing: object):
    assert read_row({"item_id": "q", "trial": 0, "score": missing}).score is None


@pytest.mark.parametrize(("word", "value"), [("true", 1.0), ("False", 0.0), ("1e-3", 0.001), ("1", 1.0), (0, 0.0)])
def test_scores_may_be_numbers_or_true_and_false(word: object, value: float):
    assert read_row({"item_id": "q", "trial": 0, "score": word}).score == value


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("score", "nan", "NaN is no score"),
        ("score", math.nan, "NaN is no score"),
        ("score", "1.5", "1.5 lies outside"),
        ("score", -0.1, "-0.1 lies outside"),
        ("score", math.inf, "inf lies outside"),
        ("score", "good", "expected a number in [0, 1], got 'good'"),
        ("score", [1], "expected a number"),
        ("score", 10**400, "expected a number"),
        ("trial", "1.5", "whole number"),
        ("trial", -1, "whole number"),
        ("trial", "", "got nothing"),
        ("trial", True, "whole number"),
        ("trial", "nan", "whole number"),
        ("trial", 2_000_000, "whole number"),
        ("item_id", "", "is empty"),
        ("item_id", None, "is empty"),
        ("item_id", 1.5, "expected a text"),
        ("item_id", "x" * 1001, "1001 characters"),
        ("metric", {}, "expected a text"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_by_its_column(column: str, value: object, told: str):
    with pytest.raises(RowError) as refused:
        read_row({"item_id": "q", "trial": 0, "score": 1} | {column: value})
    assert refused.value.column == column
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("85%", "write 0.85 for 85 %"),
        ("0,5", "write a point, no comma"),
        ("None", "leave the cell empty (null) where a score is missing"),
        ("pass", "or true and false, for what passed and failed"),
    ],
)
def test_a_score_as_other_harnesses_write_it_is_refused_with_what_to_write(value: str, advice: str):
    with pytest.raises(RowError) as refused:
        read_row({"item_id": "q", "trial": 0, "score": value})
    assert refused.value.hint == advice
