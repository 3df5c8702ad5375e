"""How steady each fixture is on base, from its stored rows: what a trial of it may vary, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gate_action.comparison.evidence import ArmScores, Bools, Floats, Ints, Panel

FEWEST_TRIALS = 3
"""Stored trials of a fixture, in the median, from which on they say how steady it is."""
LARGEST_VARIANCE = 0.25
"""Of a score in [0, 1]."""
LARGEST_WEIGHT = 8
"""The steadiest fixture counts for so many that fail every other time: few rows cannot tell more."""
MOST_BINS = 8
FEWEST_IN_BIN = 30


class Steady(NamedTuple):
    """By fixture, in the order asked."""

    weights: Floats
    """Whole numbers from 1 to 8: about the inverse of the variance."""
    means: Floats
    """What one more trial on base is expected to score."""
    variances: Floats
    """Of one more trial about that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """Of one metric. Weights rest on stored rows only: for fresh rows of both arms they are constants."""

    ids: Sequence[str]
    known: Steady | None
    """None: there are too few stored rows, and all fixtures weigh the same."""
    _places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", {name: place for place, name in enumerate(self.ids)})

    def of(self, ids: Sequence[str]) -> Steady | None:
        if self.known is None:
            return None
        rows = [self._places[name] for name in ids]
        return Steady(*(column[rows] for column in self.known))

    def weights(self, ids: Sequence[str]) -> Floats:
        found = self.of(ids)
        return np.ones(len(ids)) if found is None else found.weights


def measure_steadiness(panel: Panel) -> Steadiness:
    """From base's rows in ``panel``, by leaving out each trial in turn and looking how the others foretell it.

    Fixtures that look alike on the trials left in are taken together: an empirical Bayes estimate without a model
    (Robbins 1956). So "passed nine times of nine" is worth what it proved to be worth in this very suite.
    """
    ids, counts = tuple(fixture.id for fixture in panel.fixtures), panel.base.counts
    is_enough = bool(counts.size) and float(np.median(counts)) >= FEWEST_TRIALS
    return Steadiness(ids=ids, known=_estimate(panel.base, counts) if is_enough else None)


def _estimate(base: ArmScores, counts: Ints) -> Steady:
    values, sums = base.values * base.scored, (base.values * base.scored).sum(axis=1)
    several = (counts > 1)[:, None] & base.scored
    others = (sums[:, None] - values) / np.maximum(counts - 1, 1)[:, None]
    residuals = (values - others)[several]
    bins = _bin(others[several])
    shifts, spreads = bins.average(residuals)
    overall = float(sums.sum() / counts.sum())
    means = np.where(counts > 0, sums / np.maximum(counts, 1), overall)
    places = bins.find(means)
    # A residual holds the error of the other trials' mean as well: (1 + 1 / (K - 1)) times the variance of a trial.
    inflation = 1.0 + 1.0 / np.maximum(float(np.median(counts)) - 1.0, 1.0)
    variances = np.minimum(spreads[places] / inflation, LARGEST_VARIANCE)
    weights = np.clip(np.round(LARGEST_VARIANCE / variances), 1, LARGEST_WEIGHT)
    return Steady(weights, means + shifts[places], variances)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bins:
    """Trials by the mean of the others: never passed, always passed, and about equally many in between."""

    edges: Floats
    members: Ints

    def find(self, means: Floats) -> Ints:
        inner = np.digitize(means, self.edges) + 1
        places: Ints = np.where(means <= 0.0, 0, np.where(means >= 1.0, len(self.edges) + 2, inner))
        return places

    def average(self, residuals: Floats) -> tuple[Floats, Floats]:
        """The residuals' mean and variance in each bin; one residual of 1/2 joins them: nothing is called certain."""
        size = len(self.edges) + 3
        counts = np.bincount(self.members, minlength=size)
        shifts = np.bincount(self.members, weights=residuals, minlength=size) / np.maximum(counts, 1)
        squares = np.bincount(self.members, weights=(residuals - shifts[self.members]) ** 2, minlength=size)
        return shifts, (squares + LARGEST_VARIANCE) / (counts + 1.0)


def _bin(means: Floats) -> _Bins:
    inner = means[_between(means)]
    bins = min(MOST_BINS, len(inner) // FEWEST_IN_BIN)
    edges: Floats = np.unique(np.quantile(inner, np.linspace(0, 1, bins + 1)[1:-1])) if bins > 1 else np.zeros(0)
    unplaced = _Bins(edges=edges, members=np.zeros(0, np.int64))
    return _Bins(edges=edges, members=unplaced.find(means))


def _between(means: Floats) -> Bools:
    inner: Bools = (means > 0.0) & (means < 1.0)
    return inner
