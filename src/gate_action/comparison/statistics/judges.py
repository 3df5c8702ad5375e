"""A judge against people: its error rates with intervals, what they make of a difference, and PPI. Pure."""

from collections.abc import Iterable
from math import sqrt
from typing import NamedTuple

from gate_action.comparison.arrays import Floats, Ints, np
from gate_action.comparison.statistics.bounds import clustered_error
from gate_action.errors import ConfigError
from gate_action.model.comparison import Difference
from gate_action.model.dataclass import dataclass
from gate_action.model.judge import Estimate, JudgeClass, JudgeQuality, PpiEstimate

_Z = 1.959963984540054
"""The normal's 97.5% quantile."""
_RESAMPLES = 2000
_FEWEST_LABELLED = 10
"""Fixtures with labels on both arms: below, the normal interval of PPI is a fiction."""


class Verdicts(NamedTuple):
    """One output, judged twice."""

    fixture_id: str
    human: bool
    """Do people pass it?"""
    judge: bool


def measure_judge(verdicts: Iterable[Verdicts], seed: int = 0) -> JudgeQuality:
    """Raises ConfigError: without labels of both classes neither error can be measured.

    Sensitivity and specificity have Wilson's score interval (Wilson 1927), J Newcombe's hybrid of the two (Newcombe
    1998, method 10), kappa (Cohen 1960) a bootstrap over fixtures, since labels of one fixture are not independent.
    """
    told = tuple(verdicts)
    counts = _count(told)
    passes, fails = int(counts[:, :2].sum()), int(counts[:, 2:].sum())
    for count, what in ((passes, JudgeClass.PASS), (fails, JudgeClass.FAIL)):
        if not count:
            raise ConfigError(f"no label of the class {what}: a judge's errors are measured on both classes")
    hits, _, false_alarms, rejects = counts.sum(axis=0).tolist()
    sensitivity, specificity = wilson(hits, passes), wilson(rejects, fails)
    return JudgeQuality(
        sensitivity=sensitivity,
        specificity=specificity,
        j=_newcombe(sensitivity, wilson(false_alarms, fails)),
        kappa=_bootstrap_kappa(counts, seed),
        passes=passes,
        fails=fails,
    )


def wilson(hits: float, trials: float) -> Estimate:
    """A rate with Wilson's 95% score interval."""
    rate, square = hits / trials, _Z**2 / trials
    middle = (rate + square / 2) / (1 + square)
    reach = _Z / (1 + square) * sqrt(rate * (1 - rate) / trials + square / (4 * trials))
    return Estimate(rate, max(0.0, middle - reach), min(1.0, middle + reach))


def cohens_kappa(counts: Floats) -> Floats:
    """(rows,) from counts (rows, 4): pass-pass, pass-fail, fail-pass, fail-fail, people first. NaN: undefined."""
    both, human_only, judge_only, neither = np.moveaxis(counts, -1, 0)
    total = both + human_only + judge_only + neither
    with np.errstate(divide="ignore", invalid="ignore"):
        agreed = (both + neither) / total
        human, judge = (both + human_only) / total, (both + judge_only) / total
        chance = human * judge + (1 - human) * (1 - judge)
        kappa: Floats = (agreed - chance) / (1 - chance)
    return kappa


def correct_difference(difference: Difference, quality: JudgeQuality) -> Estimate | None:
    """The difference without the judge's errors: delta / J (Rogan and Gladen 1978), if both arms are misjudged alike.

    The interval adds both uncertainties by the delta method. None: no interval, or J is not surely above 0.
    """
    if difference.interval is None or quality.j.low <= 0.0:
        return None
    j, delta = quality.j.value, difference.delta
    spread = (difference.interval.high - difference.interval.low) / (2 * _Z)
    j_spread = (quality.j.high - quality.j.low) / (2 * _Z)
    reach = _Z * sqrt((spread / j) ** 2 + (delta * j_spread / j**2) ** 2)
    return Estimate(delta / j, delta / j - reach, delta / j + reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Head minus base on the fixtures that people labelled on both arms: by people, and by the judge on the same."""

    human: Floats
    judge: Floats
    clusters: Ints


def estimate_by_ppi(labelled: Labelled, unlabelled: Floats, clusters: Ints) -> PpiEstimate | None:
    """The change that people see, by their labels of some fixtures and the judge's scores of the others.

    delta = lam mean_N(dJ) + mean_n(dH - lam dJ), lam = cov(dH, dJ) / ((1 + n/N) var dJ): PPI++ (Angelopoulos et al.
    2023, arXiv 2311.01453) on paired differences. Unbiased however the judge errs, if the n fixtures were chosen at
    random. ``unlabelled``: the judge's differences of the N others. None: fewer than 10 labelled, or no spread.
    """
    count, others = len(labelled.human), len(unlabelled)
    if count < _FEWEST_LABELLED:
        return None
    weight = _weigh(labelled, others)
    rest = labelled.human - weight * labelled.judge
    error = clustered_error(rest, labelled.clusters)
    judged = clustered_error(unlabelled, clusters) if weight and others else 0.0
    if error is None:
        return None
    delta = float(rest.mean()) + (weight * float(unlabelled.mean()) if others else 0.0)
    reach = _Z * sqrt(error**2 + (weight * (judged or 0.0)) ** 2)
    estimate = Estimate(delta, delta - reach, delta + reach)
    return PpiEstimate(delta=estimate, weight=weight, labelled=count, unlabelled=others)


def _weigh(labelled: Labelled, others: int) -> float:
    spread = float(labelled.judge.var(ddof=1))
    if not others or spread < 1e-12:  # noqa: PLR2004  # rounding: a judge that sees no difference adds nothing
        return 0.0
    covariance = float(np.cov(labelled.human, labelled.judge)[0, 1])
    return covariance / ((1 + len(labelled.human) / others) * spread)


def _count(told: Iterable[Verdicts]) -> Floats:
    """(fixtures, 4), people's verdict first: pass-pass, pass-fail, fail-pass, fail-fail."""
    places: dict[str, int] = {}
    cells = [(places.setdefault(one.fixture_id, len(places)), 2 * (not one.human) + (not one.judge)) for one in told]
    counts = np.zeros((len(places), 4))
    for row, column in cells:
        counts[row, column] += 1
    return counts


def _newcombe(sensitivity: Estimate, false_alarm: Estimate) -> Estimate:
    """The difference of two independent rates, with the interval that joins their Wilson intervals."""
    difference = sensitivity.value - false_alarm.value
    low = sqrt((sensitivity.value - sensitivity.low) ** 2 + (false_alarm.high - false_alarm.value) ** 2)
    high = sqrt((sensitivity.high - sensitivity.value) ** 2 + (false_alarm.value - false_alarm.low) ** 2)
    return Estimate(difference, max(-1.0, difference - low), min(1.0, difference + high))


def _bootstrap_kappa(counts: Floats, seed: int) -> Estimate:
    fixtures = len(counts)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(fixtures, np.full(fixtures, 1 / fixtures), size=_RESAMPLES)
    drawn = cohens_kappa(weights @ counts)
    kept = drawn[np.isfinite(drawn)]
    value = float(cohens_kappa(counts.sum(axis=0)))
    if not kept.size:
        return Estimate(value, -1.0, 1.0)  # one fixture: nothing to resample
    low, high = np.quantile(kept, [0.025, 0.975])
    return Estimate(value, min(float(low), value), max(float(high), value))
