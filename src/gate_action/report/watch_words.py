"""Words, tones and figures of a watch's reading, for every page that shows one."""

from datetime import datetime

from gate_action.model.watch import WatchReading, WatchVerdict, WindowRate
from gate_action.report.parts import Tone
from gate_action.report.words import DASH

WORDS = {
    WatchVerdict.HELD: "held",
    WatchVerdict.NOT_HELD: "not held",
    WatchVerdict.REGRESSED: "regressed",
    WatchVerdict.UNDECIDED: "undecided",
}
TONES = {
    WatchVerdict.HELD: Tone.GOOD,
    WatchVerdict.NOT_HELD: Tone.BAD,
    WatchVerdict.REGRESSED: Tone.BAD,
    WatchVerdict.UNDECIDED: Tone.NEUTRAL,
}
SILENT = "silent"
"""The stratum of turns that nobody spoke of, as loop.weighing calls it."""
_BARS = "▁▂▃▄▅▆▇█"


def percent(rate: float | None) -> str:
    """``4.2%``; a dash where there is none."""
    if rate is None:
        return DASH
    return f"{100 * rate:.2f}%" if 0 < rate < 0.01 else f"{100 * rate:.1f}%"  # noqa: PLR2004  # below 1 %


def say_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def say_window(window: WindowRate) -> str:
    """``4.2% of 812 turns (10.1% of 790 before)``."""
    before = f"{percent(window.before_rate)} of {window.before_turns:,} before"
    return f"{percent(window.rate)} of {window.turns:,} turns ({before})"


def name_window(hours: int) -> str:
    return f"last {hours} hours" if hours < 48 else f"last {hours // 24} days"  # noqa: PLR2004  # two days


def say_slice(reading: WatchReading) -> str:
    parts = [f"{dimension}={value}" for dimension, value in reading.entry.slices]
    return ", ".join(parts) or "all traffic"


def say_notes(reading: WatchReading) -> tuple[str, ...]:
    """What a reader should know before believing the figures."""
    pin = reading.pin
    window = f"{pin.before_since:%Y-%m-%d} to {pin.before_until:%Y-%m-%d}"
    counted = f"{reading.after_turns:,} scored turns of {reading.units:,} users or conversations"
    notes = [f"Compared with {window}, the same hours of the week; {counted} since."]
    if pin.cluster_share < 1 and reading.entry.target_share is not None:
        notes.append(
            f"{percent(pin.cluster_share)} of the failures of this mode were in the cluster: "
            f"the target leaves {percent(reading.entry.target_share)} of those, and all of the others."
        )
    if SILENT not in pin.scored_strata:
        notes.append(
            "Turns that nobody complained of are not scored and count as not failing: "
            "the rates are those of complaints of this failure among all turns."
        )
    if shift := reading.shift:
        moved = "; ".join(f"{value or '(none)'} {percent(old)} to {percent(new)}" for value, old, new in shift.shares)
        notes.append(
            f"The traffic's mix in {shift.dimension} moved by {percent(shift.distance)} ({moved}): "
            "rates are given as they would be with the mix before."
        )
    if reading.missing_after or reading.missing_before:
        notes.append(
            f"The classifier could not tell of {percent(reading.missing_after)} of turns "
            f"({percent(reading.missing_before)} before): they count neither way."
        )
    if pin.delay_h:
        age = "an hour" if pin.delay_h == 1 else f"{pin.delay_h} hours"
        notes.append(f"Turns count once they are {age} old: nine of ten complaints came within that time.")
    return tuple(notes)


def sparkline(reading: WatchReading, width: int = 24) -> str:
    """The last 24 hours' rate over the watch, from 0 to the highest; a gap where no turn came."""
    if not reading.curve:
        return ""
    step = max(1, -(-len(reading.curve) // width))
    rates = [point.day for point in reading.curve[step - 1 :: step]]
    top = max([rate for rate in rates if rate is not None] + [reading.pin.before_rate, 1e-9])
    return "".join(" " if rate is None else _BARS[min(7, int(8 * rate / top))] for rate in rates)
