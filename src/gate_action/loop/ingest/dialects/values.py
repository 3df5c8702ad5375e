"""Values of attributes: JSON in a text, texts of values, numbers that are numbers."""

import math
from typing import Any

import orjson


def parse_maybe(value: Any) -> Any:
    """A text that is JSON's object or list becomes it; anything else stays."""
    if type(value) is str:
        if not value.startswith(("[", "{")):
            return value
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    if isinstance(value, (list, tuple)) and value and all(isinstance(one, str) for one in value):
        return [parse_maybe(one) for one in value]
    return value


def as_text(value: Any) -> str:
    """The text itself, or compact JSON. NUL, which not every engine stores, becomes the mark for the unreadable."""
    if type(value) is str:
        return value.replace("\0", "\ufffd") if "\0" in value else value
    if value is None:
        return ""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=repr).decode()
    except (orjson.JSONEncodeError, UnicodeEncodeError):
        return repr(value)


def read_number(value: Any) -> float | None:
    """Finite, or None. A truth value is no number."""
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_count(value: Any) -> int | None:
    """Whole, not negative, of 62 bits at most; or None."""
    if value is None or (type(value) is int and 0 <= value < 2**62):
        return value
    number = read_number(value)
    return int(number) if number is not None and 0 <= number < 2**62 else None
