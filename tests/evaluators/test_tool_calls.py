import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.options import OptionsError
from gate_action.evaluators._matching import match_all
from gate_action.model.fixture import JsonObject, ToolCall
from gate_action.model.score import Score
from gate_action.model.trial import Output
from tests.evaluators.asking import ask
from tests.evaluators.examples import fixture


def calls(*names: str, **arguments: JsonObject) -> tuple[ToolCall, ...]:
    return tuple(ToolCall(name=name, arguments=arguments.get(name, {})) for name in names)


def judge(expected: tuple[ToolCall, ...], made: tuple[ToolCall, ...], **options: str | list[str] | JsonObject) -> Score:
    return ask("tool_calls", Output(content="", tool_calls=made), fixture(tool_calls=expected), **options)


@pytest.mark.parametrize(
    ("expected", "made", "fits"),
    [
        ("ab", "ab", {"strict", "unordered", "subset", "superset"}),
        ("ab", "ba", {"unordered", "subset", "superset"}),
        ("ab", "a", {"subset"}),
        ("ab", "abc", {"superset"}),
        ("ab", "", {"subset"}),
        ("ab", "aab", {"superset"}),
        ("aab", "ab", {"subset"}),
        ("", "", {"strict", "unordered", "subset", "superset"}),
        ("", "a", set()),
    ],
)
def test_each_mode_takes_what_it_says(expected: str, made: str, fits: set[str]):
    for mode in ("strict", "unordered", "subset", "superset"):
        assert judge(calls(*expected), calls(*made), mode=mode).value == float(mode in fits), mode


@pytest.mark.parametrize(
    ("arguments", "made", "score"),
    [
        ("exact", {"id": 7.0}, 1.0),
        ("exact", {"id": 7, "note": "x"}, 0.0),
        ("subset", {"id": 7, "note": "x"}, 1.0),
        ("subset", {"note": "x"}, 0.0),
        ("subset", {"id": "7"}, 0.0),
        ("ignore", {}, 1.0),
    ],
)
def test_arguments_are_compared_as_told(arguments: str, made: JsonObject, score: float):
    assert judge(calls("a", a={"id": 7}), calls("a", a=made), arguments=arguments).value == score


def test_one_tool_may_be_compared_in_its_own_way():
    expected = calls("find", "pay", find={"q": "x"}, pay={"sum": 1})
    made = calls("find", "pay", find={"q": "y"}, pay={"sum": 1})
    assert judge(expected, made).value == 0.0
    assert judge(expected, made, per_tool={"find": "ignore"}).value == 1.0


def test_ignored_tools_count_on_neither_side():
    assert judge(calls("think", "pay"), calls("look", "pay", "look"), ignore_tools=["think", "look"]).value == 1.0
    assert judge(calls(), calls("look"), ignore_tools=["look"]).value == 1.0


def test_a_call_that_fits_two_is_given_to_the_one_that_has_no_other():
    expected = (ToolCall(name="a", arguments={}), ToolCall(name="a", arguments={"x": 1}))
    made = (ToolCall(name="a", arguments={"x": 1}), ToolCall(name="a", arguments={"y": 1}))
    assert judge(expected, made, mode="unordered", arguments="subset").value == 1.0


@given(st.lists(st.sets(st.integers(0, 4), max_size=3), max_size=5))
def test_matching_agrees_with_trying_every_order(wishes: list[set[int]]):
    possible = any(
        all(right in wish for wish, right in zip(wishes, order, strict=True))
        for order in itertools.permutations(range(5), len(wishes))
    )
    assert (match_all(wishes, range(5), lambda wish, right: right in wish) is None) == possible


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (calls("a", "c"), "call 2: expected b(), got c()"),
        (calls("a"), "expected b() as call 2, got a"),
        (calls("a", "b", "c"), "expected 2 calls, got 3: the first too many is c()"),
    ],
)
def test_the_reason_shows_the_first_difference(made: tuple[ToolCall, ...], reason: str):
    assert judge(calls("a", "b"), made).reason == reason


def test_hostile_names_and_arguments_stay_on_one_short_line():
    made = (ToolCall(name="x\n::error::" * 100, arguments={"a\u202e": "b\n" * 10_000}),) * 50
    reason = judge((), made).reason
    assert reason.isprintable()
    assert len(reason) < 300


def test_expected_calls_may_be_given_without_arguments():
    made = Output(content="", tool_calls=calls("a", a={"id": 7}))
    assert ask("tool_calls", made, expected=[{"name": "a"}], arguments="ignore").value == 1.0
    assert ask("tool_calls", made, expected=[{"name": "a"}]).value == 0.0


def test_an_unknown_mode_is_refused_with_the_nearest():
    with pytest.raises(OptionsError, match="did you mean 'unordered'"):
        judge((), (), mode="unorderd")
