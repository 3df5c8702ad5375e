import pytest

from gate_action.codec.positions import Position, TextError, dotted, name_type, near_miss


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
