"""How far a difference lies in the tail of its relabellings, from three moments: enough to decide whether to go on."""

from dataclasses import replace

from gate_action.comparison.arrays import Bools, Floats, np
from gate_action.comparison.statistics.blocks import Pairs

SCALE = 0.75
"""Weights are whole numbers, so that sums of them are told exactly."""
LEAST_VARIANCE = 0.02
"""After eleven passes of eleven a fixture counts four times a coin flip: few rows cannot tell more."""
_SMALLEST = 1e-12
_SYMMETRIC = 1e-3
"""Skewness below this is none."""


def reliability_weights(pairs: Pairs) -> Floats:
    """(fixtures,): from 3 for a coin flip up to 37 for one whose trials, both arms together, always agreed so far.

    Against a change that moves all rates by the same amount, the score statistic weighs each trial by 1 / (p (1 - p)):
    a failure where nearly every trial passes says more than one where every second does (Cox and Hinkley, Theoretical
    Statistics, 4.8). p is estimated with Jeffreys' prior from the rows of both arms: no relabelling changes it.
    """
    counts = pairs.base_counts + pairs.head_counts
    sums = pairs.base_means * pairs.base_counts + pairs.head_means * pairs.head_counts
    rates = (sums + 0.5) / (counts + 1.0)
    weights: Floats = np.round(SCALE / (rates * (1.0 - rates) + LEAST_VARIANCE))
    return weights


def drop_scores(pairs: Pairs, members: Bools) -> Floats:
    """(groups,): how far each group's weighted mean fell, as the normal deviate of its lower tail; 0 if none differ."""
    from scipy.special import ndtri  # scipy loads only where a decision needs it

    weights = reliability_weights(pairs)
    blocks = tuple(replace(block, values=block.values * weights[block.rows][:, None]) for block in pairs.blocks)
    tails = lower_tails(replace(pairs, blocks=blocks), members)
    scores: Floats = np.where(tails < 1.0, -ndtri(np.clip(tails, _SMALLEST, 1.0 - _SMALLEST)), 0.0)
    return scores


def lower_tails(pairs: Pairs, members: Bools) -> Floats:
    """(groups,): the chance that relabelling gives a group a mean difference as low as the observed one.

    Moments are exact, the tail is Pearson's type III (a shifted gamma distribution) of the same mean, variance and
    skewness, as in Mielke and Berry, Permutation Methods, 2.3. 1 where no two trials differ.
    """
    variances, thirds = _null_moments(pairs, members)
    moved = np.zeros(members.shape[1])
    for block in pairs.blocks:
        moved += block.differences @ members[block.rows]
    safe = np.where(variances > 0.0, variances, 1.0)
    skews = thirds / safe**1.5
    return np.where(variances > 0.0, _pearson_tails(moved / np.sqrt(safe), skews), 1.0)


def _null_moments(pairs: Pairs, members: Bools) -> tuple[Floats, Floats]:
    """(groups,) each: variance and third central moment of the summed differences over all relabellings.

    For the sum of m of n trials drawn without replacement: m (n - m) / (n (n - 1)) sum (y - mean)^2, and
    m (n - m) (n - 2 m) / (n (n - 1) (n - 2)) sum (y - mean)^3 (Cochran, Sampling Techniques, 2.5 and 2.15).
    """
    variances, thirds = np.zeros(members.shape[1]), np.zeros(members.shape[1])
    for block in pairs.blocks:
        chosen, every = block.head_trials, block.base_trials + block.head_trials
        step = 1.0 / block.base_trials + 1.0 / block.head_trials
        second = step**2 * chosen * (every - chosen) / (every * (every - 1))
        third = step**3 * chosen * (every - chosen) * (every - 2 * chosen) / (every * (every - 1) * max(every - 2, 1))
        for group in range(members.shape[1]):
            sums = block.cluster_sums(members[:, group])
            centred = sums - sums.mean(axis=1, keepdims=True)
            variances[group] += second * (centred**2).sum()
            thirds[group] += third * (centred**3).sum()
    return variances, thirds


def _pearson_tails(z_values: Floats, skews: Floats) -> Floats:
    from scipy.special import gammainc, gammaincc, ndtr  # scipy loads only where a decision needs it

    is_skewed = np.abs(skews) > _SYMMETRIC
    shape = 4.0 / np.where(is_skewed, skews, 1.0) ** 2
    place = np.maximum(shape + np.sign(skews) * z_values * np.sqrt(shape), 0.0)
    skewed = np.where(skews > 0.0, gammainc(shape, place), gammaincc(shape, place))
    tails: Floats = np.where(is_skewed, skewed, ndtr(z_values))
    return tails
