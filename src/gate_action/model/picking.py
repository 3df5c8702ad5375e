"""Fixtures of a suite, chosen or in another order: of a table no fixture is held, its places are."""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import overload

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, FixturesById, FixtureTable, Part, Slice, Split


@dataclass(frozen=True, slots=True)
class Picked(Sequence[Fixture]):
    """Fixtures of a table, by their places."""

    table: FixtureTable
    places: "array[int]"

    @overload
    def __getitem__(self, place: int) -> Fixture: ...
    @overload
    def __getitem__(self, place: slice) -> "Picked": ...
    def __getitem__(self, place: int | slice) -> "Fixture | Picked":
        if isinstance(place, slice):
            return Picked(self.table, self.places[place])
        return self.table[self.places[place]]

    def __len__(self) -> int:
        return len(self.places)


def pick(fixtures: Sequence[Fixture], places: Iterable[int]) -> Sequence[Fixture]:
    """Those that stand there, in that order."""
    if isinstance(fixtures, FixtureTable):
        return Picked(fixtures, array("I", places))
    return tuple([fixtures[place] for place in places])


def choose(fixtures: Sequence[Fixture], is_wanted: Callable[[Fixture], bool]) -> Sequence[Fixture]:
    """Those that are wanted; all of them as they were given."""
    if not isinstance(fixtures, FixtureTable):
        return tuple(fixture for fixture in fixtures if is_wanted(fixture))
    places = array("I", (place for place, fixture in enumerate(fixtures) if is_wanted(fixture)))
    return fixtures if len(places) == len(fixtures) else Picked(fixtures, places)


def having(fixtures: Sequence[Fixture], part: Part) -> Iterator[Fixture]:
    """Those that have it, or are it, in their order."""
    if isinstance(fixtures, FixtureTable):
        return fixtures.having(part)
    return (fixture for fixture in fixtures if getattr(fixture, part))


def of_split(fixtures: Sequence[Fixture], split: Split) -> Sequence[Fixture]:
    """Those of one split; all of them as they were given, if they are a table."""
    if isinstance(fixtures, FixtureTable) and split not in fixtures.splits:
        return ()
    is_whole = isinstance(fixtures, FixtureTable) and len(fixtures.splits) == 1
    return fixtures if is_whole else choose(fixtures, lambda fixture: fixture.split is split)


def among(fixtures: Sequence[Fixture], fixture_ids: Collection[str]) -> Sequence[Fixture]:
    """Those of the ids."""
    if not fixture_ids:
        return ()
    is_whole = isinstance(fixtures, FixtureTable) and fixtures.ids is fixture_ids
    return fixtures if is_whole else choose(fixtures, lambda fixture: fixture.id in fixture_ids)


def beside(fixtures: Sequence[Fixture], fixture_ids: Collection[str]) -> Sequence[Fixture]:
    """The others."""
    if not fixture_ids:
        return fixtures
    is_whole = isinstance(fixtures, FixtureTable) and fixtures.ids is fixture_ids
    return () if is_whole else choose(fixtures, lambda fixture: fixture.id not in fixture_ids)


def in_order(fixtures: Sequence[Fixture]) -> Sequence[Fixture]:
    """By id."""
    if not isinstance(fixtures, FixtureTable):
        return tuple(sorted(fixtures, key=lambda fixture: fixture.id))
    ids = fixtures.ids
    return fixtures if ids.is_in_order else Picked(fixtures, array("I", sorted(range(len(ids)), key=ids.__getitem__)))


def ids_of(fixtures: Sequence[Fixture]) -> Sequence[str]:
    """In the order of the fixtures."""
    return fixtures.ids if isinstance(fixtures, FixtureTable) else [fixture.id for fixture in fixtures]


def unordered(fixtures: Sequence[Fixture]) -> Sequence[Fixture]:
    """The same fixtures, in whatever order takes least."""
    is_whole = isinstance(fixtures, Picked) and len(fixtures) == len(fixtures.table)
    return fixtures.table if isinstance(fixtures, Picked) and is_whole else fixtures


def every_id(fixtures: Sequence[Fixture]) -> Collection[str]:
    """As a set, or what is as good as one."""
    return fixtures.ids if isinstance(fixtures, FixtureTable) else frozenset(fixture.id for fixture in fixtures)


def index(fixtures: Sequence[Fixture] | Mapping[str, Fixture]) -> Mapping[str, int]:
    """A place for each id: where it stands. Those of a table have theirs already."""
    match fixtures:
        case FixtureTable():
            return fixtures.places
        case FixturesById():
            return fixtures.table.places
        case Mapping():
            return {fixture_id: place for place, fixture_id in enumerate(fixtures)}
        case _:
            return {fixture.id: place for place, fixture in enumerate(fixtures)}


def slices_of(fixtures: Sequence[Fixture]) -> set[Slice]:
    """Those that there is a fixture in."""
    return {slice_ for fixture in having(fixtures, "slices") for slice_ in fixture.slices}


def count_units(fixtures: Sequence[Fixture]) -> int:
    """How many units of inference there are: clusters, and fixtures that are their own."""
    clusters = {fixture.cluster for fixture in having(fixtures, "cluster")}
    if not clusters:
        return len(fixtures)
    return len(clusters | {fixture.id for fixture in fixtures if not fixture.cluster})
