"""One changed fixture in Markdown: a fold with its input, what was expected, and both outputs' difference."""

from collections.abc import Iterator, Sequence
from typing import Final

from gate_action.report.difference import DiffLine, with_context
from gate_action.report.escape import (
    SafeMarkdown,
    bold,
    fill,
    html_code,
    join,
    markdown_block,
    markdown_code,
    markdown_text,
)
from gate_action.report.parts import Card, Panel
from gate_action.report.words import MINUS, clip, shorten

_MOST_TEXT: Final = 1_200
_MOST_LINES: Final = 40
_MOST_WIDTH: Final = 600
_CONTEXT: Final = 2


def card(shown: Card, *, is_open: bool) -> SafeMarkdown:
    template = "<details{open}>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"
    is_opened = SafeMarkdown(" open") if is_open else SafeMarkdown("")
    return fill(template, open=is_opened, summary=_summary(shown), body=join(list(_body(shown))))


def _summary(shown: Card) -> SafeMarkdown:
    row = shown.row
    told = [f"{row.base} → {row.head}", *row.badges, *([row.note] if row.note else [])]
    name = html_code(shorten(row.fixture_id, 120))
    return fill("{name} · {told}", name=name, told=markdown_text(shorten(" · ".join(told), 300)))


def _body(shown: Card) -> Iterator[SafeMarkdown]:
    if shown.row.place:
        yield markdown_code(shorten(shown.row.place, 300))
    yield _block("Input", shown.input)
    if shown.expected:
        yield _block("Expected", shown.expected)
    yield from _outputs(shown)
    for why in shown.reasons:
        yield fill(
            "{metric}: {reason}", metric=markdown_code(shorten(why.metric, 120)), reason=markdown_text(why.reason)
        )


def _outputs(shown: Card) -> Iterator[SafeMarkdown]:
    base, head = shown.panels
    is_alike = all(line.sign == " " for line in shown.lines)
    if is_alike:
        yield _block("Output of both", head.text)
        return
    sides = f"Output: base ({MINUS}{_fault(base)}), head (+{_fault(head)})"
    title = bold(markdown_text(sides))
    yield join([title, markdown_block(_diff_text(shown.lines), "diff")])


def _fault(panel: Panel) -> str:
    return ", an error" if panel.is_error else ""


def _diff_text(lines: Sequence[DiffLine]) -> str:
    near = with_context(lines, _CONTEXT)
    shown = [f"{line.sign} {shorten(line.text, _MOST_WIDTH)}" for line in near]
    return clip("\n".join(shown), characters=2 * _MOST_TEXT, lines=_MOST_LINES)


def _block(title: str, text: str) -> SafeMarkdown:
    body = markdown_block(clip(text, characters=_MOST_TEXT, lines=_MOST_LINES))
    return join([bold(markdown_text(title)), body])
