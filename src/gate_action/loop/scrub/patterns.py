"""Patterns for hostile text: RE2, linear in the text whatever it holds. Classes are ASCII: texts come folded."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import re2

Pattern = Any
"""What ``regex`` gives: the library has no types, and works as ``re`` does."""

LETTER = r"A-Za-z\x{80}-\x{10ffff}"
"""What may stand in a word: after folding, a character beyond ASCII is a letter of another script."""


@cache
def regex(text: str) -> Pattern:
    """Compiled. Silent, and with room for the widest pattern here: where RE2 lacks it, it is slower, not wrong."""
    return re2.compile(text, _options())


class Patterns:
    """Many patterns, searched for in one pass: most texts hold none of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._each = tuple(regex(text) for text in texts)
        options = _options()
        options.max_mem = 512 << 20
        self._all = re2.Set.SearchSet(options)
        for each in self._each:
            self._all.Add(each.pattern)
        self._all.Compile()

    def finditer(self, text: str, *, one_by_one: bool = False) -> Iterator[tuple[int, Any]]:
        """(number of the pattern, its match), pattern by pattern. ``one_by_one``: without the shortcut, which would say
        "none" if RE2 ever lacked the memory for all at once.
        """
        numbers = range(len(self._each)) if one_by_one else sorted(self._all.Match(text) or ())
        for number in numbers:
            for match in self._each[number].finditer(text):
                yield number, match


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    return options
