"""What a pull request of ours is to bring, and how earlier ones ended. Knows neither git nor GitHub."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gate_action.report.escape import SafeMarkdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The wanted state of some files, and the words for a reviewer."""

    title: str
    """Of the pull request when it is opened; afterwards a person may change it."""
    former_titles: tuple[str, ...] = ()
    """Of ours: a page that has one of them is given ``title``."""
    words: str
    """First line of the commit."""
    files: Mapping[str, bytes | None]
    """Path -> content; None: it shall not be there."""
    is_wanted: bool
    """Is anything left to propose? No: the pull request is closed, whatever ``files`` holds."""
    intro: SafeMarkdown
    parts: tuple[SafeMarkdown, ...] = ()
    """A part a row: as many are shown as a page holds."""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A pull request of this purpose that a person merged or closed."""

    number: int
    is_merged: bool
    reviewer: str
    """Empty: it is not known."""
    reason: str
    at: str
    proposed: Mapping[str, bytes] = field(default_factory=dict)
    """The files as we had proposed them."""
    left: Mapping[str, bytes] = field(default_factory=dict)
    """Those files as the person left them: on the branch's end where it was merged, nothing where it was not."""


class Ending(StrEnum):
    """What a run of the job came to."""

    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    """It stands as it should."""
    CLOSED = "closed"
    """Nothing is left to propose."""
    NOTHING = "nothing to propose"
    LEFT = "left as it is"
    """The branch has commits of somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    ending: Ending
    number: int | None = None
    url: str = ""
    tip: str = ""
    """The branch's commit as it was left; empty: there is no branch."""
    base: str = ""
    told: str = ""
    """What a person should know of it."""
