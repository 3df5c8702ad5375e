"""Recorded per-item results: one system's trials as unchanged pairs, and pairs of systems. Knows no simulation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gate_action.model.fixture import Fixture
from power_lib.worlds import Batch, Floats, Ints, Setting


class TableError(Exception):
    """A table that cannot be read or used; says where."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One system's trials. Items may have different numbers of them."""

    system: str
    suite: tuple[Fixture, ...]
    """In the order of ids."""
    scores: Floats
    """(items, most trials): each item's own first, then padding."""
    counts: Ints
    """(items,): trials of each item, at least 1."""

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(fixture.id for fixture in self.suite)

    @cached_property
    def trials(self) -> int:
        """Of an item, in the median."""
        return int(np.median(self.counts))

    @cached_property
    def rates(self) -> Floats:
        """(items,): mean scores."""
        is_told = np.arange(self.scores.shape[1]) < self.counts[:, None]
        means: Floats = (self.scores * is_told).sum(axis=1) / self.counts
        return means

    @cached_property
    def clusters(self) -> Ints:
        """(items,): numbers from 0."""
        _, numbers = np.unique([fixture.unit for fixture in self.suite], return_inverse=True)
        return numbers.astype(np.int64)

    def restrict(self, ids: frozenset[str]) -> "Recorded":
        if self.ids <= ids:
            return self
        return self.keep([place for place, fixture in enumerate(self.suite) if fixture.id in ids])

    def keep(self, rows: Sequence[int]) -> "Recorded":
        return replace(
            self, suite=tuple(self.suite[row] for row in rows), scores=self.scores[rows], counts=self.counts[rows]
        )


def split_trials(recorded: Recorded, count: int, rng: np.random.Generator) -> Batch:
    """Unchanged pull requests: each cuts every cluster's trials at random into base's half and head's.

    Halves are those of a typical item; items with fewer trials than two halves are left out. Raises TableError where
    that leaves nothing.
    """
    half = recorded.trials // 2
    kept = recorded.keep(np.flatnonzero(recorded.counts >= 2 * half).tolist())
    if not half or not kept.suite:
        raise TableError(f"{recorded.system}: one trial an item cannot be split into two arms")
    # Only an order that a whole cluster shares keeps what its items share in a trial.
    order = np.argsort(rng.random((count, int(kept.clusters.max()) + 1, int(kept.counts.min()))), axis=2)
    scores = np.take_along_axis(kept.scores[None], order[:, kept.clusters], axis=2)
    base, head = scores[:, :, :half], scores[:, :, half : 2 * half]
    return Batch(suite=kept.suite, base=base, head=head, stored=base, rates=base.mean(axis=2))


def resample_pair(base: Recorded, head: Recorded, setting: Setting, count: int, rng: np.random.Generator) -> Batch:
    """Pull requests that replace one system by the other (or by itself), on the items that both have.

    Trials are drawn with replacement, a cluster's together: with K trials an item, luck is (K - 1) / K of the real.
    """
    shared = base.ids & head.ids
    if not shared:
        raise TableError(f"{base.system} and {head.system} share no item")
    base, head = base.restrict(shared), head.restrict(shared)
    return Batch(
        suite=base.suite,
        base=_resample(base, setting.attempts, count, rng),
        head=_resample(head, setting.attempts, count, rng),
        stored=_resample(base, setting.stored, count, rng),
        rates=np.repeat(base.rates[None], count, axis=0),
    )


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """One system in the place of another."""

    base: Recorded
    head: Recorded

    @cached_property
    def shared(self) -> frozenset[str]:
        return self.base.ids & self.head.ids

    @cached_property
    def move(self) -> float:
        """By how much the mean moves on the items that both have."""
        return float(self.head.restrict(self.shared).rates.mean() - self.base.restrict(self.shared).rates.mean())


def list_replacements(systems: tuple[Recorded, ...]) -> Iterator[Replacement]:
    """Every ordered pair of different systems that share an item."""
    for base in systems:
        for head in systems:
            if base is not head and base.ids & head.ids:
                yield Replacement(base=base, head=head)


def _resample(recorded: Recorded, attempts: int, count: int, rng: np.random.Generator) -> Floats:
    luck = rng.random((count, int(recorded.clusters.max()) + 1, attempts))
    places = (luck[:, recorded.clusters] * recorded.counts[:, None]).astype(np.int64)
    drawn: Floats = np.take_along_axis(recorded.scores[None], places, axis=2)
    return drawn
