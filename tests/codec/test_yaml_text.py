import json
import re
import time

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from gate_action.codec.positions import MAX_DEPTH, Position, TextError
from gate_action.codec.yaml_text import parse_yaml

PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc", "Co", "Cn"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | PLAIN,
    lambda inner: st.lists(inner) | st.dictionaries(PLAIN, inner),
    max_leaves=10,
)


@given(value=VALUES, flow=st.booleans())
def test_what_a_yaml_writer_writes_is_read_as_the_same_value(value, flow):
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow, sort_keys=False)

    assert parse_yaml(text).value == value


@given(value=VALUES)
def test_json_is_read_as_yaml_too(value):
    text = json.dumps(value, ensure_ascii=False)
    assume(not re.search(r'"[^"]{1000,}"', text))  # YAML reads a key of one line up to its 1,024th character only

    assert parse_yaml(text).value == value


def test_values_and_keys_are_located():
    document = parse_yaml("metrics:\n  answer:\n    floor: 2\nfixtures: [a, {source: b}]\n")

    assert document.places.locate(("metrics", "answer", "floor")) == Position(3, 12)
    assert document.places.locate(("metrics", "answer", "floor"), is_key=True) == Position(3, 5)
    assert document.places.locate(("fixtures", 1, "source")) == Position(4, 24)
    assert document.places.locate(("metrics", "answer", "evaluator")) == Position(3, 5)


def test_a_date_stays_the_text_that_was_written():
    assert parse_yaml("expires: 2027-01-31").value == {"expires": "2027-01-31"}


def test_the_bare_word_behind_a_value_is_remembered_and_a_quoted_one_is_not():
    places = parse_yaml("a: no\nb: 'no'\nc: 0o17\nd: 010").places

    assert [places.written((key,)) for key in "abd"] == ["no", None, "010"]


def test_aliases_and_merge_keys_are_read_as_safe_loader_reads_them():
    text = "base: &base {a: 1, b: 2}\none: {<<: *base, b: 3}\nmany: [*base, *base]\n"
    document = parse_yaml(text)

    assert document.value == yaml.safe_load(text)
    assert document.places.locate(("one", "a")) == Position(1, 17)


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("a: 1\nb: 2\na: 3", "the key 'a' stands twice", Position(3, 1)),
        ('{a: 1, "a": 2}', "the key 'a' stands twice", Position(1, 8)),
        ("no: 1", "the key 'no' is not text", Position(1, 1)),
        ("- 1: x", "the key '1' is not text", Position(1, 3)),
        ("? [a]\n: b", "a key is not text", Position(1, 3)),
        ("a: .nan", ".nan has no JSON", Position(1, 4)),
        ("a: -.inf", "-.inf has no JSON", Position(1, 4)),
        (f"a: {'9' * 5000}", "too large", Position(1, 4)),
        ("a: !!set {x, y}", "the tag !!set", Position(1, 4)),
        ("a: !!binary aGk=", "the tag !!binary", Position(1, 4)),
        ("a: !!python/object:os.system x", "the tag !!python/object:os.system", Position(1, 4)),
        ("a: !!int hello", "'hello' is not a int", Position(1, 4)),
        ("&a [*a]", "an alias that holds itself", Position(1, 1)),
        ("a: {<<: 3}", "a merge key", Position(1, 4)),
        ("a: [1, 2", "not YAML", Position(2, 1)),
        ("a: 1\n--- \nb: 2", "not YAML", Position(2, 1)),
        ("a: *nowhere", "not YAML", Position(1, 4)),
        ("[" * 100_000, f"nested deeper than {MAX_DEPTH}", Position(1, MAX_DEPTH + 1)),
        ("a: \x01", "not YAML", None),
        ('a: "\\ud800"', "not YAML", Position(1, 7)),
    ],
)
def test_what_cannot_be_a_plain_value_is_refused_with_its_place(text, message, position):
    with pytest.raises(TextError) as refusal:
        parse_yaml(text)

    assert message in refusal.value.message
    assert position is None or refusal.value.position == position


def test_an_alias_bomb_is_refused_at_once():
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    began = time.monotonic()

    with pytest.raises(TextError, match="aliases blow this document up"):
        parse_yaml("l0: &l0 [" + "x, " * 10 + "]\n" + "\n".join(levels))

    assert time.monotonic() - began < 2


def test_an_empty_document_is_null():
    assert parse_yaml("# nothing\n").value is None
