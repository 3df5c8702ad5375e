"""Other readings of a text (folded, unescaped, decoded, closed up), each of which knows where its characters stand."""

import base64
import binascii
import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from gate_action.loop.scrub.folding import LOST, fold_character, is_plain
from gate_action.loop.scrub.patterns import Pattern, regex

_DEEPEST = 4
"""How often a text is unescaped or decoded. ``find_deeper`` tells what is not read any more."""

_ESCAPED = regex(
    r"(?:\\+u[0-9a-fA-F]{4}){1,200}|\\+x[0-9a-fA-F]{2}|\\+[nrtbf\"'/\\]|(?:%[0-9a-fA-F]{2}){1,200}"
    r"|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});|(?:=[0-9A-F]{2}){1,200}|=\r?\n"
)
_ENCODED = regex(
    r"[0-9a-fA-F]{24,}"
    r"|[A-Za-z0-9+/_-]{16,}(?:\r?\n[ \t]{0,8}[A-Za-z0-9+/_-]{16,})*(?:\r?\n[A-Za-z0-9+/_-]{1,75})?={0,2}"
)
_JOINTS = regex(r"[\"'`]\s{0,3}[+.,&]?\s{0,3}[\"'`]|[\s\"'`]{1,50}")
_JOINTS_AND_DASHES = regex(r"[\s\"'`\-.]{1,50}")
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": ""}
_LEAST_TEXT = 8
_ALIGNMENTS = 4


class Place(NamedTuple):
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class View:
    """``text`` as read; ``places[i]`` is where its character ``i`` stands in the original, None if just there."""

    text: str
    places: Sequence[Place] | None = None
    depth: int = 0

    def origin(self, start: int, end: int) -> Place:
        """Where ``text[start:end]``, which is not empty, stands in the original."""
        if self.places is None:
            return Place(start, end)
        return Place(self.places[start].start, self.places[end - 1].end)

    def place(self, index: int) -> Place:
        return self.places[index] if self.places is not None else Place(index, index + 1)


def read(text: str) -> Iterator[View]:
    """``text`` folded, then unescaped as often as that changes it, then whatever is decoded inside of those."""
    waiting = [_folded(View(text))]
    while waiting:
        view = waiting.pop()
        yield view
        if view.depth < _DEEPEST:
            waiting += (_folded(inner) for inner in (*_unescaped(view), *_decoded(view)))


def find_deeper(view: View) -> Iterator[Place]:
    """Where there is still something to decode, and no further reading is made."""
    if view.depth >= _DEEPEST:
        yield from (inner.place(0) for inner in _decoded(view))
        yield from (view.origin(*m.span()) for m in _ESCAPED.finditer(view.text) if _unescape(m.group()) != m.group())


def closed_up(view: View) -> Iterator[View]:
    """Without white space and the seams of quoted pieces; and without dashes and dots as well."""
    yield _rewritten(view, _JOINTS, lambda _: "")
    yield _rewritten(view, _JOINTS_AND_DASHES, lambda _: "")


def _folded(view: View) -> View:
    if is_plain(view.text):
        return view
    text: list[str] = []
    places: list[Place] = []
    for index, char in enumerate(view.text):
        folded = fold_character(char)
        text.append(folded)
        places += [view.place(index)] * len(folded)
    return View("".join(text), places, view.depth)


def _unescaped(view: View) -> Iterator[View]:
    if _ESCAPED.search(view.text) is not None:
        inner = _rewritten(view, _ESCAPED, _unescape)
        if inner.text != view.text:
            yield View(inner.text, inner.places, view.depth + 1)


def _unescape(escape: str) -> str:
    if escape.startswith("&"):
        return html.unescape(escape)
    if escape.startswith("%"):
        return unquote_to_bytes(escape).decode("utf-8", "replace")
    if escape.startswith("="):
        return bytes.fromhex(escape.replace("=", "").strip()).decode("utf-8", "replace")
    if "u" in escape:
        units = "".join(part[:4] for part in escape.replace("\\", "").split("u"))
        return bytes.fromhex(units).decode("utf-16-be", "replace")
    code = escape.lstrip("\\")
    if code.startswith("x"):
        return chr(int(code[1:], 16))
    return _CONTROL.get(code, code) if code else escape[: len(escape) // 2]


def _decoded(view: View) -> Iterator[View]:
    for match in _ENCODED.finditer(view.text):
        place = view.origin(*match.span())
        for text in _decodings("".join(match.group().split())):
            yield View(text, [place] * len(text), view.depth + 1)


def _decodings(run: str) -> Iterator[str]:
    if len(run) % 2 == 0:
        with suppress(ValueError):  # no hexadecimal digits: base64, then
            yield from _as_text(bytes.fromhex(run))
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    for skipped in range(_ALIGNMENTS):  # a run may begin with what stood before it, closed up
        part = plain[skipped:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            found = tuple(_as_text(base64.b64decode(part + "=" * (-len(part) % 4))))
        except binascii.Error:
            continue
        yield from found


def _as_text(content: bytes) -> Iterator[str]:
    text = content.decode("utf-8", "replace")
    readable = sum(char.isprintable() or char in "\t\r\n" for char in text) - text.count(LOST)
    if len(text) >= _LEAST_TEXT and readable >= 0.9 * len(text):
        yield text


def _rewritten(view: View, pattern: Pattern, rewrite: Callable[[str], str]) -> View:
    """Each match replaced; the characters that replace it stand where all of it stood."""
    text: list[str] = []
    places: list[Place] = []
    at = 0
    for match in pattern.finditer(view.text):
        start, end = match.span()
        text.append(view.text[at:start])
        places += map(view.place, range(at, start))
        written = rewrite(match.group())
        text.append(written)
        places += [view.origin(start, end)] * len(written)
        at = end
    text.append(view.text[at:])
    places += map(view.place, range(at, len(view.text)))
    return View("".join(text), places, view.depth)
