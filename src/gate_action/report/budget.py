"""How much a page may hold, and the ladder by which it sheds what matters least. Never cuts inside a section."""

from collections.abc import Sequence
from typing import Final

from gate_action.model.dataclass import dataclass
from gate_action.report.escape import SafeMarkdown, fill, join

_SHORTENED: Final = "*Shortened to fit this page: {names}. The whole is in `report.html` and `report.json`.*"


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

    name: SafeMarkdown
    importance: int
    """The least important section is shortened first, to its last form."""
    forms: tuple[SafeMarkdown, ...]


def fit(sections: Sequence[Section], budget: PageBudget) -> SafeMarkdown:
    """The sections in their order, shortened until the budget holds them, with a line on what was shortened.

    The last forms of all sections are the least that there is: a budget below that is not kept.
    """
    chosen = [0] * len(sections)
    page = _page(sections, chosen)
    for at in sorted(range(len(sections)), key=lambda at: sections[at].importance):
        while not budget.holds(page) and chosen[at] + 1 < len(sections[at].forms):
            chosen[at] += 1
            page = _page(sections, chosen)
    return page


def _page(sections: Sequence[Section], chosen: Sequence[int]) -> SafeMarkdown:
    drawn = [(section, section.forms[form]) for section, form in zip(sections, chosen, strict=True)]
    texts = [text for _, text in drawn if text]
    shortened = [section.name for section, text in drawn if text != section.forms[0]]
    if shortened:
        texts.append(fill(_SHORTENED, names=join(shortened, ", ")))
    return join(texts)
