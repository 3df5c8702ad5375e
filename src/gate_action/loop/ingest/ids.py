"""Ids of traces and spans in all spellings -> lowercase hex: hex, base64, decimal, with 0x or dashes."""

import base64
import binascii
import re
from functools import lru_cache
from typing import Any

TRACE_DIGITS, SPAN_DIGITS = 32, 16
_HEX = re.compile(r"[0-9a-f]+")
_TRACE, _SPAN = re.compile(r"[0-9a-f]{32}").fullmatch, re.compile(r"[0-9a-f]{16}").fullmatch
_NO_TRACE, _NO_SPAN = "0" * TRACE_DIGITS, "0" * SPAN_DIGITS
_LONGEST = 200


def trace_id(value: Any) -> str:
    if type(value) is str and _TRACE(value) and value != _NO_TRACE:  # nearly always
        return value
    return read_id(value, TRACE_DIGITS)


def span_id(value: Any) -> str:
    if type(value) is str and _SPAN(value) and value != _NO_SPAN:
        return value
    return read_id(value, SPAN_DIGITS)


def read_id(value: Any, digits: int) -> str:
    """Hex of ``digits``; what is no such id stays as it is, at most 200 characters. Zeros and nothing are empty."""
    match value:
        case str():
            return _read_text(value, digits)
        case int() if not isinstance(value, bool) and 0 <= value < 16**digits:
            return f"{value:0{digits}x}" if value else ""
        case bytes():
            return value.hex() if any(value) else ""
        case _:
            return ""


@lru_cache(maxsize=4096)
def _read_text(value: str, digits: int) -> str:
    text = value.strip()
    plain = text.lower().removeprefix("0x").replace("-", "")
    if len(plain) == digits and _HEX.fullmatch(plain):
        return plain if plain.strip("0") else ""
    if text.isascii() and text.isdecimal() and len(text) <= len(str(16**digits)):
        number = int(text)
        return f"{number:0{digits}x}" if 0 < number < 16**digits else ""
    if text.startswith("0x") and len(plain) < digits and _HEX.fullmatch(plain):
        return plain.rjust(digits, "0") if plain.strip("0") else ""
    if len(text) == -(-digits // 6) * 4:
        try:
            decoded = base64.b64decode(text, validate=True)
        except binascii.Error:
            decoded = b""
        if len(decoded) * 2 == digits:
            return decoded.hex() if any(decoded) else ""
    return text[:_LONGEST]
