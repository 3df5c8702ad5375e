"""The course of a watch -> what is said of the fix at each look, and how many turns it still takes. Pure."""

from dataclasses import dataclass

import numpy as np

from gate_action.loop.watching.course import DAY_H, Course, Target
from gate_action.loop.watching.mixture import log_evidence
from gate_action.loop.watching.traffic import Floats, Ints
from gate_action.model.watch import WatchVerdict

LEVEL = 0.01
"""Chance of each kind of false verdict over the whole watch, however often it is looked at."""
MISSING_LIMIT = 0.05
"""So much larger than before, the share of turns without a score forbids to say that a fix held."""
FEWEST_TURNS = 20
"""On each side, before anything is said."""
_GRID = np.unique(np.round(np.geomspace(10, 1e7, 500)))
_POWER_Z = 0.8416
"""z(0.80)."""


_CODES = (WatchVerdict.UNDECIDED, WatchVerdict.HELD, WatchVerdict.NOT_HELD, WatchVerdict.REGRESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is said now, and since which look."""

    verdict: WatchVerdict
    since_h: float | None
    """The look at which it was first said. None: undecided."""
    has_returned: bool
    """Did it hold before?"""
    turns_missing: int | None
    """Until a verdict can be expected, if the rates stay as they are; 0 when there is one. None: no number can be
    told, as nothing failed before or the rates lie too near to each other."""


def judge(course: Course, target: Target, *, level: float = LEVEL, may_hold: bool = True) -> Judgement:
    """At the last look. ``may_hold``: False where too many turns have no score.

    An alarm stands once it was raised: what mends it is another fix, with a watch of its own. "Held" is taken back
    by an alarm.
    """
    codes = walk(course, target, level=level)
    if not may_hold:
        codes = np.where(codes == 1, 0, codes)
    last = int(codes[-1])
    since = float(course.hours[int(np.argmax(codes == last))]) if last else None
    return Judgement(
        verdict=_CODES[last],
        since_h=since,
        has_returned=last > 1 and bool(np.any(codes == 1)),
        turns_missing=0 if last else count_missing(course, target, level=level),
    )


def walk(course: Course, target: Target, *, level: float = LEVEL) -> Ints:
    """The verdict at each look, as a place in (undecided, held, not_held, regressed): it only ever rises.

    Held takes a whole day, evidence that the rate fell, and a rate nearer to the target than to what it was before.
    """
    bar = np.log(1.0 / level)
    raised = np.zeros(len(course.hours), np.int64)
    enough = (course.turns >= FEWEST_TURNS) & (course.before_turns >= FEWEST_TURNS)
    reached = target.at(course.whole.rate)
    is_near = (course.after_rate <= (course.before_rate + reached) / 2) & (course.hours >= DAY_H)
    claims = ((1, course.log_improved, is_near), (2, course.log_short, True), (3, course.log_worse, True))
    for code, log_e, is_fitting in claims:
        crossed = np.maximum.accumulate((log_e >= bar) & enough & is_fitting)
        raised = np.where(crossed, np.maximum(raised, code), raised)
    return raised


def count_missing(course: Course, target: Target, *, level: float = LEVEL) -> int | None:
    """Turns until the nearest of the three claims is made with 80% power, at the rates seen so far.

    The before-side grows with the after-side, hour by hour, until it is the whole week. With fewer than 20 turns the
    rate is not known: the target stands for it.
    """
    before, seen, matched = course.whole.rate, float(course.turns[-1]), float(course.before_turns[-1])
    if before <= 0.0 or not course.whole.turns:
        return None
    reached = target.at(before)
    after = float(course.after_rate[-1]) if seen >= FEWEST_TURNS else reached
    ahead = _Ahead(
        turns=_GRID,
        before=before,
        after=after,
        design=course.whole.spread * course.whole.turns,
        ratio=seen / matched if seen >= FEWEST_TURNS and matched else 1.0,
        least_spread=course.whole.spread,
    )
    own = target.rate is not None
    numbers = (
        ahead.first_sure(before - after, 1.0, course.scale, level),
        ahead.first_sure(after - before, 1.0, course.scale, level / 2),
        ahead.first_sure(after - reached, 0.0 if own else reached / before, course.scale, level / 2),
    )
    told = [number for number in numbers if number is not None]
    return max(1, int(min(told) - seen)) if told else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    """What would be known after so many turns, if rates stay."""

    turns: Floats
    before: float
    after: float
    design: float
    """Turns that weigh as much as one independent turn."""
    ratio: float
    """Turns after for one before in the same hours."""
    least_spread: float

    def first_sure(self, lead: float, share: float, scale: float, level: float) -> float | None:
        """``share``: how much of the before-side's error counts."""
        if lead <= 0.0:
            return None
        rate = (self.before + self.after) / 2
        after_spread = self.design / self.turns
        before_spread = np.maximum(after_spread * self.ratio, self.least_spread)
        variance = np.maximum(rate * (1.0 - rate), 1e-9) * (after_spread + share**2 * before_spread)
        low = lead - _POWER_Z * np.sqrt(variance)
        sure = (log_evidence(low, variance, scale) >= np.log(1.0 / level)) & (low > 0)
        return float(self.turns[int(np.argmax(sure))]) if sure.any() else None
