"""What the rules know of languages: how to guess one, and what people write around a question. English and German."""

import re
from collections.abc import Mapping

VERSION = "1"
_WORD = re.compile(r"[^\W\d_]+")
_COMMON: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        [
            "the",
            "a",
            "an",
            "is",
            "are",
            "was",
            "do",
            "does",
            "did",
            "i",
            "you",
            "my",
            "your",
            "can",
            "could",
            "what",
            "when",
            "where",
            "how",
            "why",
            "to",
            "of",
            "for",
            "in",
        ]
    ),
    "de": frozenset(
        [
            "der",
            "die",
            "das",
            "ein",
            "eine",
            "ist",
            "sind",
            "war",
            "ich",
            "du",
            "sie",
            "mein",
            "ihr",
            "kann",
            "wie",
            "was",
            "wann",
            "wo",
            "warum",
            "zu",
            "von",
            "für",
            "in",
        ]
    ),
}
DISTRACTORS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "By the way, the weather has been awful here all week.",
        "Sorry for typing this on my phone, I am on a train.",
        "My neighbour recommended you, she has been a customer for years.",
        "I had a long day, so forgive me if this is short.",
    ),
    "de": (
        "Übrigens regnet es hier schon die ganze Woche.",
        "Entschuldigung, ich schreibe das gerade am Handy im Zug.",
        "Meine Nachbarin hat Sie empfohlen, sie ist seit Jahren Kundin.",
        "Es war ein langer Tag, also verzeihen Sie die Kürze.",
    ),
}
POLITE: Mapping[str, tuple[str, str]] = {
    "en": ("Hello, I hope you are well. ", " Thank you very much in advance!"),
    "de": ("Guten Tag, ich hoffe, es geht Ihnen gut. ", " Vielen Dank im Voraus!"),
}
IMPATIENT: Mapping[str, tuple[str, str]] = {
    "en": ("", " I have asked this before and I need an answer now."),
    "de": ("", " Ich habe das schon einmal gefragt und brauche jetzt eine Antwort."),
}


def guess_language(text: str) -> str:
    """``en``, ``de``, or empty where neither is clear."""
    words = [word.lower() for word in _WORD.findall(text)]
    hits = {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    best, other = sorted(hits, key=lambda name: -hits[name])[:2]
    return best if hits[best] > hits[other] else ""
