"""Whether production still asks what the fixtures ask: how far a text is from every fixture."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate_action.loop.intervals import Floats

FEWEST_FIXTURES = 5
"""Below, the fixtures' own distances give no threshold."""
_AT_ONCE = 512
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TfIdfNearness:
    """Words and character n-grams, weighed by how rare they are among fixtures and production together; so a word that
    no fixture knows moves a turn away from all of them. Cosine of the mean of both (Salton and Buckley 1988).
    """

    threshold: float
    """So far from its nearest neighbour lie all but the last share of the fixtures themselves."""
    _spaces: tuple[tuple[Any, Any], ...]

    def distances(self, texts: Sequence[str]) -> Floats:
        """(texts,), each 0 to 1: to the nearest fixture."""
        return 1.0 - _nearest(
            [(space.transform([_plain(text) for text in texts]), known) for space, known in self._spaces]
        )


def build_nearness(fixtures: Sequence[str], production: Sequence[str], near: float) -> TfIdfNearness | None:
    """``near``: the share of fixtures that counts as near to another one. None: too few different fixtures."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = sorted({_plain(text) for text in fixtures})
    if len(known) < FEWEST_FIXTURES:
        return None
    spaces = []
    for analyzer, reach in (("word", (1, 2)), ("char_wb", (3, 5))):
        pattern = {"token_pattern": r"(?u)\b\w+\b"} if analyzer == "word" else {}
        space = TfidfVectorizer(analyzer=analyzer, ngram_range=reach, sublinear_tf=True, dtype=np.float32, **pattern)
        space.fit([*known, *map(_plain, production)])
        spaces.append((space, space.transform(known)))
    own = 1.0 - _nearest([(placed, placed) for _, placed in spaces], leave_out=True)
    return TfIdfNearness(threshold=float(np.quantile(own, near)), _spaces=tuple(spaces))


def _nearest(spaces: Sequence[tuple[Any, Any]], *, leave_out: bool = False) -> Floats:
    """(texts,): the largest mean similarity to a known text; with ``leave_out`` to another one than itself."""
    count = spaces[0][0].shape[0]
    best = np.zeros(count)
    for start in range(0, count, _AT_ONCE):
        chosen = slice(start, start + _AT_ONCE)
        likeness: Floats = sum((placed[chosen] @ known.T).toarray() for placed, known in spaces) / len(spaces)
        if leave_out:
            likeness[np.arange(len(likeness)), np.arange(start, start + len(likeness))] = 0.0
        best[chosen] = likeness.max(axis=1)
    return np.asarray(best.clip(0.0, 1.0))


def _plain(text: str) -> str:
    """All numbers are one: a new order's number is no new question."""
    return _NUMBER.sub("0", text)


def input_text(value: object) -> str:
    """A fixture's input, or a turn's, as the words that a user wrote: the last message of a list, the text of an object
    with ``question``, ``text``, ``input`` or ``content``; else every text in it.
    """
    match value:
        case {"messages": [*_, last]} | {"turns": [last, *_]}:
            return input_text(last)
        case {"question": text} | {"text": text} | {"input": text} | {"content": text}:
            return input_text(text)
        case dict() | list():
            parts = value.values() if isinstance(value, dict) else value
            return " ".join(filter(None, map(input_text, parts)))
        case _:
            return value if isinstance(value, str) else ""
