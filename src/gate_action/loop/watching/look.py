"""One look at one fix: turns and what was pinned -> what is said of it, with its curve. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from gate_action.loop.watching.course import Course, Sides, Target, follow
from gate_action.loop.watching.mix import MixShift, find_shift, reweigh
from gate_action.loop.watching.rows import HOUR_S, TurnRows, face, seconds, split
from gate_action.loop.watching.traffic import Floats
from gate_action.loop.watching.verdict import LEVEL, MISSING_LIMIT, Judgement, judge
from gate_action.loop.watching.windows import WINDOWS_H, Window, roll
from gate_action.loop.watching.words import say_reading
from gate_action.model.watch import (
    Complaint,
    CurvePoint,
    MixShiftTold,
    WatchEntry,
    WatchEvent,
    WatchPin,
    WatchReading,
    WatchVerdict,
    WindowRate,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A fix, its turns, and what was said of it before."""

    entry: WatchEntry
    pin: WatchPin
    rows: TurnRows
    history: tuple[WatchEvent, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    """Of those who reported the failure before the fix."""
    mix: Sequence[str] = ()
    """Dimensions in which the mix is looked at."""


def look(watched: Watched, at: datetime, *, level: float = LEVEL) -> WatchReading:
    """What is said at ``at`` (UTC). Looking again with the same turns says the same."""
    entry, pin = watched.entry, watched.pin
    until = _horizon(watched, at)
    before, after = split(watched.rows, entry, pin, until)
    sides, shift = _level_mix(before, after, watched)
    target = _find_target(entry, pin)
    hours = (seconds(until) - seconds(entry.deployed_at)) / HOUR_S
    looks = np.arange(1.0, max(1.0, min(np.floor(hours), entry.days * 24.0)) + 1.0)
    course = follow(sides, target, looks, level=level, days=entry.days)
    may_hold = after.missing_share - before.missing_share <= MISSING_LIMIT
    judged = judge(course, target, level=level, may_hold=may_hold)
    windows = tuple(roll(sides, looks, length) for length in WINDOWS_H)
    since = None if judged.since_h is None else entry.deployed_at + timedelta(hours=judged.since_h)
    reading = WatchReading(
        entry=entry,
        pin=pin,
        at=at,
        until=until,
        verdict=judged.verdict,
        since=since,
        has_returned=judged.has_returned or _held_before(watched.history, judged),
        turns_missing=judged.turns_missing,
        sentence="",
        target=target.at(course.whole.rate),
        after_rate=_known(course.after_rate, course.turns, -1),
        before_rate=_known(course.before_rate, course.before_turns, -1),
        after_turns=len(sides.after),
        before_turns=len(sides.before),
        units=len(np.unique(sides.after.units)),
        missing_before=before.missing_share,
        missing_after=after.missing_share,
        windows=tuple(map(_last, windows)),
        shift=shift,
        curve=_draw(course, windows[0]),
        history=watched.history,
        fixed=watched.complaints if judged.verdict is WatchVerdict.HELD else (),
    )
    return say_reading(reading, may_hold=may_hold)


def _find_target(entry: WatchEntry, pin: WatchPin) -> Target:
    """A share is promised of the cluster's rate; the rest of its mode's failures stays."""
    if entry.target_rate is not None or entry.target_share is None:
        return Target(rate=entry.target_rate)
    return Target(share=1.0 - pin.cluster_share * (1.0 - entry.target_share))


def _horizon(watched: Watched, at: datetime) -> datetime:
    """Turns before it count: they were read and scored, and are old enough to have been complained of."""
    rows, deployed_s = watched.rows, seconds(watched.entry.deployed_at)
    newest = float(rows.at[-1]) + 1.0 if len(rows.at) else deployed_s
    end = min(seconds(at), newest) - watched.pin.delay_h * HOUR_S
    if (pending := rows.pending_since_s) is not None:
        end = min(end, pending)
    return watched.entry.deployed_at + timedelta(seconds=max(0.0, end - deployed_s))


def _level_mix(before: TurnRows, after: TurnRows, watched: Watched) -> tuple[Sides, MixShiftTold | None]:
    """The dimension that moved most, if any moved, takes part with the weights that move it back."""
    entry, pin = watched.entry, watched.pin
    found: list[tuple[MixShift, str]] = []
    for name in watched.mix:
        sides = face(before, after, entry, pin, name)
        shift = find_shift(sides.before, sides.after, tests=len(watched.mix))
        if shift.is_told:
            found.append((shift, name))
    if not found:
        return face(before, after, entry, pin), None
    shift, name = max(found, key=lambda one: one[0].distance)
    sides = face(before, after, entry, pin, name)
    old, new = reweigh(sides.before, sides.after)
    values = watched.rows.dimensions[name].values
    shares = zip(values, shift.before, shift.after, strict=False)
    told = MixShiftTold(dimension=name, distance=shift.distance, shares=tuple(shares))
    return Sides(before=old, after=new, lag_h=sides.lag_h), told


def _held_before(history: Sequence[WatchEvent], judged: Judgement) -> bool:
    return judged.verdict.is_alarm and any(event.verdict is WatchVerdict.HELD for event in history)


def _known(values: Floats, counts: Floats, place: int) -> float | None:
    return float(values[place]) if counts[place] else None


def _last(window: Window) -> WindowRate:
    return WindowRate(
        hours=window.hours,
        rate=_known(window.rate, window.turns, -1),
        turns=int(window.turns[-1]),
        before_rate=_known(window.before_rate, window.before_turns, -1),
        before_turns=int(window.before_turns[-1]),
    )


def _draw(course: Course, day: Window) -> tuple[CurvePoint, ...]:
    return tuple(
        CurvePoint(
            hours=float(hours),
            day=_known(day.rate, day.turns, place),
            day_before=_known(day.before_rate, day.before_turns, place),
            after=_known(course.after_rate, course.turns, place),
            before=_known(course.before_rate, course.before_turns, place),
            half_width=float(course.half_width[place]) if np.isfinite(course.half_width[place]) else None,
        )
        for place, hours in enumerate(course.hours)
    )
