"""How many conversations simulated users had, which of them were none, and what the users cost, in words. Pure."""

from gate_action.model.report import Report, SimulatedArm
from gate_action.report import words


def say_simulated(report: Report) -> str:
    """Empty where nobody was simulated."""
    told = report.simulated
    if told is None:
        return ""
    who = told.model or "scripts"
    parts = [_say_arm(arm, counted) for arm, counted in told.arms.items() if counted.conversations]
    if told.bought or told.replayed:
        again = f", {told.redrawn:,} asked for again" if told.redrawn else ""
        parts.append(f"replies {told.bought:,} bought, {told.replayed:,} replayed{again}")
    return f"simulated users ({who}): {'; '.join(parts)}"


def _say_arm(arm: str, counted: SimulatedArm) -> str:
    said = f"{words.counted(counted.conversations, 'conversation')} with {arm}"
    if not counted.invalid:
        return said
    causes = ", ".join(f"{count:,} {cause}" for cause, count in counted.invalid.items())
    return f"{said}, {counted.invalid_count:,} invalid ({causes})"
