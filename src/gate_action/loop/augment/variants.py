"""The rules: a text and a seeded draw -> the text as somebody else would write it, or None where nothing is to vary.

No rule touches what the answer may hang on: words that the expectation names, codes, numbers, addresses, quotes.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gate_action.loop.augment.words import DISTRACTORS, IMPATIENT, POLITE, guess_language

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_FIXED = re.compile(r"https?://\S+|\S+@\S+|\"[^\"]*\"|“[^”]*”|„[^“]*“|`[^`]*`|\{[^{}]*\}|\S*\d\S*|<[^>]*>")
_LONG_ENOUGH = 4
_WORDS_A_TYPO = 8
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS: Mapping[str, str] = {
    key: row[max(place - 1, 0) : place] + row[place + 1 : place + 2] for row in _KEYS for place, key in enumerate(row)
}
_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_AMOUNT = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,])|(?<![\w.,])\d+\.\d{1,2}(?![\w.])")
_TERSE = re.compile(
    r"^(?:hi|hello|hey|dear [^,]*|good (?:morning|evening)|hallo|guten tag)[,!.]?\s+|\b(?:please|bitte|kindly)\b,?\s*|"
    r"\s*(?:thanks|thank you|danke|vielen dank)[^.!?]*[.!]?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, and words that it must keep as they are."""

    text: str
    kept: frozenset[str] = frozenset()
    """In small letters."""


Rule = Callable[[Asked, random.Random], str | None]


def typo(asked: Asked, luck: random.Random) -> str | None:
    """One slip in about eight words: two letters swapped, one left out, doubled, or its neighbour on the keyboard."""
    places = list(_free_words(asked))
    if not places:
        return None
    text = asked.text
    for start, end in sorted(luck.sample(places, max(1, len(places) // _WORDS_A_TYPO)), reverse=True):
        text = text[:start] + _slip(text[start:end], luck) + text[end:]
    return text


def locale(asked: Asked, luck: random.Random) -> str | None:  # noqa: ARG001  # a rule's shape
    """Dates and amounts as they are written in most of Europe: 2026-11-25 -> 25.11.2026, 1,234.50 -> 1.234,50."""

    def swap(match: re.Match[str]) -> str:
        return match[0].translate(str.maketrans(",.", ".,"))

    text = _AMOUNT.sub(swap, _DATE.sub(r"\3.\2.\1", asked.text))
    lost = [word for word in asked.kept if word in asked.text.lower() and word not in text.lower()]
    return None if text == asked.text or lost else text


def distractor(asked: Asked, luck: random.Random) -> str | None:
    """A sentence before or after it that has nothing to do with it."""
    sentences = DISTRACTORS.get(guess_language(asked.text))
    if sentences is None:
        return None
    sentence = luck.choice(sentences)
    return f"{sentence} {asked.text}" if luck.random() < 0.5 else f"{asked.text} {sentence}"  # noqa: PLR2004  # half


def persona(asked: Asked, luck: random.Random) -> str | None:
    """The same from somebody terse, impatient or very polite."""
    language = guess_language(asked.text)
    ways = [around[language] for around in (IMPATIENT, POLITE) if language in around]
    texts = [f"{before}{asked.text.strip()}{after}" for before, after in ways]
    terse = _TERSE.sub("", asked.text).strip()
    if terse and terse != asked.text.strip():
        texts.append(terse)
    return luck.choice(texts) if texts else None


RULES: Mapping[str, Rule] = {"typo": typo, "locale": locale, "distractor": distractor, "persona": persona}


def _free_words(asked: Asked) -> Iterator[tuple[int, int]]:
    """Where words stand that may be written otherwise."""
    fixed = [match.span() for match in _FIXED.finditer(asked.text)]
    for match in _WORD.finditer(asked.text):
        start, end = match.span()
        is_name = match[0][0].isupper() and start > 0 and asked.text[:start].rstrip()[-1:] not in {".", "!", "?", ""}
        is_fixed = any(start < last and first < end for first, last in fixed)
        if end - start >= _LONG_ENOUGH and not (is_fixed or is_name) and match[0].lower() not in asked.kept:
            yield start, end


def _slip(word: str, luck: random.Random) -> str:
    """The first letter stays: so people write, and read."""
    at = luck.randrange(1, len(word) - 1)
    neighbours = _NEIGHBOURS.get(word[at].lower(), "")
    slips = [word[:at] + word[at + 1 :], word[: at + 1] + word[at:]]
    if word[at] != word[at + 1]:
        slips.append(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    if neighbours:
        slips.append(word[:at] + luck.choice(neighbours) + word[at + 1 :])
    return luck.choice(slips)
