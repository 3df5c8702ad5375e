"""The texts of answers: one way to make them comparable, one way to search them, one way to show one in a reason."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gate_action.answers.values import leaves
from gate_action.model.fixture import Json
from gate_action.model.messages import well_formed
from gate_action.model.trial import Output

SHOWN_CHARACTERS = 60
"""How much of a value a reason shows."""

_LISTED = 3

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
"""Soft hyphens, zero-width and direction marks: they change no word, and would hide one from a search."""

_TYPOGRAPHY = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2011": "-"})


def normalise(
    text: str, *, ignore_case: bool = False, ignore_whitespace: bool = False, ignore_punctuation: bool = False
) -> str:
    """``text`` in Unicode NFC, then without what is ignored. Runs of white space become one space."""
    text = unicodedata.normalize("NFC", text)
    if ignore_case:
        text = unicodedata.normalize("NFC", text.casefold())
    if ignore_punctuation:
        text = "".join(char for char in text if unicodedata.category(char)[0] not in "PS")
    return " ".join(text.split()) if ignore_whitespace or ignore_punctuation else text


class Search(NamedTuple):
    """How a text is looked for in another: both are folded alike."""

    ignore_case: bool = False
    ignore_whitespace: bool = False
    ignore_punctuation: bool = False

    def fold(self, text: str) -> str:
        if text.isascii() and not any(self):
            return text
        return normalise(
            visible(text),
            ignore_case=self.ignore_case,
            ignore_whitespace=self.ignore_whitespace,
            ignore_punctuation=self.ignore_punctuation,
        )

    def refuse_empty(self, option: str, texts: Iterable[str]) -> None:
        """Raises ValueError: nothing left to look for is found in every answer."""
        for text in texts:
            if not self.fold(text).strip():
                raise ValueError(f"{option}: {text!r} leaves nothing to look for")


def visible(text: str) -> str:
    """``text`` without characters that nobody sees, and with plain quotes: for searching, not for equality."""
    return text if text.isascii() else _INVISIBLE.sub("", text).translate(_TYPOGRAPHY)


def text_of(output: Output) -> str:
    """What the build answered, as text to search. Of JSON: its texts, names and numbers, a line each."""
    if isinstance(output.content, str):
        return well_formed(output.content)
    return well_formed("\n".join(leaves(output.content)))


def is_empty(output: Output) -> bool:
    """Nothing was answered and nothing was called. Whoever asks for absence must not take this for success."""
    return not output.tool_calls and not any(visible(text).strip() for text in leaves(output.content, with_names=False))


def shown(value: Json, limit: int = SHOWN_CHARACTERS) -> str:
    """``value`` for a reason: quoted if it is text, on one line, cut short. Still hostile: the report escapes it."""
    if isinstance(value, str):
        return f'"{on_one_line(value, limit)}"'
    try:
        return on_one_line(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str), limit)
    except (RecursionError, TypeError, ValueError):  # what cannot be written out can still be named
        return f"a {type(value).__name__} that JSON cannot hold"


def on_one_line(text: str, limit: int) -> str:
    """``text`` cut short, with escapes for whatever does not print."""
    cut = text[: limit + 1]
    line = cut if cut.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in cut)
    return line if len(line) <= limit else line[:limit].rstrip() + "\u2026"


def listed(texts: Sequence[str], joined_by: str = ", ") -> str:
    """The first three, and how many more there are."""
    more = f" and {len(texts) - _LISTED} more" if len(texts) > _LISTED else ""
    return joined_by.join(texts[:_LISTED]) + more


def _escaped(char: str) -> str:
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char, f"\\u{{{ord(char):x}}}")
