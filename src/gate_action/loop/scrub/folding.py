"""One spelling for what looks alike: wide digits, hidden characters, accents, letters of other scripts."""

import unicodedata
from functools import lru_cache

import re2

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_LOOKALIKES = str.maketrans(
    "\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0422\u0425\u0423\u0405"
    "\u0430\u0441\u0435\u0456\u0458\u043e\u0440\u0445\u0443\u0455\u0501\u051b\u051d\u04cf"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03bd"
    "\u0131\u3002\u2044\u2215\u2022\u00b7\u2039\u203a",
    "ABCEHIJKMOPTXYSaceijopxysdqwlABEZHIKMNOPTYXovi.//..<>",
)
_REPLACED = {"\u00df": "ss", "\u00e6": "ae", "\u0153": "oe", "\u00f8": "o", "\u0142": "l", "\u0111": "d"}
_DROPPED = {"Cf", "Mn", "Me", "Cc"}
"""Formatting and combining marks: nobody sees them, and they would hide a shape from a search."""

_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"

LOST = "\ufffd"


def fold(text: str) -> str:
    """``text`` as the patterns see it."""
    return text if is_plain(text) else "".join(map(fold_character, text))


def is_plain(text: str) -> bool:
    """Is it its own folding?"""
    return text.isascii() and re2.search(_CONTROLS, text) is None


@lru_cache(maxsize=4096)
def fold_character(char: str) -> str:
    """What one character is read as: often itself, at times nothing, at times several."""
    if char < "\u0080":
        return char if char.isprintable() or char in "\t\n\r" else ""
    category = unicodedata.category(char)
    if category == "Cs":
        return LOST
    if category in _DROPPED:
        return ""
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category[0] == "Z":
        return " "
    return "-" if char in _DASHES else _apart(char)


def _apart(char: str) -> str:
    """A letter without its accents, a ligature in its parts, and a lookalike as what it looks like."""
    apart = unicodedata.normalize("NFKD", char.translate(_LOOKALIKES))
    plain = "".join(each for each in apart if unicodedata.category(each) not in _DROPPED)
    return "".join(_REPLACED.get(each, each) for each in plain).translate(_LOOKALIKES)


def well_formed(text: str) -> str:
    """``text`` with lone surrogates replaced, so that every encoder takes it."""
    return "".join(LOST if "\ud800" <= char <= "\udfff" else char for char in text) if _is_broken(text) else text


def _is_broken(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)
