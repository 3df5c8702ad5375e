"""How steady each fixture is on base, from its stored rows: what a trial of it may vary, and what it is worth."""

from collections.abc import Mapping, Sequence

from gate_action.comparison.arrays import Bools, Floats, Ints, np
from gate_action.comparison.evidence import ArmScores, Panel
from gate_action.model.dataclass import dataclass

FEWEST_TRIALS = 3
"""Stored trials of a fixture, in the median, from which on they say how steady it is."""
LARGEST_VARIANCE = 0.25
"""Of a score in [0, 1]."""
LARGEST_WEIGHT = 8
"""The steadiest fixture counts for so many that fail every other time: few rows cannot tell more."""
MOST_BINS = 8
FEWEST_IN_BIN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """Of one metric. Weights rest on stored rows only: for fresh rows of both arms they are constants."""

    known: Mapping[str, float] | None
    """Fixture id -> a whole number from 1 to 8, about the inverse of a trial's variance. None: too few stored rows."""

    def weights(self, ids: Sequence[str]) -> Floats:
        """In the order of ``ids``; all alike where nothing is known."""
        return np.ones(len(ids)) if self.known is None else np.array([self.known[name] for name in ids])


def measure_steadiness(panel: Panel) -> Steadiness:
    """From base's rows in ``panel``, by leaving out each trial in turn and looking how the others foretell it.

    Fixtures that look alike on the trials left in are taken together: an empirical Bayes estimate without a model
    (Robbins 1956). So "passed nine times of nine" is worth what it proved to be worth in this very suite.
    """
    counts = panel.base.counts
    if not counts.size or float(np.median(counts)) < FEWEST_TRIALS:
        return Steadiness(known=None)
    ids = [fixture.id for fixture in panel.fixtures]
    return Steadiness(known=dict(zip(ids, _estimate(panel.base, counts).tolist(), strict=True)))


def _estimate(base: ArmScores, counts: Ints) -> Floats:
    values, sums = base.values * base.scored, (base.values * base.scored).sum(axis=1)
    several = (counts > 1)[:, None] & base.scored
    others = (sums[:, None] - values) / np.maximum(counts - 1, 1)[:, None]
    residuals = (values - others)[several]
    bins = _bin(others[several])
    spreads = bins.spread(residuals)
    overall = float(sums.sum() / counts.sum())
    means = np.where(counts > 0, sums / np.maximum(counts, 1), overall)
    # A residual holds the error of the other trials' mean as well: (1 + 1 / (K - 1)) times the variance of a trial.
    inflation = 1.0 + 1.0 / np.maximum(float(np.median(counts)) - 1.0, 1.0)
    variances = np.minimum(spreads[bins.find(means)] / inflation, LARGEST_VARIANCE)
    weights: Floats = np.clip(np.round(LARGEST_VARIANCE / variances), 1, LARGEST_WEIGHT)
    return weights


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bins:
    """Trials by the mean of the others: never passed, always passed, and about equally many in between."""

    edges: Floats
    members: Ints

    def find(self, means: Floats) -> Ints:
        inner = np.digitize(means, self.edges) + 1
        places: Ints = np.where(means <= 0.0, 0, np.where(means >= 1.0, len(self.edges) + 2, inner))
        return places

    def spread(self, residuals: Floats) -> Floats:
        """The residuals' variance in each bin; one residual of 1/2 joins them: nothing is called certain."""
        size = len(self.edges) + 3
        counts = np.bincount(self.members, minlength=size)
        shifts = np.bincount(self.members, weights=residuals, minlength=size) / np.maximum(counts, 1)
        squares = np.bincount(self.members, weights=(residuals - shifts[self.members]) ** 2, minlength=size)
        variances: Floats = (squares + LARGEST_VARIANCE) / (counts + 1.0)
        return variances


def _bin(means: Floats) -> _Bins:
    inner = means[_between(means)]
    bins = min(MOST_BINS, len(inner) // FEWEST_IN_BIN)
    edges: Floats = np.unique(np.quantile(inner, np.linspace(0, 1, bins + 1)[1:-1])) if bins > 1 else np.zeros(0)
    unplaced = _Bins(edges=edges, members=np.zeros(0, np.int64))
    return _Bins(edges=edges, members=unplaced.find(means))


def _between(means: Floats) -> Bools:
    inner: Bools = (means > 0.0) & (means < 1.0)
    return inner
