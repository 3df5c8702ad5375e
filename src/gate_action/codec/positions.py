"""Where in a text a value stands: lines and columns for messages. Knows nothing of what the values mean."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple, Protocol, TypeAlias

from gate_action.errors import Problem
from gate_action.model.fixture import Json

MAX_DEPTH = 64
"""Deepest nesting that is read: far above any real row, far below what overflows an encoder."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from a document's top, e.g. ``("metrics", "answer", "floor")``."""


class Position(NamedTuple):
    """Both 1-based, in characters."""

    line: int
    column: int


START = Position(1, 1)


class Places(Protocol):
    """Finds the places of a parsed document's parts again."""

    def locate(self, path: Path, *, is_key: bool = False) -> Position:
        """The place of the value at ``path`` (of its key with ``is_key``), or of its nearest existing parent."""
        ...

    def written(self, path: Path) -> str | None:
        """The bare word as it was written, where the format reads bare words as something else; else None."""
        ...

    def ambiguous(self) -> Iterable[tuple[Path, str]]:
        """Path and spelling of every bare word that is no text here and would be one elsewhere."""
        ...


class DocumentPlaces(Places, Protocol):
    """The places of a whole document."""

    def entries(self, path: Path) -> Iterator[Places]:
        """The places of each entry of the list at ``path``, in order and in one pass."""
        ...


class Document(NamedTuple):
    """A parsed text: plain JSON values, and where they stand."""

    value: Json
    places: DocumentPlaces


class TextError(Exception):
    """A text that is not of its format. Callers turn it into a Problem, which knows the file."""

    def __init__(self, message: str, position: Position | None = None, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint

    def as_problem(self, path: str) -> Problem:
        line, column = self.position or (None, None)
        return Problem(path=path, message=self.message, line=line, column=column, hint=self.hint)


def decode_text(content: bytes) -> str:
    """UTF-8 without its byte order mark. Raises TextError."""
    return decode_part(content[start_of(content) :], first_line=1)


def decode_lines(lines: Iterable[bytes]) -> Iterator[str]:
    """The same of a file's lines, with their ends, as they are read. Raises TextError on the way."""
    for number, line in enumerate(lines, start=1):
        if text := decode_part(line if number > 1 else line[start_of(line) :], first_line=number):
            yield text


def start_of(content: bytes) -> int:
    """Past the byte order mark. Raises TextError for UTF-16."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TextError("the file is UTF-16", START, hint="save it as UTF-8")
    return len(_BYTE_ORDER_MARK) if content.startswith(_BYTE_ORDER_MARK) else 0


def decode_part(content: bytes, *, first_line: int) -> str:
    """Some lines of a file. Raises TextError."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line_start = content.rfind(b"\n", 0, error.start) + 1
        column = len(content[line_start : error.start].decode("utf-8", "replace")) + 1
        position = Position(content.count(b"\n", 0, error.start) + first_line, column)
        raise TextError(
            f"byte 0x{content[error.start]:02x} is not UTF-8", position, hint="save the file as UTF-8"
        ) from error


class Lines:
    """A text's lines with their ends, one by one and without a copy of the rest; and how far they were read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.offset = 0
        self.number = 0
        """Of the line read last, from 1."""

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        if self.offset >= len(self._text):
            raise StopIteration
        end = self._text.find("\n", self.offset) + 1 or len(self._text)
        line = self._text[self.offset : end]
        self.offset, self.number = end, self.number + 1
        return line


def dotted(path: Path) -> str:
    """``("metrics", "answer", 0)`` as ``metrics.answer[0]``."""
    words = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(words).removeprefix(".")


def near_miss(word: str, known: Sequence[str]) -> str:
    """A hint that names the nearest known word, or all of them when none is near."""
    near = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(known)}" if known else ""


def name_type(value: object) -> str:
    """What a person calls a JSON value's type."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case dict():
            return "an object"
        case _:
            return "a list"
