"""The classical tests that other gates decide by, for many pull requests at once. Arms: (pull requests, fixtures)."""

import numpy as np
from scipy.special import bdtr, gammaln, stdtr, stdtrit

from power_lib.worlds import Floats, Ints


def welch_p(base: Floats, head: Floats) -> Floats:
    """Two-sided p of Welch's t test on fixture means, arms taken as independent (Welch 1947)."""
    count = base.shape[1]
    parts = [arm.var(axis=1, ddof=1) / count for arm in (base, head)]
    error = np.sqrt(parts[0] + parts[1])
    degrees = (parts[0] + parts[1]) ** 2 * (count - 1) / np.maximum(parts[0] ** 2 + parts[1] ** 2, 1e-300)
    return _two_sided_p(head.mean(axis=1) - base.mean(axis=1), error, degrees)


def paired_p(differences: Floats) -> Floats:
    """Two-sided p of the paired t test on fixture means (Miller 2024, arXiv 2411.00640)."""
    degrees = np.full(len(differences), differences.shape[1] - 1.0)
    return _two_sided_p(differences.mean(axis=1), paired_error(differences), degrees)


def paired_error(differences: Floats) -> Floats:
    error: Floats = differences.std(axis=1, ddof=1) / np.sqrt(differences.shape[1])
    return error


def paired_lower_bound(differences: Floats, alpha: float) -> Floats:
    """One-sided lower confidence bound of the mean difference."""
    reach = stdtrit(differences.shape[1] - 1, 1.0 - alpha)
    bound: Floats = differences.mean(axis=1) - reach * paired_error(differences)
    return bound


def clustered_p(differences: Floats, clusters: Ints) -> Floats:
    """Two-sided p with clustered standard errors (Miller 2024, eq. 4), clusters - 1 degrees of freedom.

    The factor C / (C - 1) is that of statsmodels' default for clustered covariances without regressors.
    """
    count, members = differences.shape[1], clusters[:, None] == np.unique(clusters)
    centred = differences - differences.mean(axis=1, keepdims=True)
    number = members.shape[1]
    sums = centred @ members
    error = np.sqrt((sums**2).sum(axis=1) * number / (number - 1)) / count
    return _two_sided_p(differences.mean(axis=1), error, np.full(len(differences), number - 1.0))


def mcnemar_exact_p(lost: Ints, won: Ints) -> Floats:
    """One-sided exact p that so many of the discordant pairs are losses: P(X >= lost), X ~ B(lost + won, 1/2)."""
    total = lost + won
    tail = 1.0 - np.where(lost > 0, bdtr(np.maximum(lost - 1.0, 0.0), np.maximum(total, 1), 0.5), 0.0)
    p: Floats = np.where(total > 0, tail, 1.0)
    return p


def mcnemar_mid_p(lost: Ints, won: Ints) -> Floats:
    """Two-sided mid-p (Fagerland, Lydersen and Laake 2013), as microsoft/ai-agent-evals takes it."""
    total, small = lost + won, np.minimum(lost, won)
    chance = np.exp(gammaln(total + 1.0) - gammaln(small + 1.0) - gammaln(total - small + 1.0) - total * np.log(2.0))
    lower = np.where(total > 0, bdtr(small.astype(float), np.maximum(total, 1), 0.5), 1.0)
    p: Floats = np.where(total > 0, np.minimum(1.0, 2.0 * lower - chance), 1.0)
    return np.where(lost == won, 1.0, p)


def fisher_left_p(head_trials: int, base_trials: int) -> Floats:
    """(head passes, base passes): one-sided p of Fisher's exact test that head passes less often."""
    from scipy.stats import hypergeom  # heavy, and only this rule needs it

    table = np.ones((head_trials + 1, base_trials + 1))
    for head in range(head_trials + 1):
        for base in range(base_trials + 1):
            table[head, base] = hypergeom.cdf(head, head_trials + base_trials, head + base, head_trials)
    return table


def _two_sided_p(means: Floats, errors: Floats, degrees: Floats) -> Floats:
    """Without any spread nothing is tested: p = 1, unless the mean moved, which then is certain."""
    safe = np.where(errors > 0, errors, 1.0)
    p = 2.0 * stdtr(degrees, -np.abs(means) / safe)
    return np.where(errors > 0, p, np.where(means == 0.0, 1.0, 0.0))
