"""`dataclass` as the standard library has it, its methods written where they are worth it: a start makes some 200
classes and a handful of instances of most. What a method does is the library's affair (docs/decisions/0034-start.md).
"""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

Made = TypeVar("Made")
_PLAIN: Final = frozenset({"frozen", "slots", "kw_only"})
_MANY: Final = 16
"""Instances: to make that many by hand takes as long as to have the method written."""


def _dataclass(cls: type[Made] | None = None, /, **options: bool) -> Any:
    """As ``dataclasses.dataclass``. Options beyond ``frozen``, ``slots`` and ``kw_only`` are left to that one."""
    if cls is None:
        return lambda undecorated: _dataclass(undecorated, **options)
    if options.keys() - _PLAIN:
        return dataclasses.dataclass(**options)(cls)
    own = {name for name, value in cls.__dict__.items() if value is not None}
    is_frozen = options.pop("frozen", False)
    if not cls.__doc__:
        cls.__doc__ = f"{cls.__name__}(...)"  # or the library spells the signature, which takes as long as a method
    made: type[Made] = dataclasses.dataclass(init=False, repr=False, eq=False, **options)(cls)
    methods: dict[str, Any] = {name: _stand_in(made, name, is_frozen) for name in ("__repr__", "__eq__", "__hash__")}
    methods["__init__"] = _first_init(made, is_frozen)
    if is_frozen:
        methods |= {"__setattr__": _refuse_setting, "__delattr__": _refuse_deleting}
    else:
        methods["__hash__"] = None
    if is_frozen and options.get("slots"):  # copies and pickles would set each slot
        methods |= {"__getstate__": _give_state, "__setstate__": _take_state}
    for name in methods.keys() - own:
        setattr(made, name, methods[name])
    return made


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  # one for checkers: they know what it does
else:
    dataclass = _dataclass


def _first_init(made: type, is_frozen: bool) -> Callable[..., None]:  # noqa: FBT001  # the decorator's
    """Makes the first instances. Whatever is not plain is left to the library's, and so is what is wrong."""
    fields = dataclasses.fields(made)
    names = {field.name for field in fields if field.init}
    after = hasattr(made, "__post_init__")
    written = _stand_in(made, "__init__", is_frozen)
    by_hand = 0

    def init(self: Any, *arguments: Any, **named: Any) -> None:
        nonlocal by_hand
        by_hand += 1
        if by_hand > _MANY or arguments or not named.keys() <= names or not _fill(self, fields, named):
            written(self, *arguments, **named)
        elif after:
            self.__post_init__()

    return init


def _fill(self: object, fields: "tuple[dataclasses.Field[Any], ...]", named: dict[str, Any]) -> bool:
    """No: a value is missing."""
    for field in fields:
        if field.name in named:
            value = named[field.name]
        elif field.default is not dataclasses.MISSING:
            value = field.default
        elif field.default_factory is not dataclasses.MISSING:
            value = field.default_factory()
        elif field.init:
            return False
        else:
            continue
        object.__setattr__(self, field.name, value)
    return True


def _stand_in(made: type, name: str, is_frozen: bool) -> Callable[..., Any]:  # noqa: FBT001  # the decorator's
    """Has the method written in its own place, and calls it."""

    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        setattr(made, name, _write(made, name, is_frozen=is_frozen))
        return getattr(made, name)(self, *arguments, **named)

    return method


def _write(made: type, name: str, *, is_frozen: bool) -> Any:
    """The library's own method for these fields."""
    space: dict[str, Any] = {"__doc__": name}
    if hasattr(made, "__post_init__"):
        space["__post_init__"] = made.__post_init__
    written = dataclasses.make_dataclass(
        made.__name__,
        [(field.name, field.type, field) for field in dataclasses.fields(made)],
        namespace=space,
        init=name == "__init__",
        repr=name == "__repr__",
        eq=name in {"__eq__", "__hash__"},
        frozen=is_frozen,
    )
    return written.__dict__[name]


def _refuse_setting(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _give_state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _take_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
