"""What is said of a fix, in one sentence. Knows figures, and no page."""

from dataclasses import replace

from gate_action.model.watch import WatchReading, WatchVerdict

_ONE = 1


def say_reading(reading: WatchReading, *, may_hold: bool) -> WatchReading:
    """The reading with its sentence. ``may_hold``: False where too many turns have no score."""
    return replace(reading, sentence=_sentence(reading, may_hold=may_hold))


def percent(rate: float | None) -> str:
    """``4.2%``; a dash where there is none."""
    if rate is None:
        return "-"
    return f"{100 * rate:.2f}%" if 0 < rate < 0.01 else f"{100 * rate:.1f}%"  # noqa: PLR2004  # below 1 %


def _sentence(reading: WatchReading, *, may_hold: bool) -> str:
    rates = f"{percent(reading.after_rate)} of turns fail, {percent(reading.before_rate)} in the same hours before"
    target = f"the target is {percent(reading.target)}"
    lately = f"; {percent(reading.windows[0].rate)} in the last {reading.windows[0].hours} hours"
    match reading.verdict:
        case WatchVerdict.HELD:
            return f"the fix held: {rates}; {target}"
        case WatchVerdict.NOT_HELD if reading.has_returned:
            return f"the failure came back after the fix had held: {rates}{lately}; {target}"
        case WatchVerdict.NOT_HELD:
            return f"the fix did not hold: {rates}{lately}; {target}"
        case WatchVerdict.REGRESSED:
            again = ", after the fix had held" if reading.has_returned else ""
            return f"the failure is more frequent than before the fix{again}: {rates}{lately}; {target}"
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
