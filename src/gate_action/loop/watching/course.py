"""The course of one watch: at each hourly look both rates, the evidence for three claims, and a band. No verdict."""

from dataclasses import dataclass

import numpy as np

from gate_action.loop.watching.likeness import measure_likeness
from gate_action.loop.watching.mixture import band_half_width, log_evidence, mix_starts
from gate_action.loop.watching.traffic import WEEK_H, Floats, Sums, Traffic, sum_same_hours, sum_since

DAY_H = 24.0
_LEAST_SCALE = 1e-4
_MOST_RATE = 0.999
"""A rate of 1 would leave no variance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides of a watch."""

    before: Traffic
    """One whole week."""
    after: Traffic
    lag_h: float
    """Hours from the deployment to the before-window's start: negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The rate that the fix was to reach."""

    share: float | None = None
    """Of the before-window's rate; or else"""
    rate: float | None = None
    """a rate of its own."""

    def at(self, before_rate: float) -> float:
        return self.rate if self.rate is not None else (self.share or 0.0) * before_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One entry a look. Rates are of all turns since the deployment, and of the same hours of the before-window."""

    hours: Floats
    turns: Floats
    before_turns: Floats
    after_rate: Floats
    before_rate: Floats
    half_width: Floats
    """Of the confidence sequence of the difference of the two."""
    log_improved: Floats
    """Evidence that the rate fell at all."""
    log_short: Floats
    """That it lies above the target, from the deployment or from some later day on."""
    log_worse: Floats
    """That it lies above what it was before, likewise."""
    likeness: Floats
    scale: float
    """The effect that the evidence is most sensitive to: the promised one."""
    whole: "Whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All of the before-window."""

    turns: int
    rate: float
    spread: float
    """The variance of the rate over p (1 - p)."""


def follow(sides: Sides, target: Target, looks: Floats, *, level: float, days: int) -> Course:
    """``looks``: whole hours since the deployment, ascending. ``level``: of the band. ``days``: how long is watched.

    Evidence of a later start is looked for from each of these days on: stakes are laid before the first look.
    """
    likeness = measure_likeness(sides.before, sides.after, looks)
    whole = _add_up(sides, float(likeness[-1]))
    scale = max(whole.rate - target.at(whole.rate), 0.1 * whole.rate, _LEAST_SCALE)
    starts = np.arange(max(1, days)) * DAY_H
    short, worse = np.zeros((len(starts), len(looks))), np.zeros((len(starts), len(looks)))
    first: _Arms | None = None
    for row, start in enumerate(starts):
        later = looks > start
        if not later.any():
            break
        arms = _Arms(
            before=sum_same_hours(sides.before, sides.lag_h, start, looks[later]),
            after=sum_since(sides.after, start, looks[later]),
            likeness=likeness[later],
        )
        short[row, later] = log_evidence(*arms.above(target), scale)
        worse[row, later] = log_evidence(*arms.above(Target(share=1.0)), scale)
        first = first or arms
    assert first is not None  # noqa: S101  # the first start is 0
    lead, variance = first.above(Target(share=1.0))
    return Course(
        hours=looks,
        turns=first.after.turns,
        before_turns=first.before.turns,
        after_rate=first.after.rate,
        before_rate=first.before.rate,
        half_width=band_half_width(variance, scale, level),
        log_improved=log_evidence(-lead, variance, scale),
        log_short=mix_starts(short),
        log_worse=mix_starts(worse),
        likeness=likeness,
        scale=scale,
        whole=whole,
    )


def _add_up(sides: Sides, likeness: float) -> Whole:
    sums = sum_same_hours(sides.before, sides.lag_h, 0.0, np.array([float(WEEK_H)]))
    spread = float(sums.spread(np.array([likeness]))[0])
    return Whole(turns=int(sums.turns[0]), rate=float(sums.rate[0]), spread=spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arms:
    before: Sums
    after: Sums
    likeness: Floats

    def above(self, target: Target) -> tuple[Floats, Floats]:
        """How far the rate lies above the target at each look, and the variance of that if it truly lies on it.

        The variance is the score test's, of the rates that the null allows, not of those that were seen: a quiet hour
        without a failure would else pass for certainty (Farrington and Manning 1990, with their ratio estimated by
        moments).
        """
        after_spread = self.after.spread(self.likeness)
        if target.rate is not None:
            return self.after.rate - target.rate, target.rate * (1.0 - target.rate) * after_spread
        share = target.share if target.share is not None else 1.0
        before_spread = self.before.spread(self.likeness)
        before_rate = self._common_rate(share, before_spread, after_spread)
        after_rate = share * before_rate
        variance = after_rate * (1.0 - after_rate) * after_spread
        variance += share**2 * before_rate * (1.0 - before_rate) * before_spread
        return self.after.rate - share * self.before.rate, variance

    def _common_rate(self, share: float, before_spread: Floats, after_spread: Floats) -> Floats:
        """The before-rate if the after-rate is ``share`` of it: each side counts as its effective turns.

        Half a failure in one turn more keeps it above 0 where nothing failed yet.
        """
        before, after = 1.0 / before_spread, 1.0 / after_spread
        failing = self.before.rate * before + self.after.rate * after
        return np.minimum((failing + 0.5) / (before + share * after + 1.0), _MOST_RATE)
