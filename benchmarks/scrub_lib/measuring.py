"""What became of the corpus: recall and precision by kind. Looks at what came out, never at what the scrubber says."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import re2

from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.model.scrubbing import Refused
from scrub_lib.corpus import Plant

_PIECE = 8
"""So many characters of a value in a row are a leak: fewer are not worth a guess."""
_PSEUDONYM = re2.compile(r"<([A-Z_0-9]+)_\d+>")


@dataclass(slots=True)
class Tally:
    planted: int = 0
    gone: int = 0
    refused: int = 0
    leaks: list[Plant] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return (self.gone + self.refused) / self.planted


@dataclass(slots=True)
class Measured:
    """By kind that was planted; ``wrong``: finds by kind in places where nothing was planted."""

    kinds: dict[str, Tally] = field(default_factory=dict)
    found: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    wrong_rows: list[tuple[str, str]] = field(default_factory=list)


def measure(plants: Iterable[Plant], scrubber: Scrubber) -> Measured:
    measured = Measured()
    for plant in plants:
        result = scrubber.scrub(plant.row)
        out = None if isinstance(result, Refused) else json.dumps(result.row, ensure_ascii=False)
        named = [match.group(1).lower() for match in _PSEUDONYM.finditer(out or "")]
        if plant.kind:
            tally = measured.kinds.setdefault(plant.kind, Tally())
            tally.planted += 1
            tally.refused += out is None
            is_gone = out is not None and not leaks(plant, out)
            tally.gone += is_gone
            if out is not None and not is_gone:
                tally.leaks.append(plant)
            measured.found.update(named[:1])
            named = named[1:]
        if named:
            measured.wrong_rows.append((json.dumps(plant.row, ensure_ascii=False), out or ""))
        measured.wrong.update(named)
        measured.found.update(named)
    return measured


def leaks(plant: Plant, out: str) -> bool:
    """Does a piece of the value stand in what came out, or of its encoding? Only letters and digits count."""
    closed = _closed(_PSEUDONYM.sub(" ", out))
    is_encoded = plant.disguise == "base64"
    return any(piece in closed for piece in _pieces(_closed(plant.shown if is_encoded else plant.value)))


def _closed(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def _pieces(text: str) -> Iterable[str]:
    if len(text) <= _PIECE:
        return (text,)
    return (text[start : start + _PIECE] for start in range(len(text) - _PIECE + 1))
