"""Paths into JSON: ours for the plain ones, the library's for the rest, and both alike."""

import jsonpath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.clients.json_paths import compile_path
from gate_action.model.fixture import Json

VALUE: Json = {"a": {"b": [1, {"c": None}], "odd name": 2}, "text": "xyz", "d": [{"t": 1}, {"t": 2}]}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [VALUE]),
        ("$.a.b[0]", [1]),
        ("$['a']['odd name']", [2]),
        ("$.a.b[1].c", [None]),
        ("$.a.x", []),
        ("$.text[0]", []),
        ("$.a[0]", []),
        ("$.d[*].t", [1, 2]),
        ("$..t", [1, 2]),
        ("$.d[?@.t > 1].t", [2]),
    ],
)
def test_a_path_leads_to_its_values(path: str, found: list[Json]):
    assert compile_path(path)(VALUE) == found


@given(st.lists(st.sampled_from([".a", ".b", "[0]", "[1]", "['a']", "['odd name']", ".c", ".text"]), max_size=5))
def test_plain_paths_are_walked_as_the_library_walks_them(steps: list[str]):
    path = "$" + "".join(steps)
    assert compile_path(path)(VALUE) == jsonpath.compile(path, strict=True).findall(VALUE)


@pytest.mark.parametrize("path", ["", "a.b", "$.", "$[", "$.a[?"])
def test_what_is_no_path_is_refused(path: str):
    with pytest.raises(ValueError, match="is no JSONPath"):
        compile_path(path)
