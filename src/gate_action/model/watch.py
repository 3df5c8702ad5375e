"""The words of a watch over a fix: what was pinned when the fix was merged, and what is said of it since."""

from enum import StrEnum


class WatchVerdict(StrEnum):
    """What is said of a fix."""

    HELD = "held"
    NOT_HELD = "not_held"
    """Its failures lie above the target."""
    REGRESSED = "regressed"
    """They lie above what they were before the fix."""
    UNDECIDED = "undecided"
