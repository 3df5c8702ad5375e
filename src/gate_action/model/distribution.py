"""How the labels of production's turns are distributed, week by week, and whether that has shifted. Words only."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from gate_action.model.comparison import Interval
from gate_action.model.dataclass import dataclass


class Shifted(StrEnum):
    """What the last whole week was, beside the weeks before it."""

    YES = "shift"
    NO = "no shift found"
    TOO_FEW = "too few"
    """Too few units on one side to test at all: no answer, which is not a no."""


class Share(NamedTuple):
    """A share (0-1), or a rate, with its 95% interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """An ISO week in UTC, as ``2026-W48``."""

    name: str
    turns: int
    """Turns with one of the labels."""
    units: int
    """Users among them, or conversations where no user is known."""
    classified: int
    """Turns with any label, those that are no failure too."""
    counts: Mapping[str, int]
    shares: Mapping[str, Share]
    """By label. Empty: no turn."""
    complaints: Share | None
    """Turns with a complaint of a user, of all turns, each counted for as many as it stands for. None: no turn."""
    score: Share | None
    """The mean of what users said where they said anything, complaints 0 and praise 1. None: nobody said anything."""
    is_whole: bool
    """False: the week is not over."""
    novelty: Share | None = None
    """Turns that no fixture is near. None: there is nothing to compare with."""


class Psi(NamedTuple):
    """The population stability index, for those who are used to it."""

    value: float
    false_alarms: float
    """How often a week without any change, of these sizes, would pass 0.1 (the usual limit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTest:
    """One comparison: all labels together, one label against the rest, or all labels within a slice."""

    subject: str
    """``all labels``, a label, or ``dimension=value``."""
    base: int
    """Conversations."""
    head: int
    p_value: float
    adjusted: float
    """By Holm, over all comparisons of one table."""
    is_shift: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a shift is: the Jensen-Shannon distance (base 2: 0 equal, 1 disjoint)."""

    distance: float
    interval: Interval
    """By bootstrap over units; what chance alone adds is taken off both."""
    psi: Psi


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTest:
    """Did the rate of complaints change? Apart from what the complaints are about."""

    base: Share
    head: Share
    difference: Share
    p_value: float
    is_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelty:
    """How the share of turns that no fixture is near is read off, and where it is largest."""

    fixtures: int
    threshold: float
    """Cosine distance beyond which a turn is not near."""
    by_slice: Mapping[str, Share]
    """``dimension=value``, last week, largest first."""
    examples: tuple[str, ...]
    """Inputs that are farthest from every fixture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """All that `loop distribution` tells."""

    classifier: str
    classifier_digest: str
    population: str
    """``feedback``: turns that users spoke of; ``all``: all that were classified."""
    labels: tuple[str, ...]
    weeks: tuple[Week, ...]
    base_weeks: tuple[str, ...]
    head_week: str
    """Empty: there is no whole week."""
    shifted: Shifted
    size: Size | None
    tests: tuple[ShiftTest, ...]
    score: ScoreTest | None
    novelty: Novelty | None
    corrected: Mapping[str, Share]
    """Label -> its share of the last whole week's classified turns, without the classifier's errors, where people have
    shown how well it tells the label. Empty: it is not calibrated.
    """
    notes: tuple[str, ...]
