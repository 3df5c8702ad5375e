"""Do the probabilities that the gate prints come true: the drop found 80 times in 100, and the self-test's record?"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.stats import binom, chi2, chi2_contingency, norm

from gate_action.comparison.screen_confirm.screening import ScreenAndConfirm
from gate_action.comparison.selftest import run_selftest
from gate_action.comparison.statistics.power import find_drop, find_reach, measure_spread
from gate_action.model.forecast import Spread
from power_lib.cells import judge_by_screening, make_plan
from power_lib.playing import ANSWER, store_runs
from power_lib.tables import table_head, table_row
from power_lib.worlds import Batch, Change, Floats, Setting, draw_batch, draw_head

PRINTED_POWER = 0.80
PAIRS = 4
"""Pairs of the self-test for each suite."""
SIGNIFICANT = 0.01
MULTIPLES = (0.8, 1.0, 1.2, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One suite size: what was printed and what came of it."""

    setting: Setting
    suites: int
    drop: float
    """Mean of the drops that the suites were told to find."""
    found: int
    """Suites whose build, worse by that drop, was blocked."""
    self_blocked: int
    """Pairs of the self-tests that were blocked, of ``suites * PAIRS``."""
    blocked: int
    """Unchanged pull requests that were blocked, of ``suites``."""

    @property
    def power_p(self) -> float:
        """Of so few found if 80 in 100 were: the printed drop is a promise, and more is no breach of it."""
        return float(binom.cdf(self.found, self.suites, PRINTED_POWER))

    @property
    def record_p(self) -> float:
        """Chi-square, one degree of freedom: is the self-test's rate the pull requests'?"""
        table = np.array(
            [[self.self_blocked, self.suites * PAIRS - self.self_blocked], [self.blocked, self.suites - self.blocked]]
        )
        return 1.0 if not table[:, 0].any() else float(chi2_contingency(table, correction=True)[1])


def measure_agreement(setting: Setting, suites: int, seed: int) -> Agreement:
    rng = np.random.default_rng([seed, 2, setting.fixtures, setting.trials])
    unchanged = draw_batch(setting, Change.NONE, suites, rng)
    drops = [_printed_drop(unchanged, place, setting) for place in range(suites)]
    worse = replace(unchanged, head=draw_head(unchanged, np.array(drops), setting, rng))
    return Agreement(
        setting=setting,
        suites=suites,
        drop=float(np.mean(drops)),
        found=sum(judge_by_screening(worse, place, setting).is_blocked for place in range(suites)),
        self_blocked=sum(_selftest(unchanged, place, setting) for place in range(suites)),
        blocked=sum(judge_by_screening(unchanged, place, setting).is_blocked for place in range(suites)),
    )


def joint_p(agreements: tuple[Agreement, ...]) -> float:
    """Fisher's joint chi-square of all p values (Fisher 1932): 2 degrees of freedom each."""
    p_values = [p for one in agreements for p in (one.power_p, one.record_p)]
    statistic = -2.0 * float(np.log(np.maximum(p_values, 1e-300)).sum())
    return float(chi2.sf(statistic, 2 * len(p_values)))


def render_agreement(agreements: tuple[Agreement, ...]) -> str:
    lines = table_head(["N", "T", "drop printed for 80 %", "found, %", "self-test blocks, %", "unchanged blocked, %"])
    for one in agreements:
        shares = one.found / one.suites, one.self_blocked / one.suites / PAIRS, one.blocked / one.suites
        sizes = str(one.setting.fixtures), str(one.setting.trials), f"{100 * one.drop:.1f} points"
        lines.append(table_row([*sizes, *(f"{100 * share:.1f}" for share in shares)]))
    joint = joint_p(agreements)
    verdict = "not rejected" if joint > SIGNIFICANT else "REJECTED"
    suites = " and ".join(str(one.suites) for one in agreements)
    ending = (
        f"{suites} suites, {PAIRS} pairs of the self-test each; joint chi-square: p = {joint:.2f}, {verdict} at 1 %."
    )
    return "\n".join(lines) + "\n\n" + ending


def _printed_drop(batch: Batch, place: int, setting: Setting) -> float:
    spread = measure_spread(batch.suite, ANSWER, store_runs(batch, place))
    drop = find_reach(spread, setting.fixtures, trials=setting.trials) if spread else None
    if drop is None:
        raise ValueError("the drawn rows do not vary: nothing is printed of them")
    return drop


def _selftest(batch: Batch, place: int, setting: Setting) -> int:
    runs = store_runs(batch, place)
    plan = replace(make_plan(batch, setting), stored=runs)
    record = run_selftest(plan, runs, ScreenAndConfirm, pairs=PAIRS, seed=place)
    if record is None:
        raise ValueError(f"{setting.stored} stored trials are too few for the self-test")
    return record.blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How often builds were blocked that are worse by so many times what as many trials side by side would find."""

    setting: Setting
    shares: tuple[tuple[float, float], ...]
    """Times, and the share of builds that were blocked."""
    factor: float
    """Times for 80%, by a probit line through ``shares``."""


def measure_reach(setting: Setting, suites: int, seed: int) -> Reach:
    """``suites`` drawn anew at each of MULTIPLES."""
    rng = np.random.default_rng([seed, 3, setting.fixtures, setting.trials, setting.stored])
    blocked = []
    for multiple in MULTIPLES:
        batch = draw_batch(setting, Change.NONE, suites, rng)
        spreads = np.sqrt((batch.rates * (1 - batch.rates)).mean(axis=1) / setting.fixtures)
        drops = [_side_by_side(deviation, setting) * multiple for deviation in spreads]
        worst = 0.99 * batch.rates.mean(axis=1)
        worse = replace(batch, head=draw_head(batch, np.minimum(drops, worst), setting, rng))
        blocked.append(sum(judge_by_screening(worse, place, setting).is_blocked for place in range(suites)))
    shares = np.array(blocked) / suites
    return Reach(
        setting=setting, shares=tuple(zip(MULTIPLES, shares.tolist(), strict=True)), factor=_fit(blocked, suites)
    )


def render_reach(reaches: tuple[Reach, ...]) -> str:
    """What comparison/statistics/reach.py holds was read from this table."""
    lines = table_head(["N", "T", "stored", *(f"x {multiple:g}" for multiple in MULTIPLES), "x for 80 %"])
    for one in reaches:
        sizes = (str(size) for size in (one.setting.fixtures, one.setting.trials, one.setting.stored))
        lines.append(table_row([*sizes, *(f"{100 * share:.0f}" for _, share in one.shares), f"{one.factor:.2f}"]))
    return "\n".join(lines)


def _side_by_side(deviation: float, setting: Setting) -> float:
    drop = find_drop(Spread(metric="", deviation=float(deviation), variance=setting.s2, runs=1), trials=setting.trials)
    if drop is None:
        raise ValueError("the drawn rates do not vary")
    return drop


def _fit(blocked: list[int], suites: int) -> float:
    """The multiple at which a probit line through the shares is at 80%, by maximum likelihood (Finney 1947)."""

    def unlikeliness(line: Floats) -> float:
        rates = np.clip(norm.cdf(line[0] + line[1] * np.array(MULTIPLES)), 1e-6, 1 - 1e-6)
        return -float(np.sum(blocked * np.log(rates) + (suites - np.array(blocked)) * np.log(1 - rates)))

    start, slope = minimize(unlikeliness, [-1.0, 2.0], method="Nelder-Mead").x
    return float((norm.ppf(PRINTED_POWER) - start) / slope)
