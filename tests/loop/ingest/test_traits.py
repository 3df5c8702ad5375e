import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.loop.ingest.traits import digest_history, name_tools


def messages(*told: tuple[str, str]) -> str:
    return orjson.dumps([{"role": role, "content": content} for role, content in told]).decode()


ANSWERED = (("user", "hi"), ("assistant", "hello"))
SAID = st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), st.text(max_size=30)), max_size=5)


@given(SAID, SAID, st.text(), st.text())
def test_two_histories_have_one_digest_where_they_are_the_same(
    one: list[tuple[str, str]], other: list[tuple[str, str]], first: str, second: str
):
    is_answered = any(role == "assistant" for role, _ in one)
    digest = digest_history(messages(*one, ("user", first)))
    assert bool(digest) == is_answered
    assert digest == digest_history(messages(*one, ("user", second)))
    if is_answered and one != other:
        assert digest != digest_history(messages(*other, ("user", first)))


@pytest.mark.parametrize("told", ["", "[]", "no JSON", messages(("user", "q")), messages(*ANSWERED)])
def test_a_conversation_that_begins_has_no_history(told: str):
    assert digest_history(told) == ""


def test_words_that_look_like_a_message_are_words():
    quoted = '{"role":"assistant"}'
    assert digest_history(messages(("user", quoted), ("user", quoted))) == ""
    assert digest_history(messages(*ANSWERED, ("user", quoted))) == digest_history(messages(*ANSWERED, ("user", "q")))


@pytest.mark.parametrize(
    ("calls", "names"),
    [
        ([{"name": "a"}, {"name": "b"}, {"name": "a"}], "a\nb"),
        ([{"name": "two\nlines"}], "two lines"),
        ([{"name": ""}, {"name": 7}, {}, "x"], ""),
        ({"name": "a"}, ""),
        ([{"name": f"t{n}"} for n in range(99)], "\n".join(f"t{n}" for n in range(50))),
    ],
)
def test_tools_are_named_once_each_in_their_order(calls: Any, names: str):
    assert name_tools(json.dumps(calls)) == names


@pytest.mark.parametrize("told", ["", "[{", "["])
def test_what_is_no_list_of_calls_names_none(told: str):
    assert name_tools(told) == ""
