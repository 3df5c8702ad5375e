from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.positions import (
    Lines,
    Position,
    TextError,
    decode_lines,
    decode_text,
    dotted,
    name_type,
    near_miss,
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("metrics", "answer", "floor"), "metrics.answer.floor"),
        (("a", 0, "b", 12), "a[0].b[12]"),
        ((3,), "[3]"),
    ],
)
def test_a_path_is_written_with_dots_and_brackets(path, text):
    assert dotted(path) == text


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("expcted", "did you mean 'expected'?"),
        ("EXPECTED", "did you mean 'expected'?"),
        ("zzz", "known: input, expected"),
    ],
)
def test_a_near_miss_names_the_nearest_known_word_or_else_all(word, hint):
    assert near_miss(word, ["input", "expected"]) == hint


def test_nothing_known_gives_no_hint():
    assert near_miss("x", []) == ""


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "true or false"),
        (1, "a number"),
        (1.5, "a number"),
        ("", "text"),
        ({}, "an object"),
        ([], "a list"),
    ],
)
def test_a_values_type_has_a_persons_name(value, name):
    assert name_type(value) == name


def test_a_text_error_becomes_a_problem_of_its_file():
    problem = TextError("odd", Position(2, 3), hint="do").as_problem("f/a.yaml")

    assert str(problem) == "f/a.yaml:2:3: odd (do)"
    assert str(TextError("odd").as_problem("f/a.yaml")) == "f/a.yaml: odd"


@given(text=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\r\u2028")), has_mark=st.booleans())
def test_a_file_read_line_by_line_is_the_file_read_at_once(text: str, has_mark: bool) -> None:
    content = (b"\xef\xbb\xbf" if has_mark else b"") + text.encode()
    assert list(decode_lines(BytesIO(content))) == list(Lines(decode_text(content)))


@pytest.mark.parametrize("content", [b"ab\ncd\xff\n", b"\xff\xfea", "x\nä".encode()[:-1], b"\xef\xbb\xbfab\xe4"])
def test_what_is_no_utf_8_is_told_with_its_place_either_way(content: bytes) -> None:
    with pytest.raises(TextError) as at_once:
        decode_text(content)
    with pytest.raises(TextError) as by_line:
        list(decode_lines(BytesIO(content)))
    assert (str(by_line.value), by_line.value.position) == (str(at_once.value), at_once.value.position)
