"""Which of the offered rows are new, and which of those fit into one pull request. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gate_action.codec.rows import encode_rows
from gate_action.loop.nearness import Seen
from gate_action.model.fixture import Fixture
from gate_action.model.rejection import Rejection


class Dropped(StrEnum):
    """Why an offered row does not come in."""

    SAME = "the repository has it"
    NEAR = "the repository has one that is nearly the same"
    REJECTED = "it was turned down before"
    NEAR_REJECTED = "one that is nearly the same was turned down before"
    DOUBLE = "it is nearly the same as another one that is offered"
    TAKEN_ID = "its id is that of another fixture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a row may not repeat."""

    fixtures: tuple[Fixture, ...] = ()
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one pull request."""

    rows: int = 50
    bytes: int = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    rows: tuple[Fixture, ...]
    waiting: int
    """So many more are new, and wait for the next time."""
    dropped: tuple[tuple[str, Dropped], ...] = field(default=())
    """Id and reason."""


def choose_rows(offered: Iterable[Fixture], known: Known, limits: Limits) -> Chosen:
    """In the order in which they are offered."""
    sieve = _Sieve(known)
    new: list[Fixture] = []
    dropped: list[tuple[str, Dropped]] = []
    for fixture in offered:
        reason = sieve.find_reason(fixture)
        if reason is None:
            new.append(fixture)
            sieve.take(fixture)
        else:
            dropped.append((fixture.id, reason))
    taken = _within(new, limits)
    return Chosen(rows=taken, waiting=len(new) - len(taken), dropped=tuple(dropped))


class _Sieve:
    def __init__(self, known: Known) -> None:
        self._there, self._rejected, self._taken = Seen(), Seen(), Seen()
        self._ids = {one.id for one in known.fixtures}
        self._rejected_ids = {one.id for one in known.rejections}
        for fixture in known.fixtures:
            self._there.add(fixture)
        for rejection in known.rejections:
            self._rejected.add_rejection(rejection)

    def find_reason(self, fixture: Fixture) -> Dropped | None:
        asked: tuple[tuple[Dropped, Callable[[], object]], ...] = (
            (Dropped.REJECTED, lambda: self._rejected.find_equal(fixture) or fixture.id in self._rejected_ids),
            (Dropped.SAME, lambda: self._there.find_equal(fixture)),
            (Dropped.DOUBLE, lambda: self._taken.find_equal(fixture)),
            (Dropped.TAKEN_ID, lambda: fixture.id in self._ids),
            (Dropped.NEAR_REJECTED, lambda: self._rejected.find_near(fixture)),
            (Dropped.NEAR, lambda: self._there.find_near(fixture)),
            (Dropped.DOUBLE, lambda: self._taken.find_near(fixture)),
        )
        return next((reason for reason, is_so in asked if is_so()), None)

    def take(self, fixture: Fixture) -> None:
        self._taken.add(fixture)
        self._ids.add(fixture.id)


def _within(rows: Sequence[Fixture], limits: Limits) -> tuple[Fixture, ...]:
    """As many as fit, from the first on: none overtakes another that is too large for what is left."""
    taken: list[Fixture] = []
    left = limits.bytes
    for fixture in rows[: limits.rows]:
        left -= len(encode_rows([fixture]))
        if left < 0:
            break
        taken.append(fixture)
    return tuple(taken)
