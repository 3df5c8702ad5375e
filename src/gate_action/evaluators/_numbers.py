"""Numbers written in texts: 1,234.5 and 1.234,5 and 1'234.5, signs, exponents, percent. Linear in the text."""

import math
import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

DecimalMark: TypeAlias = Literal["auto", "point", "comma"]
"""Which mark stands before the decimals; ``auto`` tells by each number's own shape."""

_GROUPS = "'\u2019\u00a0\u202f\u2009"
"""Marks that only ever part thousands. A plain space is none: "rooms 12 345" names two rooms."""

_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-+\u2212]?)(?:[$€£¥]\s?)?"
    rf"(?P<digits>[0-9][0-9.,{_GROUPS}]*|\.[0-9]+)(?P<power>[eE][-+]?[0-9]+)?(?P<rate>[ \u00a0\u202f]?%)?"
)
_WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}(?P<mark>[^0-9])(?:[0-9]{2,3}(?P=mark))*[0-9]{3}")
"""Digits, or groups parted by one mark: of three, and of two in the Indian manner (12,34,567)."""
_ONE_THOUSAND = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")


def read_numbers(text: str, *, decimal: DecimalMark = "auto", is_rate: bool = False) -> Iterator[float]:
    """Every number in ``text``, in order. Digits inside a word (A320) are none; 2024-05-20 is three.

    ``auto``: of two different marks the last stands before decimals; a mark that occurs twice parts thousands; one
    point stands before decimals (1.234 is 1.234); one comma parts thousands in the shape of 1,234 or 123,456 and stands
    before decimals in any other (1,5 and 0,123). ``is_rate``: 12 % is 0.12, not 12.
    """
    for match in _NUMBER.finditer(text):
        digits = match["digits"].rstrip(f".,{_GROUPS}")
        sign = -1.0 if match["sign"] in ("-", "\u2212") else 1.0
        scale = 0.01 if is_rate and match["rate"] else 1.0
        plain = _plain(digits, decimal)
        if plain is None:  # no one number: "1,2,3" is a list
            yield from (float(part) for part in re.findall(r"[0-9]+", digits)[:1000])
            continue
        value = float(plain + (match["power"] or ""))
        if math.isfinite(value):
            yield sign * value * scale


def _plain(digits: str, decimal: DecimalMark) -> str | None:
    """``digits`` as Python writes a number, None if they have the shape of none."""
    mark = _decimal_mark(digits, decimal)
    whole, fraction = digits, ""
    if mark:
        whole, _, fraction = digits.rpartition(mark)
        if not fraction.isdigit():
            return None
    if whole and not _WHOLE.fullmatch(whole):
        return None
    return re.sub(r"[^0-9]", "", whole) + (f".{fraction}" if fraction else "")


def _decimal_mark(digits: str, decimal: DecimalMark) -> str:
    """The mark before the decimals, or nothing."""
    if decimal != "auto":
        mark = "." if decimal == "point" else ","
        return mark if mark in digits else ""
    point, comma = digits.count("."), digits.count(",")
    if point and comma:
        return max(".,", key=digits.rfind)
    if point == 1:
        return "."
    if comma != 1:
        return ""
    return "" if _ONE_THOUSAND.fullmatch(digits) else ","
