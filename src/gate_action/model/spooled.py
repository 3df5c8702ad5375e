"""A suite of any size: what a decision needs of a fixture lies in columns, its words in a file."""

from array import array
from collections.abc import Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Generic, Protocol, TypeVar, overload

from gate_action.model.fixture import Check, Fixture, FixtureTable, Part, Slice, Split
from gate_action.model.places import Ids, Places
from gate_action.model.scenario import Scenario

HELD = 2_000
"""Fixtures that stay in memory as they are: of a suite as people write it nothing goes to the disk."""
_TRAIN = 1
_MARKS: Mapping[Part, int] = {"checks": 2, "cluster": 4, "is_critical": 8, "scenario": 16, "slices": 32}
_DIGEST_BYTES = 32
_MOST_IN_A_BYTE = 256
Value = TypeVar("Value", bound=Hashable)


class Spool(Protocol):
    """Where fixtures' words lie. ``at``: as the spool numbered them."""

    def put(self, fixture: Fixture) -> int | None:
        """Where it lies now. None: no file could give it back as it was. Raises StoreError."""
        ...

    def line(self, at: int) -> bytes:
        """As fixtures.jsonl of a run folder has it."""
        ...

    def read(self, at: int) -> Fixture: ...


class SpooledFixtures(FixtureTable):
    """The first are held as they are. Each of those that are added takes some fifty bytes beside its id, and is made
    anew for whoever asks for it.
    """

    def __init__(self, held: Sequence[Fixture], spool: Spool) -> None:
        """``held``: of ids that differ."""
        self.spool = spool
        self._held = tuple(held)
        self._places = Places()
        for fixture in self._held:
            self._places.add(fixture.id)
        self._ids = Ids(self._places)
        # Of those that are added, by row:
        self._at = array("Q")
        self._marks = bytearray()
        self._seen = 0
        """All marks that there are."""
        self._digests = bytearray()
        self._slices = _Few[tuple[Slice, ...]]()
        self._clusters = _Few[str]()
        self._unwritten: dict[int, Fixture] = {}
        self._splits = {fixture.split for fixture in self._held}

    def add(self, fixture: Fixture) -> Fixture | None:
        """None, or the one that has its id already: it is not added then. Raises StoreError."""
        if not self._places.add(fixture.id):
            return self[self._places[fixture.id]]
        at = self.spool.put(fixture)
        if at is None:
            self._unwritten[len(self._at)] = fixture
        self._at.append(at or 0)
        marks = _TRAIN * (fixture.split is Split.TRAIN)
        for part, mark in _MARKS.items():
            marks += mark * bool(getattr(fixture, part))
        self._marks.append(marks)
        self._seen |= marks
        self._digests += bytes.fromhex(fixture.digest.removeprefix("sha256:"))
        self._slices.append(fixture.slices)
        self._clusters.append(fixture.cluster)
        self._splits.add(fixture.split)
        return None

    @property
    def ids(self) -> Ids:
        return self._ids

    @property
    def places(self) -> Places:
        return self._places

    @property
    def splits(self) -> AbstractSet[Split]:
        return self._splits

    @overload
    def __getitem__(self, place: int) -> Fixture: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Fixture, ...]: ...
    def __getitem__(self, place: int | slice) -> Fixture | tuple[Fixture, ...]:
        if isinstance(place, slice):
            return tuple([self[at] for at in range(*place.indices(len(self)))])
        row = place - len(self._held)
        if 0 <= row < len(self._at):
            return self._unwritten[row] if row in self._unwritten else SpooledFixture(self, row)
        if place < 0:
            return self[place + len(self)] if place + len(self) >= 0 else self._held[place]  # which refuses it
        return self._held[place]

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Fixture]:
        yield from self._held
        for row in range(len(self._at)):
            yield self._unwritten[row] if row in self._unwritten else SpooledFixture(self, row)

    def having(self, part: Part) -> Iterator[Fixture]:
        yield from (fixture for fixture in self._held if getattr(fixture, part))
        mark = _MARKS[part]
        for row, marks in enumerate(self._marks) if self._seen & mark else ():
            if marks & mark:
                yield self[len(self._held) + row]

    def digest_bytes(self) -> Iterator[bytes]:
        for fixture in self._held:
            yield bytes.fromhex(fixture.digest.removeprefix("sha256:"))
        for start in range(0, len(self._digests), _DIGEST_BYTES):
            yield bytes(self._digests[start : start + _DIGEST_BYTES])

    # What a fixture shows, by its row:

    def at(self, row: int) -> int:
        return self._at[row]

    def id_of(self, row: int) -> str:
        return self._places.at(len(self._held) + row)

    def slices_of(self, row: int) -> tuple[Slice, ...]:
        return self._slices[row]

    def cluster_of(self, row: int) -> str:
        return self._clusters[row]

    def has(self, row: int, part: Part) -> bool:
        return bool(self._marks[row] & _MARKS[part])

    def split_of(self, row: int) -> Split:
        return Split.TRAIN if self._marks[row] & _TRAIN else Split.EVAL

    def digest_of(self, row: int) -> str:
        return f"sha256:{self._digests[row * _DIGEST_BYTES : (row + 1) * _DIGEST_BYTES].hex()}"


class GatheredFixtures:
    """Fixtures as they are read: held, and spooled once they are many."""

    def __init__(self, spool: Spool | None = None, most_held: int = HELD) -> None:
        """``spool``: for those beyond ``most_held``; None: all are held."""
        self._spool = spool
        self._most_held = most_held
        self._held: dict[str, Fixture] = {}
        self._table: SpooledFixtures | None = None

    def add(self, fixture: Fixture) -> Fixture | None:
        """None, or the one that has its id already: it is not added then. Raises StoreError."""
        if self._table is None:
            if (first := self._held.get(fixture.id)) is not None:
                return first
            if self._spool is None or len(self._held) < self._most_held:
                self._held[fixture.id] = fixture
                return None
            self._table = SpooledFixtures(tuple(self._held.values()), self._spool)
        return self._table.add(fixture)

    @property
    def fixtures(self) -> Sequence[Fixture]:
        """All so far, in the order in which they were added: a tuple as long as all are held."""
        return tuple(self._held.values()) if self._table is None else self._table

    def __len__(self) -> int:
        return len(self._held) if self._table is None else len(self._table)


class _Few(Generic[Value]):
    """A column of few different values: each is held once, and a byte a row; four where there are more than 256."""

    def __init__(self) -> None:
        self._numbers: dict[Value, int] = {}
        self._values: list[Value] = []
        self._column = array("B")

    def append(self, value: Value) -> None:
        number = self._numbers.setdefault(value, len(self._values))
        if number == len(self._values):
            self._values.append(value)
            if number == _MOST_IN_A_BYTE:
                self._column = array("I", self._column)
        self._column.append(number)

    def __getitem__(self, row: int) -> Value:
        return self._values[self._column[row]]


class SpooledFixture(Fixture):
    """Equal to the fixture that was spooled: a row of the columns. Each field that they lack is read when it is asked
    for.
    """

    __slots__ = ("_among", "_row")
    __setattr__ = object.__setattr__  # of the slots; what a fixture shows are properties, and nobody can set those

    def __init__(self, among: SpooledFixtures, row: int) -> None:
        self._among = among
        self._row = row

    @property
    def line(self) -> bytes:
        """As fixtures.jsonl of a run folder has it."""
        return self._among.spool.line(self._among.at(self._row))

    @property
    def whole(self) -> Fixture:
        return self._among.spool.read(self._among.at(self._row))

    @property
    def id(self) -> str:
        return self._among.id_of(self._row)

    @property
    def slices(self) -> tuple[Slice, ...]:
        return self._among.slices_of(self._row)

    @property
    def cluster(self) -> str:
        return self._among.cluster_of(self._row)

    @property
    def is_critical(self) -> bool:
        return self._among.has(self._row, "is_critical")

    @property
    def split(self) -> Split:
        return self._among.split_of(self._row)

    @property
    def digest(self) -> str:
        return self._among.digest_of(self._row)

    @property
    def checks(self) -> tuple[Check, ...]:
        return self.whole.checks if self._among.has(self._row, "checks") else ()

    @property
    def scenario(self) -> Scenario | None:
        return self.whole.scenario if self._among.has(self._row, "scenario") else None

    def __eq__(self, other: object) -> bool:
        return self.whole == other.whole if isinstance(other, Fixture) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.whole)


def _read(name: str) -> property:
    return property(lambda fixture: getattr(fixture.whole, name))


for _name in Fixture.__dataclass_fields__:
    if _name not in SpooledFixture.__dict__:
        setattr(SpooledFixture, _name, _read(_name))
