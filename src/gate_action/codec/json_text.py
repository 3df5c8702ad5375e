"""JSON text <-> values, stricter than the standard: no NaN, no duplicate keys, no lone surrogates, bounded depth."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from gate_action.codec.positions import MAX_DEPTH, Document, Path, Position, TextError, position_at
from gate_action.model.fixture import Json

_LEXEME = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _RefusedError(ValueError):
    """A value that JSON's grammar lets through and we do not. ``find`` finds it in the text."""

    def __init__(self, message: str, find: str, hint: str = "") -> None:
        super().__init__(message)
        self.find = find
        self.hint = hint


def parse_json(text: str, *, first_line: int = 1) -> Document:
    """Raises TextError, with the place in a file in which ``text`` begins at ``first_line``."""
    places = JsonPlaces(text, first_line)
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(text, first_line)
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_number, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        position = position_at(text, error.pos, first_line=first_line)
        raise TextError(f"not JSON: {error.msg[0].lower()}{error.msg[1:]}", position) from error
    except _RefusedError as error:
        position = position_at(text, _find_lexeme(text, error.find), first_line=first_line)
        raise TextError(str(error), position, hint=error.hint) from error
    if _SURROGATE_ESCAPE.search(text):
        _check_surrogates(value, places)
    return Document(value, places)


@dataclass(frozen=True, slots=True)
class JsonPlaces:
    """Scans the text anew for each question: asked only when there is something to complain of."""

    text: str
    first_line: int = 1

    def locate(self, path: Path, *, is_key: bool = False) -> Position:
        best_depth, best_offset = -1, 0
        for found, key_offset, offset in _walk(self.text):
            depth = len(found)
            if depth > best_depth and path[:depth] == found:
                best_depth = depth
                best_offset = key_offset if is_key and depth == len(path) else offset
        return position_at(self.text, best_offset, first_line=self.first_line)

    def written(self, path: Path) -> None:
        del path  # JSON has no bare words that could be misread


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


def _check_depth(text: str, first_line: int) -> None:
    depth = 0
    for match in _LEXEME.finditer(text):
        lexeme = match.group()
        if lexeme in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise TextError(
                    f"nested deeper than {MAX_DEPTH}", position_at(text, match.start(), first_line=first_line)
                )
        elif lexeme in "]}":
            depth -= 1


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


@dataclass(slots=True)
class _Frame:
    """An open list or object of the scan: where the next value belongs."""

    path: Path
    is_object: bool
    index: int = 0
    key: str | None = None
    key_offset: int = 0


def _walk(text: str) -> Iterator[tuple[Path, int, int]]:
    """Path, key's offset and value's offset of every value, in the order of the text. ``text`` is well formed."""
    stack: list[_Frame] = []
    for match in _LEXEME.finditer(text):
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
