"""How other gates decide, each rule a small function over many pull requests, with its source."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from power_lib.rival_tests import (
    clustered_p,
    fisher_left_p,
    mcnemar_exact_p,
    mcnemar_mid_p,
    paired_lower_bound,
    paired_p,
    welch_p,
)
from power_lib.worlds import Batch, Bools, Floats, Ints

ALPHA = 0.05
BARGAIN = 3
"""Tries of "best of k"."""
FISHER_DROP, FISHER_BASE = 0.30, 0.70
STABLE_RATE, STABLE_TRIALS = 0.80, 5
BETS = np.linspace(0.05, 0.8, 16)
"""Stakes of the e-process, equally weighted."""
MOST_GROWTH = 100.0
"""Of the logarithm of wealth: far beyond any level, and no float's overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a rule sees of many pull requests; scores of 0 and 1 are (pull requests, fixtures, trials)."""

    base: Floats
    """Stored rows of base: as many trials as head's, or as there are."""
    head: Floats
    stored: Floats
    """All stored rows."""
    fresh_base: Floats
    fresh_head: Floats
    """Everything that could be asked for, head's trials first."""
    clusters: Ints
    base_rate: Floats
    order: Ints
    """(fixtures,): a random order of fixtures, for rules that look one at a time."""

    @property
    def trials(self) -> int:
        return int(self.head.shape[2])

    @property
    def drops(self) -> Floats:
        """(pull requests, fixtures): head's mean minus base's."""
        differences: Floats = self.head.mean(axis=2) - self.base.mean(axis=2)
        return differences

    @property
    def delta(self) -> Floats:
        means: Floats = self.drops.mean(axis=1)
        return means


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    blocked: Bools
    """(pull requests,)"""
    calls: Floats
    """(pull requests,): calls a fixture, both arms together."""


class Rule(NamedTuple):
    name: str
    source: str
    decide: Callable[[View], Ruling]
    needs_two_runs_only: bool = True
    """No: it looks at more stored rows, asks for further trials, or knows the truth."""


def view_batch(batch: Batch, trials: int, rng: np.random.Generator) -> View:
    _, clusters = np.unique([fixture.unit for fixture in batch.suite], return_inverse=True)
    return View(
        base=batch.stored[:, :, :trials],
        head=batch.head[:, :, :trials],
        stored=batch.stored,
        fresh_base=batch.base,
        fresh_head=batch.head,
        clusters=clusters,
        base_rate=batch.rates.mean(axis=1),
        order=rng.permutation(len(batch.suite)),
    )


def any_drop(view: View) -> Ruling:
    return _fixed(view, view.delta < -1e-12)


def fixed_bar(view: View) -> Ruling:
    means: Floats = view.head.mean(axis=(1, 2))
    return _fixed(view, means < view.base_rate - 0.03)


def drop_over_two(view: View) -> Ruling:
    return _fixed(view, view.delta < -0.02 - 1e-12)


def welch(view: View) -> Ruling:
    return _fixed(view, _is_drop(view, welch_p(view.base.mean(axis=2), view.head.mean(axis=2))))


def paired_t(view: View) -> Ruling:
    return _fixed(view, _is_drop(view, paired_p(view.drops)))


def clustered_t(view: View) -> Ruling:
    return _fixed(view, _is_drop(view, clustered_p(view.drops, view.clusters)))


def mcnemar_pooled(view: View) -> Ruling:
    lost, won = _discordant(*_matched(view))
    return _fixed(view, (lost > won) & (mcnemar_mid_p(lost, won) <= 2 * ALPHA))


def mcnemar_two_sided(view: View) -> Ruling:
    lost, won = _discordant(*_matched(view))
    return _fixed(view, (lost > won) & (mcnemar_mid_p(lost, won) <= ALPHA))


def mcnemar_majority(view: View) -> Ruling:
    lost, won = _discordant(view.base.mean(axis=2) > 0.5, view.head.mean(axis=2) > 0.5)
    return _fixed(view, (lost > won) & (mcnemar_mid_p(lost, won) <= 2 * ALPHA))


def nemo_compare(view: View) -> Ruling:
    base, head = _matched(view)
    lost, won = _discordant(base, head)
    drops: Floats = (lost - won) / base[0].size
    is_sure: Bools = mcnemar_exact_p(lost, won) <= ALPHA
    return _fixed(view, is_sure & (drops > 0.01))


def prove_no_harm(view: View) -> Ruling:
    return _fixed(view, paired_lower_bound(view.drops, ALPHA) <= -0.05)


def best_of_three(view: View) -> Ruling:
    """A fixture passes with its first pass in three tries; base's rows are read in the same way."""
    tries = view.fresh_head[:, :, :BARGAIN] > 0.5
    before = view.stored[:, :, :BARGAIN].max(axis=2) > 0.5
    lost = before & ~tries.any(axis=2)
    used = np.where(tries.any(axis=2), tries.argmax(axis=2) + 1.0, float(BARGAIN))
    return Ruling(blocked=lost.any(axis=1), calls=used.mean(axis=1))


def fisher_gate(view: View) -> Ruling:
    """Any fixture with p < 0.05, a drop of 30 points or more, and base at 70 % or better."""
    head, base = (arm.sum(axis=2).astype(int) for arm in (view.head, view.stored))
    p = fisher_left_p(view.trials, view.stored.shape[2])[head, base]
    before = view.stored.mean(axis=2)
    hard = (p < ALPHA) & (view.head.mean(axis=2) - before <= -FISHER_DROP + 1e-12) & (before >= FISHER_BASE - 1e-12)
    return _fixed(view, hard.any(axis=1))


def stable_best_of_four(view: View) -> Ruling:
    """Fixtures at 80 % or better in five or more stored trials may gate: two passes of four clear one; three failures
    are run on main, up to three times, and are a regression if main passes once.
    """
    is_stable = view.stored.mean(axis=2) >= STABLE_RATE - 1e-12
    if view.stored.shape[2] < STABLE_TRIALS:
        is_stable[:] = False
    tries = view.fresh_head[:, :, :4] > 0.5
    passes, failures = tries.cumsum(axis=2), (~tries).cumsum(axis=2)
    is_over = tries[:, :, :1] | (passes >= 2) | (failures >= 3)
    used = is_over.argmax(axis=2) + 1
    is_out = np.take_along_axis(failures, used[:, :, None] - 1, axis=2)[:, :, 0] >= 3
    main = view.fresh_base[:, :, :3] > 0.5
    checked = np.where(main.any(axis=2), main.argmax(axis=2) + 1, 3)
    calls = (is_stable * (used + is_out * checked)).mean(axis=1)
    return Ruling(blocked=(is_stable & is_out & main.any(axis=2)).any(axis=1), calls=calls)


def e_process(view: View) -> Ruling:
    """Bets that pairs are lost more often than won; stops at wealth 1 / alpha (Ville's inequality)."""
    base, head = _matched(view)
    steps = (base.astype(np.int8) - head.astype(np.int8))[:, view.order].transpose(0, 2, 1)
    steps = steps.reshape(len(steps), -1).astype(float)
    wealth = np.zeros_like(steps)
    for bet in BETS:
        growth = np.cumsum(np.log1p(bet * steps), axis=1)
        wealth += np.exp(np.minimum(growth, MOST_GROWTH)) / len(BETS)
    crossed: Bools = wealth >= 1 / ALPHA
    is_blocked: Bools = np.logical_or.reduce(crossed, axis=1)
    stopped = np.where(is_blocked, crossed.argmax(axis=1) + 1, steps.shape[1])
    return Ruling(blocked=is_blocked, calls=stopped / base.shape[1])


RULES = (
    Rule("any drop", "score deltas as Braintrust's eval action shows them", any_drop),
    Rule(
        "bar 3 below main",
        "promptfoo PASS_RATE_THRESHOLD, set knowing the truth",
        fixed_bar,
        needs_two_runs_only=False,
    ),
    Rule("drop > 2 points", "a tolerance, the usual home-made gate", drop_over_two),
    Rule("Welch", "one-sided 5 % on fixture means, unpaired (Welch 1947)", welch),
    Rule("paired t", "one-sided 5 % on fixture means (Miller 2024)", paired_t),
    Rule("clustered paired t", "one-sided 5 %, clustered errors (Miller 2024, eq. 4)", clustered_t),
    Rule("McNemar, pooled", "one-sided 5 % mid-p on (fixture, trial) (Fagerland 2013)", mcnemar_pooled),
    Rule("McNemar, two-sided", "two-sided 5 % mid-p (microsoft/ai-agent-evals)", mcnemar_two_sided),
    Rule("McNemar, majority", "one-sided 5 % mid-p on each fixture's majority", mcnemar_majority),
    Rule("exact McNemar, drop > 1", "NVIDIA NeMo Evaluator compare", nemo_compare),
    Rule("prove drop < 5", "non-inferiority by the paired t bound, 5 %", prove_no_harm),
    Rule(
        "best of 3",
        "re-run failures only, any new failure blocks",
        best_of_three,
        needs_two_runs_only=False,
    ),
    Rule("Fisher, reliable base", "n8n-io/n8n#29456", fisher_gate, needs_two_runs_only=False),
    Rule(
        "stable only, best of 4",
        "google-gemini/gemini-cli#23937",
        stable_best_of_four,
        needs_two_runs_only=False,
    ),
    Rule("e-process", "Waudby-Smith and Ramdas, arXiv 2010.09686", e_process),
)


def _fixed(view: View, blocked: Bools) -> Ruling:
    """The rule makes all of head's trials, and reads base's from the store."""
    return Ruling(blocked=blocked, calls=np.full(len(blocked), float(view.trials)))


def _is_drop(view: View, two_sided_p: Floats) -> Bools:
    """At a one-sided level of 5 %."""
    drops: Bools = (view.delta < 0) & (two_sided_p <= 2 * ALPHA)
    return drops


def _matched(view: View) -> tuple[Bools, Bools]:
    """(fixture, trial) pairs, as far as both arms have trials."""
    trials = min(view.base.shape[2], view.trials)
    return view.base[:, :, :trials] > 0.5, view.head[:, :, :trials] > 0.5


def _discordant(base: Bools, head: Bools) -> tuple[Ints, Ints]:
    axes = tuple(range(1, base.ndim))
    return (base & ~head).sum(axis=axes), (~base & head).sum(axis=axes)
