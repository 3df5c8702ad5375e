"""One language's help desk: finds the passages for a question, or the tool, and picks the sentences that answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from support_bot.documents import Passage, load_passages
from support_bot.question import Question
from support_bot.retrieval import Index
from support_bot.text import Language, split_terms
from support_bot.tools import TOOLS, Tool

PASSAGES_READ = 3
LEAST_COVER = 0.45
"""A passage that holds a smaller share of the question's weight is about something else."""
NEARLY_AS_GOOD = 0.85
"""A second sentence of the passage joins the answer from this share of the best one's score."""
MOST_SENTENCES = 2
"""Customers read short answers."""
TOOL_PREFERENCE = 2.0
"""How much more a tool's score counts when the question names an order, which only a tool can look up."""


class Found(NamedTuple):
    """What the help pages say. ``cover``: the share of the question's weight in the first passage, in [0, 1]."""

    passages: tuple[Passage, ...]
    cover: float
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Desk:
    language: Language
    passages: Mapping[str, Passage]

    def choose_tool(self, question: Question) -> Tool | None:
        """The tool whose purpose fits better than any passage does. For a question that names an order."""
        terms = split_terms(question.words, self.language)
        hits = self._index.search(terms, limit=len(self._index.entries))
        passages = [hit.score for hit in hits if hit.id in self.passages]
        tools = [hit for hit in hits if hit.id in self._tools]
        if not tools or TOOL_PREFERENCE * tools[0].score < max(passages, default=0.0):
            return None
        return self._tools[tools[0].id]

    def find(self, question: Question) -> Found | None:
        """What the pages say; None when nothing relevant is found."""
        terms = split_terms(question.words, self.language)
        hits = self._pages.search(terms, PASSAGES_READ)
        if not hits:
            return None
        passages = tuple(self.passages[hit.id] for hit in hits)
        cover = self._pages.cover(hits[0].id, terms)
        if cover < LEAST_COVER:
            return None
        return Found(passages, cover, self._choose_sentences(passages[0], terms))

    def _choose_sentences(self, passage: Passage, terms: tuple[str, ...]) -> tuple[str, ...]:
        """The best sentences, in the order of the page; the first ones where only the heading matched."""
        own = _name_sentences(passage)
        hits = [hit for hit in self._sentences.search(terms, len(self._sentences.entries)) if hit.id in own]
        good = [hit for hit in hits if hit.score >= NEARLY_AS_GOOD * hits[0].score]
        chosen = {hit.id for hit in good[:MOST_SENTENCES]} or set(list(own)[:MOST_SENTENCES])
        return tuple(sentence for name, sentence in own.items() if name in chosen)

    @cached_property
    def _tools(self) -> Mapping[str, Tool]:
        return {tool.name: tool for tool in TOOLS}

    @cached_property
    def _pages(self) -> Index:
        return Index({passage.id: self._passage_terms(passage) for passage in self.passages.values()})

    @cached_property
    def _sentences(self) -> Index:
        """Sentences have weights of their own: a number that all of a page is about still tells its lines apart."""
        named = {name: text for passage in self.passages.values() for name, text in _name_sentences(passage).items()}
        return Index({name: split_terms(text, self.language) for name, text in named.items()})

    @cached_property
    def _index(self) -> Index:
        """Passages and tools side by side, so that their scores can be compared."""
        purposes = {tool.name: split_terms(tool.purpose[self.language.code], self.language) for tool in TOOLS}
        return Index({**self._pages.entries, **purposes})

    def _passage_terms(self, passage: Passage) -> tuple[str, ...]:
        """Heading and title tell what a section is about: the heading counts twice."""
        return split_terms(f"{passage.title} {passage.heading} {passage.heading} {passage.text}", self.language)


def _name_sentences(passage: Passage) -> Mapping[str, str]:
    """Sentences by a name that sorts as the page does."""
    return {f"{passage.id}/{place:03d}": sentence for place, sentence in enumerate(passage.sentences)}


def open_desk(language: Language) -> Desk:
    return Desk(language, {passage.id: passage for passage in load_passages(language)})
