"""Places are what a dict of them would be, and take less."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.model.places import Ids, Places
from tests.profiles import examples

IDS = st.text(st.sampled_from("ab/é"), max_size=3)


@given(added=st.lists(IDS), asked=st.lists(IDS))
@examples(100)
def test_places_are_what_a_dict_says(added: list[str], asked: list[str]) -> None:
    places, expected = Places(), dict[str, int]()
    for name in added:
        assert places.add(name) is (name not in expected)
        expected.setdefault(name, len(expected))
        assert places.get(name) == expected[name]

    assert places == expected
    assert list(places) == list(expected)
    assert [places.get(name) for name in asked] == [expected.get(name) for name in asked]
    assert [name in places for name in asked] == [name in expected for name in asked]


@given(added=st.lists(IDS, unique=True))
@examples(60)
def test_ids_are_the_list_of_them(added: list[str]) -> None:
    places = Places()
    for name in added:
        places.add(name)
    ids = Ids(places)

    assert list(ids) == added
    assert [ids[place] for place in range(len(ids))] == added
    assert ids[1:-1] == added[1:-1]
    assert ids.is_in_order is (added == sorted(added))
    with pytest.raises(IndexError):
        _ = ids[len(ids)]


def test_thousands_are_found_among_each_other_and_take_little() -> None:
    names = [f"fixture-{number:07d}" for number in range(10_000)]
    tracemalloc.start()
    places = Places()
    for name in names:
        places.add(name)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [places[name] for name in names] == list(range(len(names)))
    assert "fixture-7" not in places
    assert taken < 50 * len(names)
