"""Why a JSON Schema refuses a value: each fault once, in the words of someone who wrote the file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from gate_action.codec.positions import Path, Places, dotted, name_type, near_miss
from gate_action.errors import Problem
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

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
_BOUNDS = {
    "exclusiveMinimum": "above",
    "minimum": "at least",
    "exclusiveMaximum": "below",
    "maximum": "at most",
}


class Fault(NamedTuple):
    """One thing wrong at a path of a value."""

    path: Path
    message: str
    hint: str = ""
    is_key: bool = False
    """The key itself is wrong, not its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Finds every fault by a schema, and says it."""

    meant: Mapping[str, str] = field(default_factory=dict)
    """What other tools call our fields."""
    is_shown: bool = True
    """May a text that does not fit be quoted? Not where it may be a secret."""

    def find(self, validator: "Draft202012Validator", value: Json) -> tuple[Fault, ...]:
        """Empty: the schema accepts the value."""
        faults = [fault for error in validator.iter_errors(value) for fault in self._faults(error)]
        return tuple(dict.fromkeys(faults))

    def _faults(self, error: "ValidationError") -> Iterator[Fault]:
        path = tuple(error.absolute_path)
        given: Any = error.instance
        wanted: Any = error.validator_value
        schema: Any = error.schema
        match error.validator:
            case "additionalProperties":
                yield from self._unknown_keys(path, given, list(schema["properties"]))
            case "required":
                yield from (Fault((*path, key), "required, and missing") for key in wanted if key not in given)
            case "type":
                yield Fault(path, f"expected {_TYPES.get(wanted, wanted)}, got {name_type(given)}")
            case "anyOf":
                yield from self._union_faults(error, path)
            case "enum" if "propertyNames" in error.absolute_schema_path:
                yield Fault((*path, given), "unknown field", near_miss(given, wanted), is_key=True)
            case "enum":
                yield _choice_fault(path, given, wanted)
            case "pattern":
                yield self._pattern_fault(error, path)
            case "minLength" | "minItems" | "minProperties" | "maxItems" as bound:
                yield Fault(path, _say_count(bound, wanted, len(given)))
            case str() as bound if bound in _BOUNDS:
                yield Fault(path, f"{given} is out of range: it must be {_BOUNDS[bound]} {wanted:g}")
            case _:
                yield Fault(path, error.message[:200])

    def _unknown_keys(self, path: Path, given: Iterable[str], known: Sequence[str]) -> Iterator[Fault]:
        for key in given:
            if key not in known:
                meant = self.meant.get(key.lower())
                hint = f"did you mean {meant!r}?" if meant in known else near_miss(key, known)
                yield Fault((*path, key), "unknown field", hint, is_key=True)

    def _pattern_fault(self, error: "ValidationError", path: Path) -> Fault:
        """Of a value, or of a key where the schema asks something of an object's keys."""
        is_key = "propertyNames" in error.absolute_schema_path
        given, schema = cast("str", error.instance), cast("Mapping[str, str]", error.schema)
        message = f"{_show(given)} does not fit" if self.is_shown else "does not fit"
        at = (*path, given) if is_key else path
        return Fault(at, message, schema.get("description", ""), is_key=is_key)

    def _union_faults(self, error: "ValidationError", path: Path) -> Iterator[Fault]:
        """The faults of the branch that has the value's own type; else the types that would do."""
        branches: dict[Any, list[ValidationError]] = {}
        for branch_error in error.context or ():
            branches.setdefault(branch_error.schema_path[0], []).append(branch_error)
        of_type = [errors for errors in branches.values() if not _is_wrong_type(errors)]
        if of_type:
            for branch_error in of_type[0]:
                yield from self._faults(branch_error)
            return
        wanted = [_TYPES.get(str(errors[0].validator_value), "") for errors in branches.values()]
        yield Fault(path, f"expected {' or '.join(wanted)}, got {name_type(error.instance)}")


def _say_count(bound: str, wanted: int, given: int) -> str:
    if given == 0 or bound in {"minLength", "minProperties"}:
        return "must not be empty"
    return f"takes {'at most' if bound == 'maxItems' else 'at least'} {wanted} entries, not {given}"


def place_fault(fault: Fault, path: str, places: Places) -> Problem:
    """The fault as a Problem of the file ``path``; ``places`` are those of the value that it was found in."""
    line, column = places.locate(fault.path, is_key=fault.is_key)
    hint = fault.hint or _explain_word(places.written(fault.path), fault.message)
    return Problem(path=path, message=fault.message, line=line, column=column, field=dotted(fault.path), hint=hint)


def _explain_word(written: str | None, message: str) -> str:
    """Where YAML read a bare word as something else and text was wanted: what it did, and the way out."""
    wanted, got, read_as = message.rpartition(", got ")
    is_text_wanted = got and read_as != "text" and wanted.removeprefix("expected ") not in _NOT_TEXT
    if written is None or not is_text_wanted:
        return ""
    return f'YAML reads the bare word {written} as {read_as}; quote it: "{written}"'


def _choice_fault(path: Path, given: Json, wanted: Sequence[str]) -> Fault:
    if isinstance(given, str):
        return Fault(path, f"{_show(given)} is none of {', '.join(wanted)}", near_miss(given, wanted))
    return Fault(path, f"expected {' or '.join(wanted)}, got {name_type(given)}")


def _is_wrong_type(errors: Sequence["ValidationError"]) -> bool:
    return any(error.validator == "type" and not error.path for error in errors)


def _show(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
