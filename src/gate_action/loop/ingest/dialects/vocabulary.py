"""Names of attributes -> what they mean, and the best word of a span for each meaning, in one pass over its keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gate_action.loop.ingest.dialects import names

_OWN = "own"
"""The dialect of the team's own names."""


class Word(NamedTuple):
    """What one attribute says."""

    rank: int
    """The lowest counts."""
    dialect: str
    value: Any


class Words(NamedTuple):
    """What all attributes of a span say."""

    best: Mapping[str, Any]
    """Meaning -> the value that counts."""
    several: Mapping[str, Sequence[Word]]
    """For the meanings that several attributes may share: all of them, the best first."""
    slices: Mapping[str, Any]
    flattened: bool
    """Does the span spell lists by keys with numbers?"""


_SEVERAL = {
    "input": tuple(names.INPUT),
    "output": tuple(names.OUTPUT),
    "cost_part": tuple(names.Spelling(name, "") for name in names.COST_PARTS),
    "token_object": tuple(names.Spelling(name, "") for name in names.TOKEN_OBJECTS),
    "cost_object": tuple(names.Spelling(name, "") for name in names.COST_OBJECTS),
    "app": tuple(names.Spelling(name, "") for name in names.APP),
}
_ONE = {
    **names.PLAIN,
    "operation": names.OPERATION,
    "kind": names.KIND,
    "vercel": ("ai.operationId",),
    "user_id": names.USER,
    "context": names.DOCUMENTS,
    "system": names.SYSTEM,
    "tool_name": names.TOOL_NAME,
    "tool_arguments": names.TOOL_ARGUMENTS,
    "tool_parameters": names.TOOL_PARAMETERS,
    "tool_result": names.TOOL_RESULT,
    "input_tokens": names.INPUT_TOKENS,
    "output_tokens": names.OUTPUT_TOKENS,
    "cost_usd": names.COST,
    "weight": names.PROBABILITY,
    "stratum": names.STRATUM,
    "consent": names.CONSENT,
}


class Vocabulary:
    """The world's names and the team's own, which come first."""

    def __init__(self, aliases: Mapping[str, Sequence[str]], slices: Mapping[str, str]) -> None:
        own: dict[str, tuple[str, ...]] = {}
        for wanted, spelled in aliases.items():
            meaning = "input" if wanted == "messages" else wanted
            own[meaning] = (*own.get(meaning, ()), *spelled)
        self._table: dict[str, list[tuple[str, int, str, bool]]] = {}
        for meaning, spellings in _SEVERAL.items():
            mine = tuple(names.Spelling(name, _OWN) for name in own.get(meaning, ()))
            self._add(meaning, (*mine, *spellings), is_several=True)
        for meaning, known in _ONE.items():
            every = (names.Spelling(name, "") for name in (*own.get(meaning, ()), *known))
            self._add(meaning, every, is_several=False)
        self._slices: dict[str, list[str]] = {}
        for dimension, name in slices.items():
            self._slices.setdefault(name, []).append(dimension)

    def _add(self, meaning: str, spellings: Iterable[names.Spelling], *, is_several: bool) -> None:
        for rank, (name, dialect) in enumerate(spellings):
            self._table.setdefault(name, []).append((meaning, rank, dialect, is_several))

    def read(self, attributes: Mapping[str, Any]) -> Words:  # noqa: C901  # one pass, and the hottest place of all
        """One pass. Attributes without a value, and empty ones, say nothing."""
        best: dict[str, Any] = {}
        ranks: dict[str, int] = {}
        several: dict[str, list[Word]] = {}
        slices: dict[str, Any] = {}
        flattened = False
        table, own_slices = self._table, self._slices
        for key, value in attributes.items():
            if value is None or value == "":
                continue
            if key in table:
                for meaning, rank, dialect, is_several in table[key]:
                    if is_several:
                        several.setdefault(meaning, []).append(Word(rank, dialect, value))
                    elif rank < ranks.get(meaning, 1_000_000):
                        best[meaning], ranks[meaning] = value, rank
            elif key.startswith(names.FLATTENED_PREFIXES):
                flattened = True
            elif key.startswith(names.SLICE_PREFIX):
                slices[key[len(names.SLICE_PREFIX) :]] = value
            if key in own_slices:
                slices.update(dict.fromkeys(own_slices[key], value))
        for words in several.values():
            words.sort(key=_rank)
        return Words(best, several, slices, flattened)


def _rank(word: Word) -> int:
    return word.rank
