"""Which of all changes are told: of each kind the worst, by one order. Knows no score and no trial."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from gate_action.model.comparison import ChangeKind, FixtureChange
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import MOST_LISTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    listed: tuple[FixtureChange, ...]
    """Those that are not unchanged, worst first; then the unchanged that are flaky or carry a note. Of each kind the
    first ``MOST_LISTED``."""
    unlisted: Mapping[ChangeKind, int]
    """By kind: how many more there are."""
    unchanged: int
    regressed: frozenset[str]
    """Ids of all that got worse, listed or not."""


class Rank(NamedTuple):
    """Worst first, among changes of one kind."""

    is_ordinary: bool
    move: float
    fixture_id: str


class _Place(NamedTuple):
    """Worst first, among all changes."""

    kind: int
    among_its_kind: Rank


@dataclass(slots=True)
class Shortlist:
    """Takes every fixture's change and holds the worst of each kind."""

    _kept: dict[ChangeKind, list[FixtureChange]] = field(default_factory=lambda: {kind: [] for kind in ChangeKind})
    _counts: Counter[ChangeKind] = field(default_factory=Counter)
    _plain: int = 0
    """Unchanged, and nothing to tell of."""
    _regressed: set[str] = field(default_factory=set)
    _bars: dict[ChangeKind, Rank] = field(default_factory=dict)
    """Of a kind that has enough: who is not below this is not listed."""

    def has_room(self, kind: ChangeKind, rank: Rank) -> bool:
        """Always for the unchanged: whether one is worth a look is not known yet."""
        bar = self._bars.get(kind)
        return bar is None or kind is ChangeKind.UNCHANGED or rank < bar

    def pass_over(self, kind: ChangeKind, fixture_id: str) -> None:
        """It is counted alone."""
        self._counts[kind] += 1
        if kind is ChangeKind.REGRESSED:
            self._regressed.add(fixture_id)

    def add(self, change: FixtureChange) -> None:
        kind = change.kind
        if kind is ChangeKind.UNCHANGED and not change.is_flaky and not change.note:
            self._plain += 1
            return
        self.pass_over(kind, change.fixture_id)
        kept = self._kept[kind]
        kept.append(change)
        if len(kept) > 2 * MOST_LISTED:
            kept[:] = sorted(kept, key=_place_of)[:MOST_LISTED]
            self._bars[kind] = _place_of(kept[-1]).among_its_kind

    def close(self) -> Changes:
        listed = [change for kept in self._kept.values() for change in sorted(kept, key=_place_of)[:MOST_LISTED]]
        return Changes(
            listed=tuple(sorted(listed, key=_place_of)),
            unlisted={kind: more for kind in ChangeKind if (more := self._counts[kind] - MOST_LISTED) > 0},
            unchanged=self._plain + self._counts[ChangeKind.UNCHANGED],
            regressed=frozenset(self._regressed),
        )


_KINDS = (
    ChangeKind.REGRESSED,
    ChangeKind.NOT_COMPARABLE,
    ChangeKind.ADDED,
    ChangeKind.REMOVED,
    ChangeKind.IMPROVED,
    ChangeKind.UNCHANGED,
)


def _place_of(change: FixtureChange) -> _Place:
    move = move_of(change.base_mean, change.head_mean)
    return _Place(_KINDS.index(change.kind), Rank(not change.is_critical, move, change.fixture_id))


def move_of(base_mean: float | None, head_mean: float | None) -> float:
    """Largest drop first; new fixtures by how badly head does on them."""
    return 0.0 if head_mean is None else head_mean - (1.0 if base_mean is None else base_mean)
