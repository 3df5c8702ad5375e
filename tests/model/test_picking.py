"""Of a table of fixtures all that is asked is what a list of them would answer."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.clients.spool import FixtureSpool
from gate_action.model import picking
from gate_action.model.fixture import Check, Fixture, Part, Slice, Split, Suite
from gate_action.model.spooled import GatheredFixtures, SpooledFixture
from tests.profiles import examples

CHECK = Check(evaluator="contains", options={"all_of": ["x"]})
FIXTURES = st.lists(
    st.builds(
        Fixture,
        id=st.text("abc", min_size=1, max_size=3),
        input=st.just("x"),
        cluster=st.sampled_from(["", "", "a", "one"]),
        slices=st.sampled_from([(), (), (Slice("locale", "de"),), (Slice("locale", "fr"), Slice("tier", "a"))]),
        checks=st.sampled_from([(), (), (CHECK,)]),
        is_critical=st.booleans(),
        split=st.sampled_from([Split.EVAL, Split.EVAL, Split.TRAIN]),
    ),
    unique_by=lambda fixture: fixture.id,
    min_size=1,
    max_size=8,
)


def tabled(fixtures: Sequence[Fixture], most_held: int) -> Sequence[Fixture]:
    gathered = GatheredFixtures(FixtureSpool(), most_held)
    for fixture in fixtures:
        assert gathered.add(fixture) is None
        assert gathered.add(fixture) == fixture
    assert len(gathered) == len(fixtures)
    return gathered.fixtures


@given(fixtures=FIXTURES, most_held=st.integers(0, 3))
@examples(80)
def test_a_table_is_the_list_of_its_fixtures(fixtures: list[Fixture], most_held: int) -> None:
    table = tabled(fixtures, most_held)

    assert list(table) == fixtures
    assert [isinstance(one, SpooledFixture) for one in table] == [place >= most_held for place in range(len(fixtures))]
    assert [table[place] for place in range(-len(fixtures), len(fixtures))] == fixtures * 2
    assert list(table[1:]) == fixtures[1:]
    for place in (len(fixtures), -len(fixtures) - 1):
        with pytest.raises(IndexError):
            _ = table[place]
    suite, plain = Suite(fixtures=table), Suite(fixtures=tuple(fixtures))
    assert suite.digest == plain.digest
    assert dict(suite.by_id) == plain.by_id
    assert "nobody" not in suite.by_id


@given(fixtures=FIXTURES, most_held=st.integers(0, 3), wanted=st.sets(st.text("abc", min_size=1, max_size=3)))
@examples(80)
def test_who_picks_from_a_table_picks_from_the_list(fixtures: list[Fixture], most_held: int, wanted: set[str]) -> None:
    table = tabled(fixtures, most_held)
    parts: list[Part] = ["checks", "cluster", "is_critical", "scenario", "slices"]

    for part in parts:
        assert list(picking.having(table, part)) == list(picking.having(fixtures, part))
    for split in Split:
        assert list(picking.of_split(table, split)) == list(picking.of_split(fixtures, split))
    for ids in (wanted, picking.every_id(table), frozenset[str]()):
        assert list(picking.among(table, ids)) == list(picking.among(fixtures, ids))
        assert list(picking.beside(table, ids)) == list(picking.beside(fixtures, ids))
    ordered = picking.in_order(table)
    assert list(ordered) == sorted(fixtures, key=lambda fixture: fixture.id)
    assert sorted(picking.unordered(ordered), key=lambda fixture: fixture.id) == list(ordered)
    assert list(picking.ids_of(ordered)) == [fixture.id for fixture in ordered]
    assert picking.index(table) == {fixture.id: place for place, fixture in enumerate(fixtures)}
    assert list(picking.pick(table, range(0, len(fixtures), 2))) == fixtures[::2]
    assert picking.slices_of(table) == {one for fixture in fixtures for one in fixture.slices}
    assert picking.count_units(table) == len({fixture.unit for fixture in fixtures})
