"""How much a page may hold, and the ladder by which it sheds what matters least. Never cuts inside a section."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gate_action.report.escape import SafeMarkdown, join

_BETWEEN: Final = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBudget:
    """GitHub counts a comment in characters, a job summary in bytes: both hold."""

    characters: int = 60_000
    bytes: int = 240_000

    def holds(self, text: str) -> bool:
        return len(text) <= self.characters and len(text.encode()) <= self.bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the page in forms that get shorter; the last one may be empty."""

    name: str
    importance: int
    """The least important section is shortened first, to its end."""
    forms: tuple[SafeMarkdown, ...]


def fit(sections: Sequence[Section], budget: PageBudget, note: SafeMarkdown) -> SafeMarkdown:
    """The sections in their order, as long as the budget allows. ``note`` is added where anything was shortened."""
    chosen = [0] * len(sections)
    page = _page(sections, chosen)
    for at in sorted(range(len(sections)), key=lambda at: sections[at].importance):
        while not budget.holds(page) and chosen[at] + 1 < len(sections[at].forms):
            chosen[at] += 1
            page = join([_page(sections, chosen), note])
    return page


def _page(sections: Sequence[Section], chosen: Sequence[int]) -> SafeMarkdown:
    texts = [section.forms[form] for section, form in zip(sections, chosen, strict=True)]
    return join([text for text in texts if text], _BETWEEN)
