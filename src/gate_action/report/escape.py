r"""The only way into a page for words that we did not write: outputs, feedback, fixture ids, tool names, paths, traces.

Markdown is made for GitHub, which reads a page twice: cmark-gfm turns it into HTML (emphasis, tables, autolinks), then
filters over the finished text make mentions, issue and commit links, emoji and formulas. An entity stops the first
reader only, since the second sees it decoded; so what the second would act upon is also parted by a zero-width space.
Neither looks into code. A character that is not seen (a control, a direction mark, a tag) is spelled out: ``\u202e``.
"""

import re
from typing import Final, Literal, NewType

from gate_action.report.words import shorten

SafeMarkdown = NewType("SafeMarkdown", str)
"""May stand in a Markdown page. Made here only."""
SafeText = NewType("SafeText", str)
"""May be printed to a terminal or a log. Made here only."""
SafeMessage = NewType("SafeMessage", str)
"""May stand as the message of a workflow command. Made here only."""

Language = Literal["text", "diff", "console"]

_BREAK: Final = "\ue000"  # stands for a zero-width space until entities are in: `visible` spells out every other one
_ZERO_WIDTH: Final = "\u200b"

_BEYOND_ASCII: Final = re.compile("[^\n\t -~]")
_NEVER_DRAWN: Final = re.compile(
    # Fillers, joiners and selectors that Python calls printable, yet no font draws: words and commands hide in them.
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)
_KEPT: Final = frozenset("\u200c\u200d\u3000")  # joiners that Persian, Hindi and emoji are spelled with; the wide space

_ACTED_UPON: Final = re.compile(
    r"(?<=@)"  # mentions, e-mail, user@commit
    r"|(?<=#)(?=\w)"  # issues
    r"|(?<=:)(?=\S)"  # schemes, :emoji:
    r"|(?=\.[^\W\d_])|(?i:(?<=www)(?=\.))"  # domains
    r"|(?<=[A-Z])(?=-\d)|(?i:(?<=gh)(?=-\d)|(?<=ghsa)(?=-))"  # GH-12, JIRA-12, CVE-2024-1, advisories
    r"|[0-9a-fA-F]{6}(?=[0-9a-fA-F])"  # commits: seven hex digits or more
)
_ENTITIES: Final = str.maketrans(
    {
        **{mark: f"&#{ord(mark)};" for mark in "\\`*_[]|~#"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "$": "<span>$</span>",  # GitHub's own way to write a dollar that opens no formula
        _BREAK: "&#8203;",
    }
)
_OPENS_A_BLOCK: Final = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=([-+=])(?:\s|$|\2))|(?=/[A-Za-z]))(.)")
_BOT_COMMAND: Final = re.compile(r"(?m)^([ \t]*)/(?=[A-Za-z])")
_HTML_CODE: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_MARKER: Final = re.compile(r"<!-- [^<>\n]+ -->")
_TERMINAL_SEQUENCE: Final = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)"  # titles, links, device strings
    "|\x1b[ -/]*[0-~]"
)
_LOG_COMMAND: Final = re.compile(r"(?m)^(\s*:)(?=:)|(#)(?=#\[)")
_WRAPPED_COMMAND: Final = re.compile(r"(?m)^((?:[^\S\n]|\x1b\[[0-9;]*m)*:)(?=:)")


def visible(text: str) -> str:
    """The text with every character that is not seen spelled out. Windows' line ends become plain ones; tabs stay."""
    text = text.replace("\r\n", "\n")
    if text.isascii() and text.isprintable():
        return text
    return _BEYOND_ASCII.sub(_spelled, text)


def markdown_text(text: str) -> SafeMarkdown:
    """One line that reads as the text and does nothing: in a paragraph, a heading, a cell or a ``<summary>``."""
    line = _ACTED_UPON.sub(rf"\g<0>{_BREAK}", _one_line(text))
    opener = _OPENS_A_BLOCK.match(line)
    if opener is None:
        return SafeMarkdown(line.translate(_ENTITIES))
    return SafeMarkdown(f"{opener[1]}&#{ord(opener[3])};{line[opener.end() :].translate(_ENTITIES)}")


def markdown_cell(text: str, limit: int = 160) -> SafeMarkdown:
    """As `markdown_text`, of at most ``limit`` characters of the text, for a table."""
    return markdown_text(shorten(_one_line(text), limit))


def markdown_code(text: str) -> SafeMarkdown:
    """An inline code span, for a paragraph or a table's cell (not for a ``<summary>``: `html_code`)."""
    line = _one_line(text)
    if not line:
        return SafeMarkdown("*empty*")
    if "|" in line:  # readers disagree on which pipes a backslash saves inside a cell, so none is left
        return SafeMarkdown(f"<code>{markdown_text(line)}</code>")
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return SafeMarkdown(f"{fence}{pad}{_without_comments(line)}{pad}{fence}")


def markdown_block(text: str, language: Language = "text") -> SafeMarkdown:
    """A fenced block that starts and ends a line; no text can close it."""
    body = _BOT_COMMAND.sub(rf"\1{_ZERO_WIDTH}/", _without_comments(visible(text)))
    fence = "`" * max(3, _longest_run(body) + 1)
    return SafeMarkdown(f"{fence}{language}\n{body}\n{fence}")


def html_code(text: str) -> SafeMarkdown:
    """A code element, for places that Markdown takes as HTML: a ``<summary>``."""
    return SafeMarkdown(f"<code>{_without_comments(_one_line(text)).translate(_HTML_CODE)}</code>")


def fill(template: str, /, **parts: SafeMarkdown) -> SafeMarkdown:
    """``template`` with safe parts in its ``{places}``. The template is a constant in the code: a test holds that."""
    return SafeMarkdown(template.format(**parts))


def bold(part: SafeMarkdown) -> SafeMarkdown:
    """Nothing stays nothing: four asterisks alone would be a rule."""
    return SafeMarkdown(f"**{part}**") if part else part


def join(parts: list[SafeMarkdown] | tuple[SafeMarkdown, ...], between: str = "\n\n") -> SafeMarkdown:
    """Safe parts in a row. ``between`` is a constant in the code, as for `fill`."""
    return SafeMarkdown(between.join(parts))


def hidden_marker(marker: str) -> SafeMarkdown:
    """A sink's HTML comment, by which it finds its page again. ValueError for anything else."""
    if marker and not _MARKER.fullmatch(marker):
        raise ValueError(f"a marker is one HTML comment on one line, got {marker!r}")
    return SafeMarkdown(marker)


def plain(text: str) -> SafeText:
    """For a terminal or a job's log: no escape sequence, no unseen character, no workflow command."""
    return SafeText(_LOG_COMMAND.sub(rf"\g<0>{_ZERO_WIDTH}", visible(_TERMINAL_SEQUENCE.sub("", text))))


def wrapped(page: str) -> SafeText:
    """A page made of `plain` texts, our own colours and line breaks: no break has made a workflow command of a text."""
    return SafeText(_WRAPPED_COMMAND.sub(rf"\g<0>{_ZERO_WIDTH}", page))


def workflow_message(text: str) -> SafeMessage:
    """For ``::error::HERE``. Line ends are kept, as GitHub spells them."""
    shown = visible(_TERMINAL_SEQUENCE.sub("", text))
    return SafeMessage(shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _spelled(match: re.Match[str]) -> str:
    mark = match.group()
    if mark in _KEPT or (mark.isprintable() and not _NEVER_DRAWN.match(mark)):
        return mark
    code = ord(mark)
    if code <= 0xFF:  # noqa: PLR2004  # the spelling of Python and JSON: two, four or eight digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # as above


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _without_comments(text: str) -> str:
    """No ``<!--`` in the page's source, not even in code: sinks find their comment by a hidden marker."""
    return text.replace("<!--", f"<!{_ZERO_WIDTH}--")
