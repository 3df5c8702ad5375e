import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.model.fixture import Json
from tests.evaluators.asking import ask
from tests.evaluators.examples import fixture

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_every_value_matches_itself(value: Json):
    assert ask("exact_match", value, fixture(value)).value == 1.0


@given(st.text(), st.text())
def test_two_texts_match_only_if_they_are_one_after_composition(left: str, right: str):
    import unicodedata

    is_same = unicodedata.normalize("NFC", left) == unicodedata.normalize("NFC", right)
    assert ask("exact_match", left, fixture(right)).value == float(is_same)


@pytest.mark.parametrize(
    ("expected", "answer", "score"),
    [
        ("caf\u00e9", "cafe\u0301", 1.0),
        ("Yes", "yes", 0.0),
        ("Yes", "Yes ", 0.0),
        ("42", 42, 0.0),
        (42, "42", 1.0),
        (42, 42.0, 1.0),
        (1, True, 0.0),
        ([1, 2], [2, 1], 0.0),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, 1.0),
        ({"a": 1}, {"a": 1, "b": None}, 0.0),
        (None, "null", 1.0),
        (None, "", 0.0),
        ({"a": 1}, '{"a": 2, "a": 1}', 0.0),
        (10**16, 10**16 + 1, 0.0),
    ],
)
def test_types_count_and_spelling_does_not_where_json_has_two(expected: Json, answer: Json, score: float):
    assert ask("exact_match", answer, fixture(expected)).value == score


@pytest.mark.parametrize(
    ("option", "expected", "answer"),
    [
        ("ignore_case", "STRASSE", "straße"),
        ("ignore_whitespace", "a b", "  a \n b\t"),
        ("ignore_punctuation", "well said", "\u201cWell\u201d said!".replace("W", "w")),
    ],
)
def test_ignores_only_what_it_is_told_to(option: str, expected: str, answer: str):
    assert ask("exact_match", answer, fixture(expected)).value == 0.0
    assert ask("exact_match", answer, fixture(expected), **{option: True}).value == 1.0


def test_what_no_encoding_takes_matches_no_honest_text():
    assert ask("exact_match", "\ud800", fixture("?")).value == 0.0


def test_control_characters_are_shown_and_still_cut():
    reason = ask("exact_match", "\u202e" * 60, fixture("x")).reason
    assert reason.isprintable()
    assert len(reason) < 100


def test_the_reason_shows_both_sides_cut_short():
    reason = ask("exact_match", "y" * 500, fixture("x" * 500)).reason
    assert reason.startswith('expected "xxx')
    assert 'got "yyy' in reason
    assert len(reason) < 200
