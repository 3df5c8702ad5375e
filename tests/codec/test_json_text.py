import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.json_text import parse_json
from gate_action.codec.positions import MAX_DEPTH, Path, Position, TextError, decode_text

SCALARS = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(SCALARS | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=12)


def paths_of(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from paths_of(entry, (*path, key))
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from paths_of(entry, (*path, index))


def offset_of(text: str, position: Position) -> int:
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column - 1


@given(value=VALUES, indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans())
def test_every_value_is_located_where_it_begins(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = parse_json(text)

    assert document.value == value
    for path, part in paths_of(value):
        found, _ = json.JSONDecoder().raw_decode(text, offset_of(text, document.places.locate(path)))
        assert found == part


@given(rows=st.lists(VALUES), indent=st.sampled_from([None, 1]))
def test_the_entries_of_a_list_are_located_in_one_pass_as_one_by_one(rows, indent):
    document = parse_json(json.dumps({"fixtures": rows}, indent=indent))

    places = [entry.locate(()) for entry in document.places.entries(("fixtures",))]

    assert places == [document.places.locate(("fixtures", index)) for index in range(len(rows))]


def test_a_fault_inside_an_entry_is_located_in_the_whole_file():
    text = '{"fixtures": [\n  {"a": 1},\n  {"b": 2,\n   "c": {"d": 3}}]}'
    *_, last = parse_json(text).places.entries(("fixtures",))

    assert last.locate(("c", "d")) == Position(4, 15)
    assert last.locate(("c",), is_key=True) == Position(4, 4)
    assert last.locate(("b", "missing")) == Position(3, 9)


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ('{"a": NaN}', "NaN is not JSON", Position(1, 7)),
        ("[1,\n -Infinity]", "-Infinity is not JSON", Position(2, 2)),
        ('{"a": 1,\n "b": 2, "a": 3}', "the key 'a' stands twice", Position(2, 10)),
        ('{"\\u0061": 1, "a": 3}', "the key 'a' stands twice", Position(1, 15)),
        ("[1e999]", "too large", Position(1, 2)),
        (f"[{'9' * 5000}]", "too large", Position(1, 2)),
        ('["x", "\\ud800"]', "lone surrogate", Position(1, 7)),
        ('{"\\udfff": 1}', "lone surrogate", Position(1, 1)),
        ('{"a" 1}', "not JSON: expecting ':' delimiter", Position(1, 6)),
        ("", "not JSON: expecting value", Position(1, 1)),
        ('"a\nb"', "not JSON: invalid control character", Position(1, 3)),
        ("[" * 100_000, f"nested deeper than {MAX_DEPTH}", Position(1, MAX_DEPTH + 1)),
        ("[" * 65 + "]" * 65, f"nested deeper than {MAX_DEPTH}", Position(1, MAX_DEPTH + 1)),
    ],
)
def test_what_json_lets_through_and_a_digest_cannot_hold_is_refused_with_its_place(text, message, position):
    with pytest.raises(TextError) as refusal:
        parse_json(text)

    assert message in refusal.value.message
    assert refusal.value.position == position


def test_brackets_inside_texts_do_not_count_as_depth():
    assert parse_json(json.dumps({"a": "[" * 1000})).value == {"a": "[" * 1000}


def test_the_deepest_allowed_nesting_is_read():
    assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH).places.locate((0,)) == Position(1, 2)


@pytest.mark.parametrize(
    ("content", "position"),
    [
        (b"\xef\xbb\xbfab\xff", Position(1, 3)),
        ("ok\nzäh".encode() + b"\xe4", Position(2, 4)),
        ("text".encode("utf-16"), Position(1, 1)),
    ],
)
def test_bytes_that_are_not_utf8_are_refused_with_the_place_of_the_first(content, position):
    with pytest.raises(TextError) as refusal:
        decode_text(content)

    assert refusal.value.position == position


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert decode_text(b"\xef\xbb\xbf{}") == "{}"
