"""Times of all spellings -> microseconds since 1970, and back to the tables' times."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # the tables' times are UTC, without a zone
_LATEST_US = 253_370_764_800 * 1_000_000
"""The year 9999."""
_NUMBER = re.compile(r"-?\d{1,30}(\.\d*)?")
_NANO_DIGITS = 19
"""Of nanoseconds, from 2001 to 2286."""
_SECONDS, _MILLIS, _MICROS = 1e11, 1e14, 1e17
"""Numbers below are seconds (until the year 5138), milliseconds, microseconds; above, nanoseconds."""


def utc(microseconds: int) -> datetime:
    """A time of the tables. What lies outside of the calendar is its nearest end."""
    return _EPOCH + timedelta(microseconds=min(max(microseconds, 0), _LATEST_US))


def read_time(value: Any) -> int:
    """A number of seconds, milli-, micro- or nanoseconds, or ISO 8601 (UTC where no zone is told). 0: it is none."""
    if type(value) is str and len(value) == _NANO_DIGITS and value.isdecimal():  # nearly always
        return int(value) // 1_000
    match value:
        case bool() | None:
            return 0
        case int() | float():
            return _of_number(value)
        case str() if _NUMBER.fullmatch(value):
            return _of_number(int(value) if value.lstrip("-").isdecimal() else float(value))
        case str():
            return _of_text(value.strip())
        case _:
            return 0


def _of_number(value: float) -> int:
    if not 0 < value < 1e19:  # noqa: PLR2004  # above 64 bits, and NaN
        return 0
    if value < _SECONDS:
        return round(value * 1_000_000)
    if value < _MILLIS:
        return round(value * 1_000)
    return round(value) if value < _MICROS else int(value) // 1_000


def _of_text(value: str) -> int:
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return 0
    at = told if told.tzinfo else told.replace(tzinfo=UTC)
    try:
        return max(0, round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)))
    except OverflowError:
        return 0
