"""Intervals and bounds: of the difference, of head's mean, of what no flip rules out, of what could be found."""

from collections.abc import Sequence
from math import sqrt

from gate_action.comparison.arrays import Floats, Ints, np
from gate_action.model.comparison import Interval

CONFIDENCE = 0.95
FEWEST_FOR_T = 40
"""Clusters from which on the t interval holds its level (STATISTICS, 3: below, the permutation test is inverted)."""
POWER_FACTOR = 2.72
"""z(0.97) + z(0.80): one-sided 3 %, power 80 %."""


def clustered_t_interval(differences: Floats, clusters: Ints) -> Interval | None:
    """The mean difference +- t(C - 1) standard errors, clusters independent, fixtures in one cluster not.

    The clustered standard error of a mean (Miller 2024, arXiv 2411.00640, eq. 4) with the C / (C - 1) correction.
    None: fewer than two clusters, or no spread.
    """
    error = clustered_error(differences, clusters)
    if error is None:
        return None
    from scipy.special import stdtrit  # scipy loads only where a decision needs it

    mean, degrees = float(differences.mean()), int(np.unique(clusters).size) - 1
    reach = float(stdtrit(degrees, 0.5 + CONFIDENCE / 2)) * error
    return Interval(max(-1.0, mean - reach), min(1.0, mean + reach))


def inverted_interval(observed: float, relabelled: Floats, shares: Floats) -> Interval | None:
    """The shifts of head's scores that the two-sided permutation test does not reject.

    ``relabelled`` and ``shares`` are (relabellings,): the mean difference, and what a shift by 1 adds to it. After a
    shift by -s the observed difference is at least as low as a relabelled one just where
    s >= (observed - relabelled) / (1 - share): so quantiles of these ratios are the bounds at which the bisection of
    Garthwaite 1996 would end, in one pass. None: the observed labels alone are too large a part of all relabellings
    for a bound.
    """
    tail = (1.0 - CONFIDENCE) / 2
    gap = 1.0 - shares
    is_moved = gap > 1e-9  # noqa: PLR2004  # else it is the observed labelling itself, which no shift tells apart
    if 1.0 - is_moved.mean() >= tail:
        return None
    ratios = (observed - relabelled[is_moved]) / gap[is_moved]
    stuck = int((~is_moved).sum())
    low = np.sort(np.concatenate([ratios, np.full(stuck, -np.inf)]))
    high = np.sort(np.concatenate([ratios, np.full(stuck, np.inf)]))
    place = int(tail * len(low))
    return Interval(max(-1.0, float(low[place])), min(1.0, float(high[len(high) - 1 - place])))


def zero_flip_bound(clusters: int) -> float:
    """The largest share of clusters that could flip though none of so many did: 1 - 0.05^(1/C), about 3 / C.

    The exact form of the rule of three (Hanley and Lippman-Hand 1983). The mean difference cannot be larger, either
    way.
    """
    return 1.0 if clusters < 1 else float(1.0 - (1.0 - CONFIDENCE) ** (1.0 / clusters))


def upper_mean_bound(means: Floats, clusters: Ints) -> float:
    """Upper 95% bound (one-sided) of a mean of scores in [0, 1]; ``means`` are the fixtures'.

    From 40 clusters on the clustered t bound. Below, and where nothing varies, Clopper and Pearson's with each cluster
    as one trial: exact for 0/1 scores in clusters of one, and too wide, never too narrow, for others, since of all
    scores in [0, 1] of one mean those of 0 and 1 vary most. Clusters of uneven size count as Kish's effective number.
    """
    sizes = np.bincount(clusters)
    mean, count = float(means.mean()), int((sizes > 0).sum())
    error = clustered_error(means, clusters)
    if count >= FEWEST_FOR_T and error is not None:
        from scipy.special import stdtrit  # scipy loads only where a decision needs it

        return min(1.0, mean + float(stdtrit(count - 1, CONFIDENCE)) * error)
    effective = float(sizes.sum()) ** 2 / float((sizes.astype(float) ** 2).sum())
    return clopper_pearson_upper(mean * effective, effective)


def clopper_pearson_upper(passes: float, trials: float) -> float:
    """Upper 95% bound (one-sided) of a rate after ``passes`` of ``trials`` (Clopper and Pearson 1934)."""
    if passes >= trials:
        return 1.0
    from scipy.special import betaincinv  # scipy loads only where a decision needs it

    return float(betaincinv(passes + 1.0, trials - passes, CONFIDENCE))


def detectable_drop(deviation: float) -> float | None:
    """The uniform drop found with 80% power at one-sided 3%, from the s.d. of the difference under relabelling.

    For N fixtures that are clusters of their own with T trials an arm and variance s2 within a fixture this is
    2.72 sqrt(2 s2 / (N T)) (STATISTICS, 6). None: nothing varied, so nothing is known of the variance.
    """
    return POWER_FACTOR * deviation if deviation > 0.0 else None


def clustered_error(values: Floats, clusters: Ints) -> float | None:
    """The standard error of the mean, clusters independent. None: fewer than two clusters, or no spread."""
    sums = np.bincount(clusters, weights=values - values.mean())
    used = np.bincount(clusters) > 0
    count = int(used.sum())
    if count < 2:  # noqa: PLR2004  # a spread needs two
        return None
    error = sqrt(count / (count - 1) * float((sums[used] ** 2).sum())) / len(values)
    return error if error > 1e-12 else None  # noqa: PLR2004  # below is rounding: no spread


def holm_factors(ratios: Sequence[float]) -> tuple[float, ...]:
    """For each of several tests, the share of its alpha that Holm's step-down procedure leaves it.

    ``ratios`` are p / alpha, each test's own. A test with ratio <= factor is rejected. Rejected tests, from the
    smallest ratio on, get 1 / m, 1 / (m - 1), ...; all from the first that is not rejected get that one's factor
    (Holm 1979).
    """
    factors = [0.0] * len(ratios)
    step = 0
    for place in sorted(range(len(ratios)), key=lambda index: ratios[index]):
        factors[place] = 1.0 / (len(ratios) - step)
        step += ratios[place] <= factors[place] and step < len(ratios) - 1
    return tuple(factors)


def benjamini_hochberg(p_values: Sequence[float], rate: float) -> tuple[bool, ...]:
    """Which tests are rejected at this false discovery rate (Benjamini and Hochberg 1995)."""
    ranked = sorted(p_values)
    passed = [p for rank, p in enumerate(ranked, start=1) if p <= rate * rank / len(ranked)]
    return tuple(bool(passed) and p <= passed[-1] for p in p_values)
