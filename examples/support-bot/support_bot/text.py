"""Words: which language a text is in, how it is cut into terms and sentences. Knows no document."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LONGEST_KEPT = 3
"""Words up to this length keep a doubled last consonant, as ``all`` and ``add`` do."""

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What differs between languages when words are matched."""

    code: str
    stop_words: frozenset[str]
    suffixes: tuple[str, ...]
    """Endings that inflection adds, longest first; at most one is cut."""
    shortest_stem: int


def _read_stop_words(code: str) -> frozenset[str]:
    path = Path(__file__).parent / "data" / f"stop_words_{code}.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


ENGLISH = Language(
    code="en",
    stop_words=_read_stop_words("en"),
    suffixes=("ing", "ies", "ed", "es", "e", "s", "y"),
    shortest_stem=3,
)
GERMAN = Language(
    code="de",
    stop_words=_read_stop_words("de"),
    suffixes=("en", "er", "em", "es", "e", "n", "s"),
    shortest_stem=4,
)
LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "de": GERMAN}


def detect_language(text: str) -> Language:
    """The language more of whose stop words occur in ``text``; English where neither has more."""
    words = _words(text)
    german = sum(word in GERMAN.stop_words for word in words)
    english = sum(word in ENGLISH.stop_words for word in words)
    return GERMAN if german > english else ENGLISH


def split_terms(text: str, language: Language) -> tuple[str, ...]:
    """The words that carry meaning, in order, each cut to its stem and without accents."""
    return tuple(_stem(word, language) for word in _words(text) if word not in language.stop_words)


def split_sentences(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _SENTENCE_END.split(text) if part.strip())


def _words(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFC", text).lower())


def _stem(word: str, language: Language) -> str:
    plain = _without_accents(word)
    for suffix in language.suffixes:
        stem = plain.removesuffix(suffix)
        if stem != plain and len(stem) >= language.shortest_stem and not plain.endswith("ss"):
            return _without_double_end(stem)
    return _without_double_end(plain)


def _without_double_end(stem: str) -> str:
    """``shipp`` (shipping) is ``ship``: a doubled last consonant is an accident of spelling."""
    is_doubled = len(stem) > LONGEST_KEPT and stem[-1] == stem[-2] and stem[-1].isalpha()
    return stem[:-1] if is_doubled else stem


def _without_accents(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.replace("ß", "ss"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
