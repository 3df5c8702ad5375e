"""JSON text <-> values, stricter than the standard: no NaN, no duplicate keys, no lone surrogates, bounded depth."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import NoReturn

from gate_action.codec.positions import MAX_DEPTH, START, Document, Path, Position, TextError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_LEXEME = re.compile(_STRING.pattern + r'|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_GAP = re.compile(r"[\s,]*")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _RefusedError(ValueError):
    """A value that JSON's grammar lets through and we do not. ``find`` finds it in the text."""

    def __init__(self, message: str, find: str, hint: str = "") -> None:
        super().__init__(message)
        self.find = find
        self.hint = hint


def parse_json(text: str, *, first: Position = START) -> Document:
    """Raises TextError, with the place in the file in which ``text`` begins at ``first``."""
    places = JsonPlaces(text, first)
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(text, places)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg[0].lower()}{error.msg[1:]}"
        raise TextError(message, places.position(error.pos)) from error
    except _RefusedError as error:
        position = places.position(_find_lexeme(text, error.find))
        raise TextError(str(error), position, hint=error.hint) from error
    if _SURROGATE_ESCAPE.search(text):
        _check_surrogates(value, places)
    return Document(value, places)


@dataclass(frozen=True, slots=True)
class JsonPlaces:
    """The places of one JSON value in a text. Scans anew for each question: asked only when something is wrong."""

    text: str
    first: Position = START
    """The place of ``begin`` in its file."""
    begin: int = 0
    end: int = sys.maxsize
    """Offsets in ``text`` between which the value stands."""

    def position(self, offset: int) -> Position:
        lines = self.text.count("\n", self.begin, offset)
        if lines == 0:
            return Position(self.first.line, self.first.column + offset - self.begin)
        return Position(self.first.line + lines, offset - self.text.rfind("\n", 0, offset))

    def locate(self, path: Path, *, is_key: bool = False) -> Position:
        if not path and self.text.startswith("{", self.begin):
            return self.first
        best_depth, best_offset = -1, _skip(self.text, self.begin)
        if not path:
            return self.position(best_offset)
        for found, key_offset, offset in _walk(self.text, self.begin, self.end):
            depth = len(found)
            if depth > best_depth and path[:depth] == found:
                best_depth = depth
                best_offset = key_offset if is_key and depth == len(path) else offset
        return self.position(best_offset)

    def written(self, path: Path) -> None:
        del path  # JSON has no bare words that could be misread

    def ambiguous(self) -> tuple[()]:
        return ()

    def entries(self, path: Path) -> "Iterator[JsonPlaces]":
        """The places of each entry of the list at ``path``, in one pass."""
        offset = next(offset for found, _, offset in _walk(self.text, self.begin, self.end) if found == path) + 1
        known, line, column = self.begin, *self.first
        while not self.text.startswith("]", offset := _skip(self.text, offset)):
            lines = self.text.count("\n", known, offset)
            column = offset - self.text.rfind("\n", 0, offset) if lines else column + offset - known
            known, line = offset, line + lines
            _, end = _PLAIN_DECODER.raw_decode(self.text, offset)
            yield JsonPlaces(self.text, Position(line, column), offset, end)
            offset = end


def _object(pairs: list[tuple[str, Json]]) -> Mapping[str, Json]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedError(f"the key {key!r} stands twice in one object", json.dumps(key), "keep one of them")
            seen.add(key)
    return entries


def _refuse_constant(word: str) -> NoReturn:
    raise _RefusedError(f"{word} is not JSON", word, "leave a missing measurement out, or write it as text")


def _number(word: str) -> float:
    number = float(word)
    if number in (float("inf"), float("-inf")):
        raise _RefusedError(f"the number {word[:40]} is too large", word)
    return number


def _integer(word: str) -> int:
    if len(word) > 300:  # noqa: PLR2004  # above float's range; int() itself refuses from 4,300 digits on
        raise _RefusedError(f"the number {word[:40]}... is too large", word)
    return int(word)


def _find_lexeme(text: str, lexeme: str) -> int:
    """Offset of a lexeme's last use, which for a duplicate key is the second one or a later one."""
    offsets = [match.start() for match in _LEXEME.finditer(text) if _same_lexeme(match.group(), lexeme)]
    return offsets[-1] if offsets else 0


def _same_lexeme(written: str, lexeme: str) -> bool:
    if not lexeme.startswith('"'):
        return written == lexeme
    return written.startswith('"') and json.loads(written, strict=False) == json.loads(lexeme)


def _check_depth(text: str, places: JsonPlaces) -> None:
    """Before decoding: what comes after (digests, encoders) recurses."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise TextError(f"nested deeper than {MAX_DEPTH}", places.position(_find_depth(text)))


def _find_depth(text: str) -> int:
    """Offset of the first bracket that goes too deep."""
    depth = 0
    for match in _LEXEME.finditer(text):
        depth += (match.group() in "[{") - (match.group() in "]}")
        if depth > MAX_DEPTH:
            return match.start()
    return 0


def _skip(text: str, offset: int) -> int:
    """Past white space and commas."""
    match = _GAP.match(text, offset)
    return match.end() if match else offset


def _check_surrogates(value: Json, places: JsonPlaces) -> None:
    for path in find_surrogates(value):
        raise TextError(
            "a lone surrogate (half of a character)", places.locate(path), hint="remove it: it stands for no text"
        )


def find_surrogates(value: Json, path: Path = ()) -> Iterator[Path]:
    """Paths of texts or keys that hold a lone surrogate: such a text has no UTF-8 and no digest."""
    match value:
        case str():
            if _SURROGATE.search(value):
                yield path
        case Mapping():
            for key, entry in value.items():
                if _SURROGATE.search(key):
                    yield path
                yield from find_surrogates(entry, (*path, key))
        case list():
            for index, entry in enumerate(value):
                yield from find_surrogates(entry, (*path, index))
        case _:
            return


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_number, parse_int=_integer
)


_PLAIN_DECODER = json.JSONDecoder()


@dataclass(slots=True)
class _Frame:
    """An open list or object of the scan: where the next value belongs."""

    path: Path
    is_object: bool
    index: int = 0
    key: str | None = None
    key_offset: int = 0


def _walk(text: str, begin: int, end: int) -> Iterator[tuple[Path, int, int]]:
    """Path, key's offset and value's offset of every value, in the order of the text. ``text`` is well formed."""
    stack: list[_Frame] = []
    for match in _LEXEME.finditer(text, begin, end):
        lexeme, offset = match.group(), match.start()
        frame = stack[-1] if stack else None
        if lexeme in "]}":
            stack.pop()
        elif lexeme == ",":
            _next_entry(frame)
        elif lexeme == ":":
            continue
        elif frame is not None and frame.is_object and frame.key is None:
            frame.key, frame.key_offset = json.loads(lexeme, strict=False), offset
        else:
            path, key_offset = _path_of(frame, offset)
            yield path, key_offset, offset
            if lexeme in "[{":
                stack.append(_Frame(path=path, is_object=lexeme == "{"))


def _next_entry(frame: _Frame | None) -> None:
    if frame is not None:
        frame.index += 1
        frame.key = None


def _path_of(frame: _Frame | None, offset: int) -> tuple[Path, int]:
    if frame is None:
        return (), offset
    if frame.is_object:
        return (*frame.path, frame.key or ""), frame.key_offset
    return (*frame.path, frame.index), offset
