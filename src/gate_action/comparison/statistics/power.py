"""What a suite can find before a call is spent: the smallest drop seen with 80% power, by fixtures and trials. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt

from gate_action.comparison.arrays import Floats, np
from gate_action.comparison.evidence import Evidence, pool_scores
from gate_action.comparison.statistics.bounds import detectable_drop
from gate_action.comparison.statistics.reach import reach_factor
from gate_action.model.fixture import Fixture
from gate_action.model.forecast import Prospect, Spread
from gate_action.model.metric import Metric
from gate_action.model.run import EvalRun
from gate_action.model.trial import Arm, Unmeasured

ASSUMED_VARIANCES = (0.03, 0.08, 0.15)
"""s2 of single calls at low temperature, of chains of thought and agents, of a simulated user (STATISTICS, 1.2)."""
TYPICAL_VARIANCE = ASSUMED_VARIANCES[1]
TRIALS = (1, 3, 5)
GROWTH = (1, 2, 4)
"""Times as many fixtures, of the same kind."""


def measure_spread(fixtures: Sequence[Fixture], metric: Metric, runs: Sequence[EvalRun]) -> Spread | None:
    """From the stored trials of one metric. None: no cluster has two trials of every fixture.

    The variance of a cluster's summed score over its trials, with n - 1, summed over clusters, is N^2 times the
    variance of the suite's mean. Clusters with one trial are taken to vary like the others.
    """
    evidence = Evidence(fixtures, (metric,))
    rows = pool_scores(runs, Arm.BASE, {fixture.id: fixture.digest for fixture in fixtures})
    evidence.tell((), (row for row in rows if row.metric == metric.name))
    asked = {(fixture.id, Arm.BASE): evidence.attempts(fixture.id, Arm.BASE) for fixture in fixtures}
    panel = evidence.panel(metric.name, [fixture.id for fixture in fixtures], asked)
    clusters: dict[str, list[Floats]] = {}
    for place, fixture in enumerate(panel.fixtures):
        clusters.setdefault(fixture.unit, []).append(panel.base.values[place][panel.base.scored[place]])
    measured = [scores for scores in clusters.values() if min(len(row) for row in scores) > 1]
    if not measured:
        return None
    sums = sum(_variance_of_sum(scores) for scores in measured)
    seen = sum(len(scores) for scores in measured)
    total = len(panel.fixtures)
    variances = [float(row.var(ddof=1)) for scores in measured for row in scores]
    return Spread(
        metric=metric.name,
        deviation=sqrt(sums * total / seen) / total,
        variance=float(np.mean(variances)),
        runs=len(runs),
    )


def assume_spread(metric: str, fixtures: int, variance: float) -> Spread:
    """Where nothing is stored: fixtures that vary alone, each by ``variance``."""
    return Spread(metric=metric, deviation=sqrt(variance / fixtures), variance=variance, runs=0)


def find_drop(spread: Spread, *, trials: int, growth: float = 1.0) -> float | None:
    """The uniform drop found with 80% power at one-sided 3%: 2.72 sqrt(2 / T) sd / J, sd over sqrt(growth).

    For fixtures that vary alone this is 2.72 sqrt(2 s2 / (N T)) (STATISTICS, 6). None: nothing varied, so nothing is
    known of the variance.
    """
    drop = detectable_drop(spread.deviation * sqrt(2.0 / (trials * growth)))
    return None if drop is None else drop / spread.j


def find_reach(spread: Spread, fixtures: int, *, trials: int, growth: float = 1.0) -> float | None:
    """The uniform drop that screen and confirm finds with 80% power: more than as many trials side by side would.

    ``fixtures``: of the suite before it grew.
    """
    drop = find_drop(spread, trials=trials, growth=growth)
    return None if drop is None else drop * reach_factor(round(fixtures * growth), trials)


def tabulate(spread: Spread, fixtures: int, cost_of_call: float | Unmeasured) -> tuple[Prospect, ...]:
    """The suite as it is, twice and four times as large, with 1, 3 and 5 trials."""
    return tuple(
        Prospect(
            fixtures=fixtures * growth,
            trials=trials,
            drop=find_reach(spread, fixtures, trials=trials, growth=growth),
            side_by_side=find_drop(spread, trials=trials, growth=growth),
            calls=(calls := 2 * fixtures * growth * trials),
            cost_usd=cost_of_call if isinstance(cost_of_call, Unmeasured) else calls * cost_of_call,
        )
        for growth in GROWTH
        for trials in TRIALS
    )


def spreads_of(
    fixtures: Sequence[Fixture], metrics: Iterable[Metric], runs: Sequence[EvalRun], js: Mapping[str, float]
) -> tuple[Spread, ...]:
    """One a metric: measured where stored runs allow it, else assumed typical. ``js``: J of measured judges."""
    found = []
    for metric in metrics:
        spread = measure_spread(fixtures, metric, runs) if runs else None
        told = spread or assume_spread(metric.name, len(fixtures), TYPICAL_VARIANCE)
        found.append(
            Spread(
                metric=told.metric,
                deviation=told.deviation,
                variance=told.variance,
                runs=told.runs,
                j=js.get(metric.name, 1.0),
            )
        )
    return tuple(found)


def _variance_of_sum(scores: list[Floats]) -> float:
    """Of one cluster's fixtures, summed trial by trial, over the trials that all of them have."""
    trials = min(len(row) for row in scores)
    return float(np.sum([row[:trials] for row in scores], axis=0).var(ddof=1))
