"""Scrubs a row and looks again: what is not surely clean is refused, and nobody gets to write it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gate_action.loop.scrub.finds import Find
from gate_action.loop.scrub.folding import well_formed
from gate_action.loop.scrub.pseudonyms import Pseudonyms
from gate_action.loop.scrub.rows import SameKeyError, TooDeepError, rewrite, texts
from gate_action.loop.scrub.scanning import Known, Scanner, known_values
from gate_action.model.fixture import Json
from gate_action.model.scrubbing import RefusalCause, Refused, Scrubbed, ScrubReport

MOST_CHARACTERS = 100_000
_MOST_FINDS = 999
_Text = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubber:
    """Fails closed: :meth:`scrub` never raises for what a row holds, and never lets through what it could not read."""

    scanner: Scanner = field(default_factory=Scanner)
    most_characters: int = MOST_CHARACTERS

    def scrub(self, row: Json) -> Scrubbed | Refused:
        """``row`` with a pseudonym for every find, or why it is refused."""
        try:
            return self._scrub(row)
        except TooDeepError:
            return Refused(cause=RefusalCause.TOO_DEEP, detail="nested too deep to be read")
        except SameKeyError:
            return Refused(cause=RefusalCause.AMBIGUOUS, detail="two keys of one object are the same person's")
        except OverflowError as error:
            return Refused(cause=RefusalCause.TOO_MANY, detail=str(error))
        except Exception as error:  # noqa: BLE001 - whatever a library trips over: a row that was not scanned is not clean
            return Refused(cause=RefusalCause.SCANNER_ERROR, detail=type(error).__name__)

    def _scrub(self, row: Json) -> Scrubbed | Refused:
        row = rewrite(row, lambda _, text: well_formed(text))
        every = tuple(texts(row))
        size = sum(len(text) for _, text in every)
        if size > self.most_characters:
            return Refused(cause=RefusalCause.TOO_LARGE, detail=f"{size} characters, {self.most_characters} allowed")
        found = self._find_all(every)
        pseudonyms = Pseudonyms(text for _, text in every)
        clean = rewrite(row, lambda name, text: _replaced(text, found[name, text], pseudonyms))
        left = self._left(clean, known_values([find for finds in found.values() for find in finds]))
        if left:
            return Refused(cause=RefusalCause.STILL_FOUND, detail=", ".join(sorted({find.kind for find in left})))
        return Scrubbed(row=clean, report=ScrubReport(counts=pseudonyms.counts))

    def _find_all(self, every: Iterable[_Text]) -> dict[_Text, tuple[Find, ...]]:
        """What each text holds. What one of them gives away is looked for in all: a password said twice is one."""
        first = {entry: self.scanner.scan(*entry) for entry in every}
        known = known_values([find for finds in first.values() for find in finds])
        if len(known) > _MOST_FINDS:
            raise OverflowError(f"more than {_MOST_FINDS} different values")
        return {entry: self.scanner.scan(*entry, known) for entry in first} if known else first

    def _left(self, clean: Json, known: Known) -> tuple[Find, ...]:
        return tuple(find for entry in texts(clean) for find in self.scanner.look_again(*entry, known))


def _replaced(text: str, finds: Iterable[Find], pseudonyms: Pseudonyms) -> str:
    parts: list[str] = []
    at = 0
    for find in finds:
        parts += (text[at : find.start], pseudonyms.name(find.kind, find.value))
        at = find.end
    return "".join((*parts, text[at:]))
