"""The gate's own record, in words."""

from gate_action.model.forecast import GateRecord
from gate_action.report import words


def say_record(record: GateRecord) -> str:
    """``on main's last 10 runs this gate blocks 1.1% of no-change pairs (95% interval 0.1% to 3.9%, 180 pairs)``."""
    return (
        f"on main's last {words.counted(record.runs, 'run')} this gate blocks {words.rate(record.rate.value)}"
        f" of no-change pairs (95% interval {words.rate(record.rate.low)} to {words.rate(record.rate.high)},"
        f" {words.counted(record.pairs, 'pair')})"
    )
