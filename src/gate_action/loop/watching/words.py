"""What is said of a fix, in one sentence. Knows figures, and no page."""

from dataclasses import replace

from gate_action.model.watch import WatchReading, WatchVerdict
from gate_action.report.watch_words import percent

_ONE = 1


def say_reading(reading: WatchReading, *, may_hold: bool) -> WatchReading:
    """The reading with its sentence. ``may_hold``: False where too many turns have no score."""
    return replace(reading, sentence=_sentence(reading, may_hold=may_hold))


def _sentence(reading: WatchReading, *, may_hold: bool) -> str:
    rates = f"{percent(reading.after_rate)} of turns fail, {percent(reading.before_rate)} in the same hours before"
    target = f"the target is {percent(reading.target)}"
    day = reading.windows[0]
    lately = (
        f"{percent(day.rate)} of turns fail in the last {day.hours} hours ({percent(day.before_rate)} before the fix)"
    )
    lately += f", {percent(reading.after_rate)} since the fix ({percent(reading.before_rate)} in the same hours before)"
    match reading.verdict:
        case WatchVerdict.HELD:
            return f"the fix held: {rates}; {target}"
        case WatchVerdict.NOT_HELD if reading.has_returned:
            return f"the failure came back after the fix had held: {lately}; {target}"
        case WatchVerdict.NOT_HELD:
            return f"the fix did not hold: {lately}; {target}"
        case WatchVerdict.REGRESSED:
            again = ", after the fix had held" if reading.has_returned else ""
            return f"the failure is more frequent than before the fix{again}: {lately}; {target}"
        case WatchVerdict.UNDECIDED:
            return f"undecided: {rates}; {target}; {_missing(reading, may_hold=may_hold)}"


def _missing(reading: WatchReading, *, may_hold: bool) -> str:
    if not may_hold:
        missing = f"{percent(reading.missing_after)} of turns have no score ({percent(reading.missing_before)} before)"
        return f"{missing}: too many to say that it held"
    if reading.turns_missing is None:
        if not reading.pin.before_rate:
            return "nothing failed in the week before, so nothing can be said"
        return "the rates lie too near to each other for any number of turns to tell"
    turns = "turn" if reading.turns_missing == _ONE else "turns"
    return f"about {reading.turns_missing:,} more {turns} until something can be said"
