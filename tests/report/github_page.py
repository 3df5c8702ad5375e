"""How GitHub would read a page: two real renderers of its Markdown, then its filters over the finished text."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]  # a binding to GitHub's own C library, without types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # as above
from markdown_it import MarkdownIt

FILTERS = {
    "mention": re.compile(r"(?:^|\W)@[a-zA-Z0-9][a-zA-Z0-9-]*(?:/[a-zA-Z0-9-]+)?"),
    "issue": re.compile(r"(?:^|\W)(?:[\w.-]+/[\w.-]+)?#\d+\b"),
    "GH issue": re.compile(r"(?i)\bGH-\d+\b"),
    "commit": re.compile(r"\b[0-9a-fA-F]{7,40}\b"),
    "advisory": re.compile(r"(?i)\bGHSA-\w+|\bCVE-\d{4}-\d+"),
    "emoji": re.compile(r":[\w+-]+:"),
    "formula": re.compile(r"\$[^\s$][^$]*\$"),
    "scheme": re.compile(r"(?i)\b(?:https?|ftp|mailto|xmpp|javascript|data):[^\s\u200b]"),
    "domain": re.compile(r"(?i)\bwww\.|[^\W_]\.[^\W\d_]{2,}"),
}
_CODE = frozenset({"code", "pre"})
_VOID = frozenset({"br", "hr", "img", "input"})


@dataclass
class Page:
    """What the reader's browser would hold."""

    elements: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str | None]] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    """Texts outside code: what GitHub's filters look at."""
    code: list[str] = field(default_factory=list)
    """Text of each outermost code element."""
    rows: list[list[str]] = field(default_factory=list)
    """Tables' cells as text."""
    comments: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.loose)

    def acted_upon(self) -> dict[str, str]:
        """What a filter would turn into something, by the filter's name."""
        found = {}
        for name, pattern in FILTERS.items():
            for text in self.loose:
                if match := pattern.search(text):
                    found[name] = match.group()
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []
        self.is_new_text = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(tag)
        self.page.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "tr":
            self.page.rows.append([])
        if tag in ("td", "th"):
            self.page.rows[-1].append("")
        if tag in _CODE and not _CODE & set(self.open):
            self.page.code.append("")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if _CODE & set(self.open):
            self.page.code[-1] += data
        else:
            self.page.loose.append(data)
        if {"td", "th"} & set(self.open):
            self.page.rows[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        self.page.comments.append(data)


def by_github(markdown: str) -> Page:
    """With cmark-gfm, HTML let through so that nothing hides behind its sanitizer."""
    return _read(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))


def by_markdown_it(markdown: str) -> Page:
    """With markdown-it's like of it, whose linkify takes even ``evil.example`` for a link."""
    return _read(_markdown_it().render(markdown))


RENDERERS: tuple[Callable[[str], Page], ...] = (by_github, by_markdown_it)


@cache
def _markdown_it() -> MarkdownIt:
    return MarkdownIt("gfm-like")


def _read(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, f"left open: {reader.open}"
    return reader.page
