"""Placeholders such as ``{{input.city}}`` in texts and JSON. What a value itself holds is never expanded."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from gate_action.errors import ConfigError
from gate_action.model.fixture import Fixture, Json

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAMES = ("input", "context", "fixture_id", "attempt")


def check_template(template: Json) -> None:
    """Raises ValueError for a placeholder that nothing could ever be put in for."""
    for name in placeholders(template):
        if name.partition(".")[0] not in _NAMES:
            raise ValueError(f"nothing is known as {{{{{name}}}}}; there are {', '.join(_NAMES)}, and parts of input")


def placeholders(template: Json) -> Iterator[str]:
    if isinstance(template, str):
        yield from _PLACEHOLDER.findall(template)
    elif isinstance(template, Mapping):
        for entry in template.values():
            yield from placeholders(entry)
    elif isinstance(template, Sequence):
        for entry in template:
            yield from placeholders(entry)


def values_of(fixture: Fixture, attempt: int) -> Mapping[str, Json]:
    """What placeholders may stand for."""
    return {
        "input": fixture.input,
        "context": list(fixture.context),
        "fixture_id": fixture.id,
        "attempt": attempt,
    }


def fill(template: Json, values: Mapping[str, Json]) -> Json:
    """A text that is one placeholder and nothing else becomes its value; in a longer text it becomes text.

    Raises ConfigError when this fixture's input has no such part.
    """
    if isinstance(template, str):
        whole = _PLACEHOLDER.fullmatch(template)
        return _look_up(whole[1], values) if whole else fill_text(template, values)
    if isinstance(template, Mapping):
        return {name: fill(entry, values) for name, entry in template.items()}
    if isinstance(template, Sequence):
        return [fill(entry, values) for entry in template]
    return template


def fill_text(template: str, values: Mapping[str, Json]) -> str:
    """Texts as they are, a list of texts with an empty line between them, anything else as JSON."""
    return _PLACEHOLDER.sub(lambda found: as_text(_look_up(found[1], values)), template)


def as_text(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return "\n\n".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)


def _look_up(name: str, values: Mapping[str, Json]) -> Json:
    found: Json = values
    for part in name.split("."):
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            raise ConfigError(
                f"fixture {values['fixture_id']!r} has nothing for {{{{{name}}}}}",
                hint="every fixture needs each part of input that the target's template names",
            )
    return found
