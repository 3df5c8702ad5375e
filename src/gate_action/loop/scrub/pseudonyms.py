"""Names that stand for what was found: typed, numbered, and the same for equal values of one row."""

from collections.abc import Iterable

from gate_action.loop.scrub.patterns import regex

HIDDEN = "\ufffc"
"""What a pseudonym's characters are while a text is searched: nothing that a pattern takes for part of a find."""

_LARGEST = 999
_PSEUDONYM = regex(r"<([A-Z][A-Z0-9_]{1,24})_(\d{1,3})>")


def hide(text: str, kinds: frozenset[str]) -> str:
    """``text``, as long as it was, with the pseudonyms in it hidden. Of ``kinds`` only: others are somebody's words."""
    hidden: str = _PSEUDONYM.sub(
        lambda match: HIDDEN * len(match.group()) if match.group(1).lower() in kinds else match.group(), text
    )
    return hidden


class Pseudonyms:
    """Gives them out for one row. Starts after those that the row already holds."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._last: dict[str, int] = {}
        for text in texts:
            for match in _PSEUDONYM.finditer(text):
                kind = match.group(1).lower()
                self._last[kind] = max(self._last.get(kind, 0), int(match.group(2)))

    def name(self, kind: str, value: str) -> str:
        """``<EMAIL_1>`` for a value, whatever its spelling. Raises OverflowError after the 999th of a kind."""
        key = (kind, value.casefold())
        if key not in self._names:
            number = self._last.get(kind, 0) + 1
            if number > _LARGEST:
                raise OverflowError(f"more than {_LARGEST} of {kind}")
            self._last[kind] = number
            self._names[key] = f"<{kind.upper()}_{number}>"
        return self._names[key]

    @property
    def counts(self) -> dict[str, int]:
        """Kind -> how many different values were named."""
        counts: dict[str, int] = {}
        for kind, _ in self._names:
            counts[kind] = counts.get(kind, 0) + 1
        return counts
