"""The JSON values of answers: equality, reading from text, leaves. Never recursive: answers are hostile."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeGuard

from gate_action.model.fixture import Json, JsonObject
from gate_action.model.trial import Output

MAX_DEPTH = 64
"""JSON that nests deeper is not read: no honest answer does, and libraries that recurse would break on it."""


class Unreadable(NamedTuple):
    """Why an answer is no JSON value."""

    reason: str


class Tolerance(NamedTuple):
    """How far two numbers may lie apart: ``absolute``, or ``relative`` to the expected one, whichever is wider."""

    absolute: float = 0.0
    relative: float = 0.0


EXACT = Tolerance()


def refuse_negative(**numbers: float) -> None:
    """Raises ValueError that names the first option below 0."""
    for name, number in numbers.items():
        if number < 0:
            raise ValueError(f"{name}: {number:g} is below 0")


def equal(expected: Json, got: Json, tolerance: Tolerance = EXACT, fold: Callable[[str], str] = str) -> bool:
    """JSON equality: 1 equals 1.0, true is no number, the order of an object's members does not matter.

    Texts are equal when they are so after ``fold``; names of members are compared as they are.
    """
    pairs: list[tuple[Json, Json]] = [(expected, got)]
    while pairs:
        left, right = pairs.pop()
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            if left.keys() != right.keys():
                return False
            pairs.extend((left[key], right[key]) for key in left)
        elif is_list(left) and is_list(right):
            if len(left) != len(right):
                return False
            pairs.extend(zip(left, right, strict=True))
        elif isinstance(left, str) and isinstance(right, str):
            if fold(left) != fold(right):
                return False
        elif not _equal_scalars(left, right, tolerance):
            return False
    return True


def is_close(expected: float, got: float, tolerance: Tolerance = EXACT) -> bool:
    """Equal, or both finite and within the wider of the two tolerances.

    Four units in the last place forgive the binary rounding of decimals: 10.05 lies within 0.05 of 10.
    """
    if expected == got:
        return True
    try:
        left, right = float(expected), float(got)
    except OverflowError:  # an integer beyond every float is close to nothing but itself
        return False
    if not (math.isfinite(left) and math.isfinite(right)):
        return False
    is_integral = isinstance(expected, int) and isinstance(got, int)
    slack = 0.0 if is_integral else 4 * math.ulp(max(abs(left), abs(right)))
    return abs(expected - got) <= max(tolerance.absolute, tolerance.relative * abs(left)) + slack


def is_number(value: object) -> TypeGuard[int | float]:
    """JSON's numbers: Python counts True among its integers, JSON does not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def value_of(output: Output, *, allow_fence: bool = False) -> Json | Unreadable:
    """The answer as a JSON value: as it is, or read from its text (``allow_fence``: from a Markdown fence as well)."""
    value: Json = output.content
    if isinstance(value, str):
        read = parse(unfenced(value) if allow_fence else value)
        if isinstance(read, Unreadable):
            return read
        value = read
    return Unreadable(f"the answer nests deeper than {MAX_DEPTH}") if depth_exceeds(value) else value


def parse(text: str) -> Json | Unreadable:
    """Strict JSON: no NaN, no name twice in one object, nothing around it."""
    try:
        value: Json = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except RecursionError:
        return Unreadable(f"the answer nests deeper than {MAX_DEPTH}")
    except ValueError as error:
        return Unreadable(f"the answer is no JSON: {error}")
    return value


def is_list(value: object) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def depth_exceeds(value: Json, limit: int = MAX_DEPTH) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for entry in level for child in _children(entry)]
        if not level:
            return False
    return True


def leaves(value: Json, *, with_names: bool = True) -> Iterator[str]:
    """Every text and other scalar inside ``value``, as text, in reading order, members' names among them; no null."""
    waiting: list[Json] = [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, Mapping):
            for key in reversed(tuple(entry)):
                waiting.extend((entry[key], key) if with_names else (entry[key],))
        elif is_list(entry):
            waiting.extend(reversed(entry))
        elif entry is not None:
            yield entry if isinstance(entry, str) else _written(entry)


def _written(scalar: Json) -> str:
    try:
        return json.dumps(scalar)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "a number beyond all bounds"


def _object(members: list[tuple[str, Json]]) -> JsonObject:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("an object has one name twice")
    return found


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON value")


def unfenced(text: str) -> str:
    """The body if the whole text is one fenced block, else the text."""
    lines = text.strip().splitlines()
    is_fenced = len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```"
    return "\n".join(lines[1:-1]) if is_fenced else text


def _children(value: Json) -> Iterable[Json]:
    if isinstance(value, Mapping):
        return value.values()
    return value if is_list(value) else ()


def _equal_scalars(left: Json, right: Json, tolerance: Tolerance) -> bool:
    if is_number(left) and is_number(right):
        return left == right if tolerance == EXACT else is_close(left, right, tolerance)
    return type(left) is type(right) and left == right
