"""Dotted paths into JSON values: ``order.items.0.price``; a backslash before a dot that belongs to a name."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from gate_action.answers.values import is_list
from gate_action.model.fixture import ABSENT, Absent, Json

Path: TypeAlias = tuple[str, ...]

_PART = re.compile(r"(?:[^.\\]|\\.)+")


def parse_path(text: str) -> Path:
    """Raises ValueError where a part is empty."""
    parts = _PART.findall(text)
    if not parts or ".".join(parts) != text:
        raise ValueError(f"{text!r} is no dotted path")
    return tuple(re.sub(r"\\(.)", r"\1", part) for part in parts)


def write_path(path: Path) -> str:
    return ".".join(part.replace("\\", "\\\\").replace(".", "\\.") for part in path)


def find(value: Json, path: Path) -> Json | Absent:
    """What stands at ``path``. A part that is a whole number leads into a list, from 0."""
    for part in path:
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif is_list(value) and part.isascii() and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def fields(value: Json) -> Iterator[tuple[Path, Json]]:
    """Every member of nested objects that is no object with members itself. A list is one value."""
    waiting: list[tuple[Path, Json]] = [((), value)]
    while waiting:
        path, entry = waiting.pop()
        if isinstance(entry, Mapping) and entry:
            waiting.extend(reversed([((*path, name), member) for name, member in entry.items()]))
        else:
            yield path, entry
