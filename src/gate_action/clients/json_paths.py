"""JSONPath (RFC 9535). Plain paths such as ``$.answer.text`` are walked here; only the others load the library."""

import re
from collections.abc import Callable, Mapping
from typing import cast

from gate_action.model.fixture import Json

Find = Callable[[Json], list[Json]]
"""All values that a path leads to; none is an empty list."""

_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\['([^'\\]*)'\]|\[(\d+)\]")
_PLAIN = re.compile(rf"\$(?:{_STEP.pattern})*")


def compile_path(path: str) -> Find:
    """Raises ValueError when ``path`` is no JSONPath."""
    if _PLAIN.fullmatch(path):
        steps = [int(index) if index else name or quoted for name, quoted, index in _STEP.findall(path)]
        return lambda value: _walk(steps, value)
    import jsonpath

    try:
        compiled = jsonpath.compile(path, strict=True)
    except jsonpath.JSONPathError as error:
        raise ValueError(f"{path!r} is no JSONPath: {error.message}") from error
    return lambda value: cast("list[Json]", compiled.findall(value))


def _walk(steps: list[int | str], value: Json) -> list[Json]:
    for step in steps:
        if isinstance(step, str) and isinstance(value, Mapping) and step in value:  # noqa: SIM114  # each narrows its types
            value = value[step]
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return []
    return [value]
