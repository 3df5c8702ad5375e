"""Evidence that may be looked at as often as one likes: mixtures of likelihood ratios, and bounds made of them."""

import numpy as np

from gate_action.loop.watching.traffic import Floats


def log_evidence(lead: Floats, variance: Floats, scale: float) -> Floats:
    """Log e of "the mean is above 0" against "it is 0 or below", at each look.

    ``lead`` are the means so far, ``variance`` theirs under the null, ``scale`` the effect that is looked for. With
    Z = lead / sd and s = scale^2 / (variance + scale^2):

        e = 2 sqrt(1 - s) exp(Z^2 s / 2) Phi(Z sqrt(s))

    The likelihood ratio of a normal mean, mixed over means above 0 by a half-normal of this scale: Robbins' one-sided
    normal mixture (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021, Annals of Statistics 49, prop. 6). A
    non-negative supermartingale under the null, so that P(some look has e >= 1 / alpha) <= alpha (Ville). For the
    difference of two sides, one of them seen before the watch began, it is the ratio of the likelihoods of what does
    not depend on the unknown common rate, and the bound holds with the before-window's own error in it (Perez-Ortiz,
    Lardy, de Heide and Gruenwald 2024, Annals of Statistics 52: group-invariant e-statistics; here the group shifts
    both sides). Rates are means of many turns, not normal ones: valid asymptotically, as the confidence sequences of
    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024 (Annals of Statistics 52); docs/benchmarks/watch.md measures
    it at the sizes that occur.
    """
    from scipy.special import log_ndtr  # scipy loads only where a watch needs it

    known = np.isfinite(variance) & (variance > 0)
    safe = np.where(known, variance, 1.0)
    share = scale**2 / (safe + scale**2)
    z = np.where(known, lead / np.sqrt(safe), 0.0)
    log_e = np.log(2.0) + 0.5 * np.log1p(-share) + 0.5 * z**2 * share + log_ndtr(z * np.sqrt(share))
    return np.where(known, log_e, 0.0)


def mix_starts(paths: Floats) -> Floats:
    """Log e of "it is so from some day on": ``paths`` are (starts, looks), the first of them from the deployment on.

    Half the stake lies on the first, the other half evenly on the rest; one that has not begun holds its stake
    (log e = 0). A mixture of e-processes is one (Shin, Ramdas and Rinaldo 2024, New England Journal of Statistics in
    Data Science 2, on e-detectors, mix over change points in the same way).
    """
    if len(paths) == 1:
        return np.asarray(paths[0])
    stakes = np.full((len(paths), 1), np.log(0.5) - np.log(len(paths) - 1))
    stakes[0] = np.log(0.5)
    top = (paths + stakes).max(axis=0)
    return np.asarray(top + np.log(np.exp(paths + stakes - top).sum(axis=0)))


def band_half_width(variance: Floats, scale: float, level: float) -> Floats:
    """Half the width of the confidence sequence: all looks' bands together hold the truth with chance 1 - ``level``.

    Inverting Robbins' two-sided normal mixture: sqrt((V + s^2) V / s^2 (2 log(1 / level) + log((V + s^2) / V)))
    (Robbins 1970; Howard et al. 2021, eq. 14). Infinite where nothing has come yet.
    """
    known = np.isfinite(variance) & (variance > 0)
    safe = np.where(known, variance, 1.0)
    total = safe + scale**2
    width = np.sqrt(total * safe / scale**2 * (2.0 * np.log(1.0 / level) + np.log(total / safe)))
    return np.where(known, width, np.inf)
