"""The help pages, cut into passages: one for each section of a Markdown file. Knows nothing of questions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from support_bot.text import Language, split_sentences, split_terms

PAGES = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One section of a help page."""

    id: str
    """``page#section``: what an answer cites."""
    title: str
    heading: str
    sentences: tuple[str, ...]
    """In order. A list item counts as one sentence."""

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def load_passages(language: Language) -> tuple[Passage, ...]:
    """All passages of one language, in the order of the pages' names."""
    folder = PAGES / language.code
    return tuple(
        passage
        for page in sorted(folder.glob("*.md"))
        for passage in split_page(page.stem, page.read_text(encoding="utf-8"), language)
    )


def split_page(name: str, markdown: str, language: Language) -> Iterator[Passage]:
    """A page is ``# Title`` and then ``## Section`` by ``## Section``."""
    title = ""
    for block in markdown.split("\n## "):
        first, _, body = block.partition("\n")
        if not title:
            title = first.removeprefix("# ").strip()
            continue
        heading = first.strip()
        yield Passage(
            id=f"{name}#{'-'.join(split_terms(heading, language)[:3])}",
            title=title,
            heading=heading,
            sentences=tuple(_read_sentences(body.splitlines())),
        )


def _read_sentences(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("- "):
            yield line.removeprefix("- ").strip()
        else:
            yield from split_sentences(line)
