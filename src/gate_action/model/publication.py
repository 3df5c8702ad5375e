"""How a report is published on a pull request."""

from enum import StrEnum


class CommentMode(StrEnum):
    """One comment a gate, whichever it is."""

    UPDATE = "update"
    """It is kept up to date in its place."""
    RECREATE = "recreate"
    """A new one at the end of the conversation each time; the one before it goes."""
    ON_CHANGE = "on-change"
    """A new one when the result is another, and earlier ones stay; else the latest is kept up to date."""
    OFF = "off"
