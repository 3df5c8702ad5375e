"""Options from gate.yaml or a fixture -> a frozen dataclass, with every fault told. Knows no file and no plugin."""

import math
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, field, fields, is_dataclass
from typing import Any, NamedTuple, TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from gate_action.codec.positions import Path, dotted, near_miss
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json, JsonObject

T = TypeVar("T")


class OptionFault(NamedTuple):
    """One thing wrong. ``path`` leads to it from the options' top; empty: the options as a whole."""

    path: Path
    message: str
    hint: str = ""

    def __str__(self) -> str:
        advice = f" ({self.hint})" if self.hint else ""
        return f"{dotted(self.path)}: {self.message}{advice}".removeprefix(": ")


class OptionsError(ConfigError):
    """Options that do not fit their class. Whoever knows the file turns each fault into a Problem."""

    def __init__(self, faults: Sequence[OptionFault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


def build(cls: type[T], options: JsonObject) -> T:
    """An instance of the dataclass ``cls``. Types are strict: nothing is read from text, no true is a 1.

    What types cannot say the class says itself, by a ValueError from ``__post_init__``; where its message starts with
    an option's name and a colon, the fault is that option's. Raises OptionsError with every fault.
    """
    reading = _Reading()
    built = reading.dataclass(cls, options, ())
    if reading.faults:
        raise OptionsError(reading.faults)
    return built  # type: ignore[no-any-return]  # without a fault it is an instance of cls


def option_names(cls: type) -> tuple[str, ...]:
    """What a person may write among the options of ``cls``."""
    return tuple(option.name for option in _options(cls))


@dataclass(slots=True)
class _Reading:
    """One walk through the options. What it returns beside a fault is never used."""

    faults: list[OptionFault] = field(default_factory=list)

    def dataclass(self, cls: type, given: JsonObject, path: Path) -> Any:
        before = len(self.faults)
        known = {option.name: option for option in _options(cls)}
        for name in given:
            if name not in known:
                self._refuse((*path, name), "unknown option", near_miss(str(name), sorted(known)))
        for option in known.values():
            if option.name not in given and _is_required(option):
                self._refuse((*path, option.name), "required, and not given")
        hints = get_type_hints(cls)
        values = {name: self.value(hints[name], entry, (*path, name)) for name, entry in given.items() if name in known}
        return self._construct(cls, values, path) if len(self.faults) == before else None

    def value(self, hint: Any, given: Json, path: Path) -> Any:
        """``given`` as ``hint`` wants it. Goes into what holds dataclasses by itself; msgspec reads the rest."""
        if isinstance(given, float) and not math.isfinite(given):
            return self._refuse(path, f"{given} is no finite number")
        hint = _arm(hint, given)
        if is_dataclass(hint) and isinstance(hint, type) and isinstance(given, Mapping):
            return self.dataclass(hint, given, path)
        if hint is Any:
            return self._json(given, path)
        arguments = get_args(hint)
        if get_origin(hint) is tuple and _is_list(given) and arguments[1:] == (...,):
            return tuple(self.value(arguments[0], entry, (*path, index)) for index, entry in enumerate(given))
        if get_origin(hint) in (Mapping, dict) and isinstance(given, Mapping) and arguments[0] is str:
            return {
                self.value(str, name, (*path, name)): self.value(arguments[1], entry, (*path, name))
                for name, entry in given.items()
            }
        return self._scalar(hint, given, path)

    def _json(self, given: Json, path: Path) -> Json:
        if isinstance(given, Mapping):
            return {name: self.value(Any, entry, (*path, name)) for name, entry in given.items()}
        if _is_list(given):
            return [self.value(Any, entry, (*path, index)) for index, entry in enumerate(given)]
        return given

    def _scalar(self, hint: Any, given: Json, path: Path) -> Any:
        try:
            return msgspec.convert(given, hint)
        except msgspec.ValidationError as error:
            return self._refuse(path, *_explain(str(error), hint, given))

    def _construct(self, cls: type, values: dict[str, Any], path: Path) -> Any:
        try:
            return cls(**values)
        except ValueError as error:
            name, colon, rest = str(error).partition(": ")
            if colon and name in option_names(cls):
                return self._refuse((*path, name), rest)
            return self._refuse(path, str(error))

    def _refuse(self, path: Path, message: str, hint: str = "") -> None:
        self.faults.append(OptionFault(path, message, hint))


def _options(cls: type) -> tuple[Field[Any], ...]:
    return tuple(option for option in fields(cls) if option.init)


def _is_required(option: Field[Any]) -> bool:
    return option.default is MISSING and option.default_factory is MISSING


def _arm(hint: Any, given: Json) -> Any:
    """Of a union, the one arm that can hold an object or a list where ``given`` is one; else the union itself."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    for arm in get_args(hint):
        is_object = is_dataclass(arm) or get_origin(arm) in (Mapping, dict)
        if (is_object and isinstance(given, Mapping)) or (get_origin(arm) is tuple and _is_list(given)):
            return arm
    plain = tuple(arm for arm in get_args(hint) if not is_dataclass(arm))
    return Union[plain]  # noqa: UP007  # the arms are known at run time only


def _is_list(given: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(given, Sequence) and not isinstance(given, str)


def _explain(error: str, hint: Any, given: Json) -> tuple[str, str]:
    """The sentence of msgspec in the words of gate.yaml, and what to do."""
    choices = [str(choice) for choice in _choices(hint)]
    if choices and isinstance(given, str):
        nearest = near_miss(given, choices)
        return f"{given!r} is none of {', '.join(choices)}", nearest if nearest.startswith("did") else ""
    message = _QUOTED.sub(lambda quoted: _in_words(quoted[1]), error)
    return message[:1].lower() + message[1:], _advise(hint, given)


def _advise(hint: Any, given: Json) -> str:
    if hint is str and isinstance(given, bool | int | float):
        return "put it in quotes"
    if get_origin(hint) is tuple and isinstance(given, str):
        return "write it as a list, in brackets"
    return ""


def _in_words(names: str) -> str:
    return " or ".join(_WORDS.get(name, f"`{name}`") for name in names.split(" | "))


_QUOTED = re.compile("`([^`]+)`")
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _choices(hint: Any) -> Sequence[object]:
    """What a text may be, where ``hint`` is an enum, a Literal, or a union with one."""
    if isinstance(hint, type):
        return list(getattr(hint, "__members__", {}).values())
    if get_origin(hint) in (Union, types.UnionType):
        return [choice for arm in get_args(hint) for choice in _choices(arm)]
    return [choice for choice in get_args(hint) if isinstance(choice, str)]
