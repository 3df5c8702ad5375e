"""pydantic's errors -> one fault each, in the words of someone who wrote gate.yaml."""

from collections.abc import Mapping
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gate_action.codec.positions import Document, Path, dotted, name_type, near_miss
from gate_action.codec.row_faults import explain_word
from gate_action.config.document import FORMS
from gate_action.errors import Problem

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
_MESSAGES = {
    "missing": "required, and missing",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}


class Fault(NamedTuple):
    """One thing wrong at a path of the whole document."""

    path: Path
    message: str
    hint: str = ""
    is_key: bool = False


def shape_faults(error: ValidationError, shape: type[BaseModel], document: Document) -> tuple[Fault, ...]:
    """Every error of the validation of ``document`` against ``shape``."""
    return tuple(_fault(entry, shape, document) for entry in error.errors(include_url=False))


def as_problem(fault: Fault, path: str, document: Document) -> Problem:
    line, column = document.places.locate(fault.path, is_key=fault.is_key)
    hint = fault.hint or explain_word(document.places.written(fault.path), fault.message)
    return Problem(path=path, message=fault.message, line=line, column=column, field=dotted(fault.path), hint=hint)


def _fault(entry: ErrorDetails, shape: type[BaseModel], document: Document) -> Fault:
    path = _path_in(document.value, entry["loc"])
    if entry["type"] == "extra_forbidden":
        return Fault(path, "unknown field", near_miss(str(path[-1]), _known_fields(shape, path[:-1])), is_key=True)
    message, hint = _words(entry)
    return Fault(path, message, hint, is_key="[key]" in entry["loc"])


def _words(entry: ErrorDetails) -> tuple[str, str]:
    """The message and the hint. Shows what was written only where that cannot be a secret."""
    given, kind, context = entry["input"], entry["type"], entry.get("ctx", {})
    hint = ""
    if kind in _EXPECTED:
        message = f"expected {_EXPECTED[kind]}, got {name_type(given)}"
    elif kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        message = f"{given} is out of range: it must be {words} {context[name]:g}"
    elif kind in {"enum", "literal_error"}:
        choices = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        if isinstance(given, str):
            message, hint = f"{given[:60]!r} is none of {', '.join(choices)}", near_miss(given, choices)
        else:
            message = f"expected {' or '.join(choices)}, got {name_type(given)}"
    elif kind == "string_pattern_mismatch":
        message, hint = "does not fit", FORMS.get(str(context["pattern"]), "")
    else:
        message = _MESSAGES.get(kind) or entry["msg"][:1].lower() + entry["msg"][1:]
    return message, hint


def _path_in(value: Any, location: tuple[int | str, ...]) -> Path:
    """Pydantic's location without its own words (union tags, ``[key]``). The last part may be absent: it is missing."""
    path: list[int | str] = []
    for index, part in enumerate(location):
        is_there = (isinstance(value, Mapping) and part in value) or (isinstance(value, list) and isinstance(part, int))
        if is_there:
            value = value[part]
        elif part == "[key]" or index < len(location) - 1 or not isinstance(value, Mapping):
            continue
        path.append(part)
    return tuple(path)


def _known_fields(shape: type[BaseModel], path: Path) -> list[str]:
    found = _shape_at(shape, path)
    return sorted(found.model_fields) if found else []


def _shape_at(shape: Any, path: Path) -> type[BaseModel] | None:
    for part in path:
        model = _model_in(shape)
        shape = model.model_fields[part].annotation if model and part in model.model_fields else _entry_of(shape)
    return _model_in(shape)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The one model that an annotation can hold directly."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType) or hasattr(annotation, "__metadata__"):
        return next((model for arm in get_args(annotation) if (model := _model_in(arm))), None)
    return None


def _entry_of(annotation: Any) -> Any:
    """The type of a list's or an object's entries."""
    return get_args(annotation)[-1] if get_origin(annotation) in (list, dict) else None
