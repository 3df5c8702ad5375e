"""Options: strict types, every fault in one go, each with its path."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.options import OptionFault, OptionsError, build, option_names
from gate_action.errors import ExitCode
from gate_action.model.fixture import Json, JsonObject


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    label: str
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    name: str
    count: int = 1
    rate: float = 0.5
    is_on: bool = False
    texts: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    by_name: Mapping[str, Level] = field(default_factory=dict)
    colour: Colour | None = None
    mode: Literal["fast", "slow"] = "fast"
    url: str | Mapping[str, str] = ""
    anything: Json = None
    made: int = field(default=7, init=False)

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("count: below 0")
        if self.name == "odd: name":
            raise ValueError("odd: a message that names no option")


def faults(options: JsonObject) -> list[tuple[str, str, str]]:
    with pytest.raises(OptionsError) as refused:
        build(Options, options)
    return [(".".join(map(str, path)), message, hint) for path, message, hint in refused.value.faults]


def test_builds_what_is_written():
    written: JsonObject = {
        "name": "x",
        "rate": 1,
        "texts": ["a", "b"],
        "levels": [{"label": "l", "score": 0}],
        "by_name": {"k": {"label": "m"}},
        "colour": "green",
        "url": {"base": "u"},
        "anything": {"deep": [1, None, {"a": True}]},
    }
    built = build(Options, written)
    assert built.rate == 1.0
    assert built.texts == ("a", "b")
    assert built.levels == (Level(label="l", score=0.0),)
    assert built.by_name == {"k": Level(label="m")}
    assert built.colour is Colour.GREEN
    assert built.url == {"base": "u"}
    assert built.anything == written["anything"]


def test_every_fault_is_told_with_its_path():
    assert faults(
        {
            "nam": "x",
            "count": True,
            "rate": "0.5",
            "texts": ["a", 1, "c", None],
            "levels": [{"label": "l"}, {"lable": "l"}],
            "by_name": {"k": 3},
            "colour": "gren",
            "mode": "medium",
            "url": {"base": 1},
        }
    ) == [
        ("nam", "unknown option", "did you mean 'name'?"),
        ("name", "required, and not given", ""),
        ("count", "expected a whole number, got true or false", ""),
        ("rate", "expected a number, got text", ""),
        ("texts.1", "expected text, got a whole number", "put it in quotes"),
        ("texts.3", "expected text, got null", ""),
        ("levels.1.lable", "unknown option", "did you mean 'label'?"),
        ("levels.1.label", "required, and not given", ""),
        ("by_name.k", "expected an object, got a whole number", ""),
        ("colour", "'gren' is none of red, green", "did you mean 'green'?"),
        ("mode", "'medium' is none of fast, slow", ""),
        ("url.base", "expected text, got a whole number", "put it in quotes"),
    ]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_are_finite_at_any_depth(number: float):
    assert [path for path, _, _ in faults({"name": "x", "rate": number, "anything": [{"a": number}]})] == [
        "rate",
        "anything.0.a",
    ]


def test_a_text_where_a_list_belongs_says_how_to_write_one():
    assert faults({"name": "x", "texts": "a"}) == [
        ("texts", "expected a list, got text", "write it as a list, in brackets")
    ]


def test_a_value_error_of_the_class_is_placed_at_the_option_that_it_names():
    assert faults({"name": "x", "count": -1}) == [("count", "below 0", "")]
    assert faults({"name": "odd: name"}) == [("", "odd: a message that names no option", "")]


def test_what_the_class_makes_itself_is_no_option():
    assert "made" not in option_names(Options)
    assert faults({"name": "x", "made": 8})[0][:2] == ("made", "unknown option")


def test_the_error_is_a_config_error_that_reads_well_by_itself():
    with pytest.raises(OptionsError) as refused:
        build(Options, {"name": "x", "levels": [{"lable": "l"}]})
    assert refused.value.exit_code is ExitCode.BAD_CONFIG
    assert str(refused.value) == (
        "levels[0].lable: unknown option (did you mean 'label'?); levels[0].label: required, and not given"
    )
    assert refused.value.faults[0] == OptionFault(("levels", 0, "lable"), "unknown option", "did you mean 'label'?")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(option_names(Options)) | st.text(), JSON))
def test_whatever_is_written_is_built_or_refused_with_a_fault(options: JsonObject):
    assert attempt(options) != ()


def attempt(options: JsonObject) -> Options | tuple[OptionFault, ...]:
    try:
        return build(Options, options)
    except OptionsError as error:
        return error.faults
