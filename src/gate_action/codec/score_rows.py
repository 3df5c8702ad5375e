"""One row of a tidy score table -> what it says. Knows nothing of files, and nothing of the rows before it."""

from collections.abc import Mapping
from typing import NamedTuple, NoReturn

REQUIRED = ("item_id", "trial", "score")
OPTIONAL = ("metric", "cluster", "category")
COLUMNS = (*REQUIRED, *OPTIONAL)
ONE_METRIC = "score"
"""The metric's name where a table has no column for it."""
MAX_TRIAL = 1_000_000
_MAX_TEXT = 1000
_WORDS = {"true": 1.0, "false": 0.0}


class ScoreRow(NamedTuple):
    """``score`` lies in [0, 1]; None: it is missing (an empty cell, or null). Empty texts: not given."""

    item: str
    trial: int
    score: float | None
    metric: str
    cluster: str
    category: str


class RowError(ValueError):
    """A cell that cannot be read."""

    def __init__(self, column: str, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.column = column
        self.message = message
        self.hint = hint


def read_row(cells: Mapping[str, object]) -> ScoreRow:
    """``cells``: texts of a CSV, or JSON values, by column; other columns are passed over. Raises RowError."""
    item = _text(cells, "item_id")
    if not item:
        raise RowError("item_id", "is empty", hint="each row names the item that was tried")
    return ScoreRow(
        item=item,
        trial=_trial(cells.get("trial")),
        score=_score(cells.get("score")),
        metric=_text(cells, "metric") or ONE_METRIC,
        cluster=_text(cells, "cluster"),
        category=_text(cells, "category"),
    )


def _text(cells: Mapping[str, object], column: str) -> str:
    value = cells.get(column)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        _refuse(column, value, "expected a text or a whole number")
    text = str(value).strip()
    if len(text) > _MAX_TEXT:
        raise RowError(column, f"has {len(text)} characters, and at most {_MAX_TEXT} are read")
    return text


def _trial(value: object) -> int:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or not 0 <= number <= MAX_TRIAL or number != int(number):
        _refuse("trial", value, f"expected a whole number from 0 to {MAX_TRIAL}")
    return int(number)


def _score(value: object) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return float(value)
    text = value.strip().lower() if isinstance(value, str) else value
    if isinstance(text, str) and text in _WORDS:
        return _WORDS[text]
    try:
        number = float(text)  # type: ignore[arg-type]  # what is no number raises, and is told
    except (TypeError, ValueError, OverflowError):
        _refuse("score", value, "expected a number in [0, 1]", hint=_advise(text))
    if number != number:  # noqa: PLR0124  # only NaN differs from itself
        raise RowError("score", "NaN is no score", hint="leave the cell empty (null) where a score is missing")
    if not 0.0 <= number <= 1.0:
        raise RowError("score", f"{number:g} lies outside [0, 1]", hint="divide by the largest possible score")
    return number


def _advise(text: object) -> str:
    if not isinstance(text, str):
        return ""
    if text in {"na", "n/a", "none", "null", "-"}:
        return "leave the cell empty (null) where a score is missing"
    if text.endswith("%"):
        return "write 0.85 for 85 %"
    if text.replace(",", ".", 1).replace(".", "", 1).isdecimal():
        return "write a point, no comma"
    return "or true and false, for what passed and failed"


def _refuse(column: str, value: object, expected: str, *, hint: str = "") -> NoReturn:
    shown = "nothing" if value is None or value == "" else repr(value)[:60]
    raise RowError(column, f"{expected}, got {shown}", hint=hint)
