"""The texts of a JSON value, and the value with them replaced. Keys are texts too, and so are long numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from gate_action.model.fixture import Json

DEEPEST = 60
_SHORTEST_NUMBER = 6

Rewrite = Callable[[str, str], str]
"""(name, text) -> text; ``name`` is the key that the text stands under, "" at the top and for a key itself."""


class TooDeepError(Exception):
    """Nested deeper than any row that a person would read."""


class SameKeyError(Exception):
    """Two keys of one object became one."""


def texts(value: Json, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """(name, text) of everything that can hold a text, in order. Raises TooDeepError."""
    if depth > DEEPEST:
        raise TooDeepError
    match value:
        case str():
            yield name, value
        case Mapping():
            for key, entry in value.items():
                yield "", key
                yield from texts(entry, key, depth + 1)
        case Sequence():
            for entry in value:
                yield from texts(entry, name, depth + 1)
        case _:
            if (text := _long_number(value)) is not None:
                yield name, text


def rewrite(value: Json, change: Rewrite, name: str = "") -> Json:
    """``value`` with each text changed. A number that changes becomes a text. Raises SameKeyError."""
    match value:
        case str():
            return change(name, value)
        case Mapping():
            changed = {change("", key): rewrite(entry, change, key) for key, entry in value.items()}
            if len(changed) < len(value):
                raise SameKeyError
            return changed
        case Sequence():
            return [rewrite(entry, change, name) for entry in value]
        case _:
            text = _long_number(value)
            changed_text = change(name, text) if text is not None else text
            return value if changed_text == text else changed_text


def _long_number(value: Json) -> str | None:
    """A number as it is written, if it is long enough to be somebody's: 4111111111111111 is a card."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    text = repr(int(value) if isinstance(value, float) and value.is_integer() else value)
    return text if sum(char.isdigit() for char in text) >= _SHORTEST_NUMBER else None
