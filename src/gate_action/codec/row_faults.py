"""Why a fixture's row is refused: every fault of it, found by the JSON Schema. Used only once the fast path refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gate_action.codec.positions import Path, Places, dotted, name_type, near_miss
from gate_action.codec.rows import fixture_schema
from gate_action.errors import Problem
from gate_action.model.fixture import Json

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_MEANT = {
    "answer": "expected",
    "completion": "expected",
    "expected_output": "expected",
    "ideal": "expected",
    "label": "expected",
    "reference": "expected",
    "prompt": "input",
    "query": "input",
    "question": "input",
    "documents": "context",
    "metadata": "slices",
    "tags": "slices",
    "license": "licence",
}
"""What other tools call our fields."""
_NOT_TEXT = ("a number", "a whole number", "true or false", "a list", "an object")
_SHOWN = 60
_TYPES = {
    "string": "text",
    "array": "a list",
    "object": "an object",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
    "null": "null",
}


class RowFault(NamedTuple):
    path: Path
    message: str
    hint: str = ""
    is_key: bool = False
    """The key itself is wrong, not its value."""


def find_faults(row: Json) -> tuple[RowFault, ...]:
    """Every fault of one row; empty: there is none."""
    faults = [fault for error in validator().iter_errors(row) for fault in _faults_of(error)]
    if isinstance(row, Mapping) and not any(fault.path[:1] == ("expires",) for fault in faults):
        faults += _date_faults(row.get("expires"))
    return tuple(dict.fromkeys(faults))


def find_ambiguous(places: Places) -> Iterator[RowFault]:
    """Bare words of a YAML row, where any value would do, that are probably not what their writer meant."""
    for path, word in places.ambiguous():
        message = f"the bare word {word} is not read as text"
        yield RowFault(path, message, f'write "{word}" if it is one; else true, false or a plain number')


@cache
def validator() -> "Draft202012Validator":
    """The schema's own judge; also the oracle of the fast path's tests."""
    from jsonschema import Draft202012Validator  # heavy, and only a faulty row needs it

    return Draft202012Validator(fixture_schema())


def place_fault(fault: RowFault, path: str, places: Places) -> Problem:
    """The fault as a Problem of the file ``path``; ``places`` are the row's own."""
    line, column = places.locate(fault.path, is_key=fault.is_key)
    hint = fault.hint or explain_word(places.written(fault.path), fault.message)
    return Problem(path=path, message=fault.message, line=line, column=column, field=dotted(fault.path), hint=hint)


def explain_word(written: str | None, message: str) -> str:
    """Where YAML read a bare word as something else and text was wanted: what it did, and the way out."""
    wanted, got, read_as = message.rpartition(", got ")
    is_text_wanted = got and read_as != "text" and wanted.removeprefix("expected ") not in _NOT_TEXT
    if written is None or not is_text_wanted:
        return ""
    return f'YAML reads the bare word {written} as {read_as}; quote it: "{written}"'


def _faults_of(error: "ValidationError") -> Iterator[RowFault]:
    path = tuple(error.absolute_path)
    given: Any = error.instance
    wanted: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(path, given, list(schema["properties"]))
        case "required":
            yield from (RowFault((*path, key), "required, and missing") for key in wanted if key not in given)
        case "type":
            yield RowFault(path, f"expected {_TYPES.get(wanted, wanted)}, got {name_type(given)}")
        case "anyOf":
            yield from _union_faults(error, path)
        case "enum":
            hint = near_miss(given, wanted) if isinstance(given, str) else ""
            yield RowFault(path, f"{_show(given)} is none of {', '.join(map(str, wanted))}", hint)
        case "pattern":
            yield RowFault(path, f"{_show(given)} does not fit", schema.get("description", ""))
        case "minLength" | "minItems":
            yield RowFault(path, "must not be empty")
        case _:
            yield RowFault(path, error.message[:200])


def _unknown_keys(path: Path, given: Iterable[str], known: Sequence[str]) -> Iterator[RowFault]:
    for key in given:
        if key not in known:
            meant = _MEANT.get(key.lower())
            hint = f"did you mean {meant!r}?" if meant in known else near_miss(key, known)
            yield RowFault((*path, key), "unknown field", hint, is_key=True)


def _union_faults(error: "ValidationError", path: Path) -> Iterator[RowFault]:
    """The faults of the branch that has the value's own type; else the types that would do."""
    branches: dict[Any, list[ValidationError]] = {}
    for branch_error in error.context or ():
        branches.setdefault(branch_error.schema_path[0], []).append(branch_error)
    of_type = [errors for errors in branches.values() if not _is_wrong_type(errors)]
    if of_type:
        for branch_error in of_type[0]:
            yield from _faults_of(branch_error)
        return
    wanted = [_TYPES.get(str(errors[0].validator_value), "") for errors in branches.values()]
    yield RowFault(path, f"expected {' or '.join(wanted)}, got {name_type(error.instance)}")


def _is_wrong_type(errors: Sequence["ValidationError"]) -> bool:
    return any(error.validator == "type" and not error.path for error in errors)


def _date_faults(expires: Json) -> Iterator[RowFault]:
    if isinstance(expires, str) and expires:
        try:
            date.fromisoformat(expires)
        except ValueError:
            yield RowFault(("expires",), f"{_show(expires)} is no date", "write it like 2027-01-31")


def _show(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
