"""What a request asks: the question's words, its language, the order and the day that it names. Decides nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from support_bot.text import LANGUAGES, Language, detect_language

_ORDER = re.compile(r"\bKP-\d{5}\b", re.IGNORECASE)
_ISO_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_WRITTEN_DAY = re.compile(r"\b(\d{1,2})\.?\s+([^\W\d_]+)\s+(\d{4})\b")
_MONTHS = (
    ("january", "januar"),
    ("february", "februar"),
    ("march", "märz"),
    ("april",),
    ("may", "mai"),
    ("june", "juni"),
    ("july", "juli"),
    ("august",),
    ("september",),
    ("october", "oktober"),
    ("november",),
    ("december", "dezember"),
)
MONTH_NUMBERS: Mapping[str, int] = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}


class QuestionError(ValueError):
    """The input holds no question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    words: str
    """What was asked, without the order's number: that is no word of any page."""
    language: Language
    order_id: str | None
    """The order named last, in this message or an earlier one of the same customer."""
    day: date | None
    """The day that the question names, or the day on which it was asked. None: neither is known."""


def read_question(asked: object) -> Question:
    """Reads text, ``{"question", "locale", "today"}``, ``{"messages"}`` or ``{"turns"}``. Raises QuestionError."""
    said, options = _said_by_customer(asked)
    if not said or not said[-1].strip():
        raise QuestionError("the input holds no question")
    text = said[-1]
    orders = [match.upper() for part in said for match in _ORDER.findall(part)]
    return Question(
        words=_ORDER.sub(" ", text),
        language=_choose_language(options.get("locale"), text),
        order_id=orders[-1] if orders else None,
        day=read_day(text) or read_day(str(options.get("today", ""))),
    )


def read_day(text: str) -> date | None:
    """The first day that is written out, e.g. ``2025-03-14``, ``14 March 2025`` or ``14. März 2025``."""
    for match in _ISO_DAY.finditer(text):
        year, month, day = (int(part) for part in match.groups())
        return _make_day(year, month, day)
    for match in _WRITTEN_DAY.finditer(text):
        month = MONTH_NUMBERS.get(match[2].lower(), 0)
        if month:
            return _make_day(int(match[3]), month, int(match[1]))
    return None


def _make_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # e.g. 31 April: the customer mistyped, and no day is better than a wrong one
        return None


def _choose_language(locale: object, text: str) -> Language:
    named = LANGUAGES.get(locale) if isinstance(locale, str) else None
    return named or detect_language(text)


def _said_by_customer(asked: object) -> tuple[list[str], Mapping[str, object]]:
    if isinstance(asked, str):
        return [asked], {}
    if not isinstance(asked, Mapping):
        return [], {}
    if isinstance(messages := asked.get("messages"), Sequence):
        return [_content(entry) for entry in messages if _is_customers(entry)], asked
    if isinstance(turns := asked.get("turns"), Sequence):
        return [_content(entry) for entry in turns], asked
    return [str(asked.get("question", ""))], asked


def _is_customers(message: object) -> bool:
    return isinstance(message, Mapping) and message.get("role") == "user"


def _content(entry: object) -> str:
    return str(entry.get("content", "")) if isinstance(entry, Mapping) else str(entry)
