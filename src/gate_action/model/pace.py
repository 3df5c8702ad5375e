"""How fast a complaint becomes a fixture, and what people give for it. What cannot be known is None, and never 0."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from gate_action.model.dataclass import dataclass


class SittingKind(StrEnum):
    """What a person sat down for, here and not on GitHub."""

    REVIEW = "review"
    """Of candidates, by ``loop promote --review`` or ``--page``."""
    LABELLING = "labelling"
    """Of production's turns, by ``judge label --turns``."""


class Spread(NamedTuple):
    """Days."""

    median: float
    least: float
    most: float


class Spent(NamedTuple):
    """Measured here, from act to act."""

    sittings: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What GitHub tells of people's time on one pull request that has ended."""

    number: int
    opened_at: datetime
    """Times are UTC, without a zone."""
    ended_at: datetime
    is_merged: bool
    first_act_at: datetime | None
    """Of a person: a review, a comment, a label, the merge. None: GitHub names nobody."""
    seconds: float | None
    """At least. None: no two acts of one person are so near each other that the time between was surely spent here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullsSpent:
    """Over the pull requests that ended."""

    ended: int = 0
    known: int = 0
    """Of which anything of a person's time is known."""
    seconds: float = 0.0
    """Of those, at least."""
    until_seen: Spread | None = None
    """From the opening to the first act of a person."""
    until_merged: Spread | None = None
    """From the opening to the merge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Of all promoted rows."""

    merged: int
    waiting: int
    """Promoted, and not merged so far."""
    learnt: Spread | None
    """From the first complaint to the commit on the default branch. None: of no merged row is it known when somebody
    complained.
    """
    reviews: Spent
    labelling: Spent
    pulls: PullsSpent

    @property
    def minutes_a_fixture(self) -> float | None:
        """A person's, of all that is known. None: nothing was merged, or nothing is known."""
        seconds = self.reviews.seconds + self.labelling.seconds + self.pulls.seconds
        is_known = self.reviews.sittings or self.labelling.sittings or self.pulls.known
        return seconds / 60 / self.merged if self.merged and is_known else None
