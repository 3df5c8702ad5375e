"""The gate's own record and the stored runs that it went on, in words."""

from gate_action.model.forecast import GateRecord
from gate_action.model.report import BaseMatch, StoredBase
from gate_action.report import words


def say_record(record: GateRecord) -> str:
    """``on main's last 10 runs this gate blocks 1.1% of no-change pairs (95% interval 0.1% to 3.9%, 180 pairs)``."""
    return (
        f"on main's last {words.counted(record.runs, 'run')} this gate blocks {words.rate(record.rate.value)}"
        f" of no-change pairs (95% interval {words.rate(record.rate.low)} to {words.rate(record.rate.high)},"
        f" {words.counted(record.pairs, 'pair')})"
    )


def say_stored(base: StoredBase) -> str:
    """``exact (2 runs)``, ``3 commits older (1 run of 0123456789)`` or ``none: why``."""
    match base.match:
        case BaseMatch.EXACT:
            return f"exact ({words.counted(base.runs, 'run')})"
        case BaseMatch.OLDER:
            older = words.counted(base.commits_older, "commit")
            return f"{older} older ({words.counted(base.runs, 'run')} of {base.sha[:10]})"
        case BaseMatch.NONE:
            return f"none: {base.reason}"
