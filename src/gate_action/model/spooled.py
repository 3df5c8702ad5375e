"""A fixture whose words lie in a file: what a decision needs of it is at hand, the rest is read when asked for."""

from typing import Protocol

from gate_action.model.fixture import Check, Fixture, Slice, Split
from gate_action.model.scenario import Scenario

_CRITICAL, _CHECKED, _TRAIN, _SIMULATED = 1, 2, 4, 8


class Spool(Protocol):
    """Where fixtures lie. ``at``: as the spool numbered them."""

    def line(self, at: int) -> bytes:
        """As fixtures.jsonl of a run folder has it."""
        ...

    def read(self, at: int) -> Fixture: ...


class SpooledFixture(Fixture):
    """Equal to the fixture that was spooled, and a tenth of its size."""

    __slots__ = ("_at", "_cluster", "_digest", "_id", "_marks", "_slices", "_spool")
    __setattr__ = object.__setattr__  # of the slots; what a fixture shows are properties, and nobody can set those

    def __init__(self, fixture: Fixture, spool: Spool, at: int) -> None:
        self._id = fixture.id
        self._slices = fixture.slices
        self._cluster = fixture.cluster
        self._digest = bytes.fromhex(fixture.digest.removeprefix("sha256:"))
        self._marks = (
            _CRITICAL * fixture.is_critical
            + _CHECKED * bool(fixture.checks)
            + _TRAIN * (fixture.split is Split.TRAIN)
            + _SIMULATED * (fixture.scenario is not None)
        )
        self._spool = spool
        self._at = at

    @property
    def line(self) -> bytes:
        """As fixtures.jsonl of a run folder has it."""
        return self._spool.line(self._at)

    @property
    def whole(self) -> Fixture:
        return self._spool.read(self._at)

    @property
    def id(self) -> str:
        return self._id

    @property
    def slices(self) -> tuple[Slice, ...]:
        return self._slices

    @property
    def cluster(self) -> str:
        return self._cluster

    @property
    def is_critical(self) -> bool:
        return bool(self._marks & _CRITICAL)

    @property
    def split(self) -> Split:
        return Split.TRAIN if self._marks & _TRAIN else Split.EVAL

    @property
    def digest(self) -> str:
        return f"sha256:{self._digest.hex()}"

    @property
    def checks(self) -> tuple[Check, ...]:
        return self.whole.checks if self._marks & _CHECKED else ()

    @property
    def scenario(self) -> Scenario | None:
        return self.whole.scenario if self._marks & _SIMULATED else None

    def __eq__(self, other: object) -> bool:
        return self.whole == other.whole if isinstance(other, Fixture) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.whole)


def _read(name: str) -> property:
    return property(lambda fixture: getattr(fixture.whole, name))


for _name in Fixture.__dataclass_fields__:
    if _name not in SpooledFixture.__dict__:
        setattr(SpooledFixture, _name, _read(_name))
