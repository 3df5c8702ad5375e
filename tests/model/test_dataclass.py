"""What a class does is the same as with the standard library's decorator; only when methods are written is not."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from gate_action.model.dataclass import _MANY, dataclass

Part = TypeVar("Part")
OPTIONS: tuple[dict[str, bool], ...] = (
    {"frozen": True, "slots": True, "kw_only": True},
    {"slots": True, "kw_only": True},
    {"frozen": True, "kw_only": True},
    {"kw_only": True},
    {"slots": True, "eq": False, "kw_only": True},
)


def make(decorator: Callable[..., Any], options: dict[str, bool]) -> Any:
    class Row:
        name: str
        counts: tuple[int, ...] = ()
        notes: list[str] = field(default_factory=list)
        secret: str = field(default="", repr=False, compare=False)
        total: int = field(init=False, default=0)
        limit: ClassVar[int] = 3

        def __post_init__(self) -> None:
            object.__setattr__(self, "total", len(self.counts))

    return decorator(**options)(Row)


def told(made: Any, wanted: Callable[[Any], object]) -> object:
    """What comes of it: a value, or an error's kind and words."""
    try:
        return wanted(made)
    except (TypeError, AttributeError) as error:
        return type(error), str(error).replace(f"{make.__name__}.<locals>.", "")


def spell(row: Any) -> str:
    return repr(row).replace(f"{make.__name__}.<locals>.", "")


WANTED: dict[str, Callable[[Any], object]] = {
    "repr": lambda row: spell(row(name="a", counts=(1, 2))),
    "equal": lambda row: row(name="a", secret="x") == row(name="a", secret="y"),
    "unequal": lambda row: row(name="a") == row(name="b"),
    "of another class": lambda row: row(name="a") == "a",
    "hash": lambda row: len({row(name="a", notes=()), row(name="a", notes=(), secret="y")}),
    "no field": lambda row: row(name="a", other=1),
    "a value missing": lambda row: row(counts=(1,)),
    "by place": lambda row: row("a"),
    "a field that is not asked for": lambda row: row(name="a", total=9),
    "after it was made": lambda row: row(name="a", counts=(1, 2)).total,
    "lists of their own": lambda row: row(name="a").notes is row(name="a").notes,
    "replaced": lambda row: dataclasses.replace(row(name="a", counts=(1,)), name="b").name,
    "as a dictionary": lambda row: dataclasses.asdict(row(name="a", counts=(1, 2), notes=["n"])),
    "fields": lambda row: [(one.name, one.repr, one.init) for one in dataclasses.fields(row)],
    "places": lambda row: row.__match_args__,
    "a class variable": lambda row: row.limit,
    "copied": lambda row: spell(copy.deepcopy(row(name="a", notes=["n"]))),
    "set": lambda row: setattr(row(name="a"), "name", "b"),
    "deleted": lambda row: delattr(row(name="a"), "name"),
}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("wanted", WANTED)
@pytest.mark.parametrize("before", [0, _MANY])
def test_it_does_what_the_standard_librarys_does(options: dict[str, bool], wanted: str, before: int) -> None:
    ours, theirs = make(dataclass, options), make(dataclasses.dataclass, options)
    for _ in range(before):
        ours(name="a", counts=(1,))
    assert told(ours, WANTED[wanted]) == told(theirs, WANTED[wanted])


def test_a_subclass_has_the_fields_of_both() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Base(Generic[Part]):
        part: Part
        count: int = 1

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Further(Base[str]):
        more: str = ""

    one = Further(part="p", more="m")
    assert (one.part, one.count, one.more) == ("p", 1, "m")
    assert one == Further(part="p", more="m") != Further(part="p", more="n")
    assert len({one, Further(part="p", more="m")}) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    name: str
    parts: tuple[str, ...] = ()


def test_what_another_process_sends_is_equal_before_any_instance_was_made_here() -> None:
    sent = pickle.dumps(Sent(name="a", parts=("b",)))
    assert pickle.loads(sent) == Sent(name="a", parts=("b",))


def test_a_method_of_its_own_is_kept() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Own:  # noqa: PLW1641  # the decorator gives it one
        name: str

        def __repr__(self) -> str:
            return "mine"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own)

    assert repr(Own(name="a")) == "mine"
    assert Own(name="a") == Own(name="b")
    assert hash(Own(name="a")) != hash(Own(name="b"))


def test_no_method_is_written_before_there_are_many() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Few:
        name: str

    first = Few.__init__
    for _ in range(_MANY):
        Few(name="a")
    assert Few.__init__ is first
    Few(name="a")
    assert Few.__init__ is not first
    assert Few(name="b").name == "b"
