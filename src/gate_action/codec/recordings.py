"""One arm's scores in columns: a million rows in tens of megabytes. Knows neither files nor rules of decision."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import NamedTuple

import numpy as np

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Role
from gate_action.model.run import Fingerprint
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import Arm, TrialKey

Result = float | NotScoredCause
_CAUSES = tuple(NotScoredCause)
_SCORED = -1


class Double(NamedTuple):
    """One score that is told twice: row numbers, as they were given."""

    first: int
    second: int


@dataclass(slots=True, kw_only=True)
class _Columns:
    items: "array[int]" = field(default_factory=lambda: array("l"))
    attempts: "array[int]" = field(default_factory=lambda: array("l"))
    metrics: "array[int]" = field(default_factory=lambda: array("l"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    causes: "array[int]" = field(default_factory=lambda: array("b"))
    """-1: scored; else the place of its cause."""
    rows: "array[int]" = field(default_factory=lambda: array("l"))

    def only(self, places: list[int]) -> "_Columns":
        return _Columns(
            items=array("l", (self.items[place] for place in places)),
            attempts=array("l", (self.attempts[place] for place in places)),
            metrics=array("l", (self.metrics[place] for place in places)),
            values=array("d", (self.values[place] for place in places)),
            causes=array("b", (self.causes[place] for place in places)),
            rows=array("l", (self.rows[place] for place in places)),
        )


@dataclass(slots=True, kw_only=True)
class Recording:
    """What one arm did, and what is known of its suite."""

    label: str
    """What messages call it: the path that was given."""
    fixtures: dict[str, Fixture] = field(default_factory=dict)
    digests: Mapping[str, str] | None = None
    """Fixture id -> digest, where the whole suite is known; None: only the items that have rows are known."""
    fingerprint: Fingerprint | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    started_at: str = ""
    """ISO 8601, UTC; empty: not known."""
    rounds: int = 0
    """Attempts that every fixture has, once ``keep_full_rounds`` has counted them."""
    _items: dict[str, int] = field(default_factory=dict)
    _metrics: dict[str, int] = field(default_factory=dict)
    _columns: _Columns = field(default_factory=_Columns)

    def __len__(self) -> int:
        return len(self._columns.rows)

    @property
    def items(self) -> tuple[str, ...]:
        """Ids that have rows, in the order in which they came."""
        return tuple(self._items)

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(self._metrics)

    def add(self, key: tuple[str, int, str], result: Result, *, row: int) -> None:
        """``key``: item, attempt (from 0) and metric. ``row``: where it stands, for messages."""
        item, attempt, metric = key
        columns = self._columns
        columns.items.append(self._items.setdefault(item, len(self._items)))
        columns.metrics.append(self._metrics.setdefault(metric, len(self._metrics)))
        columns.attempts.append(attempt)
        columns.rows.append(row)
        columns.values.append(result if isinstance(result, float) else 0.0)
        columns.causes.append(_SCORED if isinstance(result, float) else _CAUSES.index(result))

    def find_doubles(self) -> tuple[Double, ...]:
        """Every score of one item, attempt and metric after the first."""
        rows = self._columns.rows
        return tuple(Double(rows[first], rows[second]) for first, second in self._repeats())

    def keep_last(self) -> None:
        """Of each score that is told several times the last counts: a resumed run writes what was lost again."""
        repeats = self._repeats()
        if repeats:
            last = dict(repeats)
            dropped = {first for first, _ in repeats} | {second for first, second in repeats if last[first] != second}
            self._columns = self._columns.only([place for place in range(len(self)) if place not in dropped])

    def _repeats(self) -> list[tuple[int, int]]:
        """Places of the first and of each later score of one key, in order."""
        columns = self._columns
        if not columns.rows:
            return []
        attempts = np.asarray(columns.attempts, np.int64)
        keys = np.asarray(columns.items, np.int64) * len(self._metrics) + np.asarray(columns.metrics, np.int64)
        keys = keys * (int(attempts.max()) + 1) + attempts
        order = np.argsort(keys, kind="stable")
        again = np.flatnonzero(np.diff(keys[order]) == 0)
        firsts = np.searchsorted(keys[order], keys[order][again])
        return list(zip(order[firsts].tolist(), order[again + 1].tolist(), strict=True))

    def keep_full_rounds(self) -> None:
        """Leaves out the attempts that not every fixture has, and counts the others in ``rounds``.

        What a run tried beyond its full rounds was chosen by what it had seen (a critical fixture that failed, a slice
        that looked bad): counted here, it would bend the mean.
        """
        columns = self._columns
        items, attempts = np.asarray(columns.items, np.int64), np.asarray(columns.attempts, np.int64)
        suite = len(self.digests) if self.digests is not None else len(self._items)
        self.rounds = 0
        while suite and np.unique(items[attempts == self.rounds]).size == suite:
            self.rounds += 1
        if (attempts >= self.rounds).any():
            self._columns = columns.only(np.flatnonzero(attempts < self.rounds).tolist())

    def tell(self, arm: Arm, fixture_ids: frozenset[str], metrics: frozenset[str]) -> Iterator[Scored]:
        """The scores of these fixtures and metrics, one by one."""
        names, measures, columns = tuple(self._items), tuple(self._metrics), self._columns
        for place, item in enumerate(columns.items):
            name, metric = names[item], measures[columns.metrics[place]]
            if name in fixture_ids and metric in metrics:
                cause = columns.causes[place]
                result = Score(value=columns.values[place]) if cause == _SCORED else NotScored(cause=_CAUSES[cause])
                yield Scored(key=TrialKey(name, arm, columns.attempts[place]), metric=metric, result=result)
