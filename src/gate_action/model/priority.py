"""What is worth mending first: rates, severities, levers, and how sure the order is. Words only."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from gate_action.model.comparison import Interval
from gate_action.model.dataclass import dataclass
from gate_action.model.distribution import Share


class Measure(StrEnum):
    """What a rate is a rate of."""

    PER_TURN = "per_turn"
    """Failures of all turns, those that nobody spoke of too: a uniform draw of these is classified."""
    REPORTED = "reported"
    """Failures that somebody complained of, or a rule noticed, of all turns: a draw of the others is recorded."""
    OF_COMPLAINTS = "of_complaints"
    """Nothing but complaints is recorded: only their shares can be told."""


class Standing(StrEnum):
    """Beside what its score says."""

    RANKED = "ranked"
    SAFETY = "safety"
    """Its severity reaches the floor: before all others, whatever its rate."""
    PINNED = "pinned"
    MUTED = "muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """How much more often something happens where this goes wrong: a difference of shares, with its 95% interval."""

    value: float
    interval: Interval
    units: int
    """Conversations (for churn: users) that it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """How bad one turn of it is, in units of one ordinary bad answer."""

    value: float
    level: int
    """1 to 4, of a person."""
    set_by: str
    """``priorities.yaml``, ``gate.yaml`` or ``default``."""
    lifts: Mapping[str, Lift]
    """``escalation``, ``abandon``, ``churn``: those that were measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressability:
    """The lever that would mend it."""

    lever: str
    chance: float
    """That pulling it mends this."""
    effort_days: float
    set_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    reason: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A cluster of turns that fail in the same way; or all turns of a label that are in no cluster."""

    item_id: str
    """The cluster's id, or the label."""
    label: str
    title: str
    status: str
    """The cluster's."""
    turns: int
    """Seen and classified."""
    users: int
    """Independent units among them: users where known, else conversations."""
    rate: Share
    """0-1."""
    severity: Severity
    addressability: Addressability
    score: Share
    rank: int
    """From 1. 0: muted."""
    ranks: tuple[int, int]
    """Where its rank lies in 9 of 10 draws."""
    p_top: float
    standing: Standing
    muted: Muted | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priorities:
    """All that `loop prioritize` tells."""

    classifier: str
    classifier_digest: str
    cycle: str
    since: datetime
    until: datetime
    measure: Measure
    turns: int
    """All turns of the window, seen."""
    stands_for: float
    """How many turns these stand for."""
    top: int
    items: tuple[Item, ...]
    """By rank; the muted ones last."""
    ties: tuple[tuple[int, int], ...]
    """Runs of ranks whose order is chance, as (first, last)."""
    is_cut_clear: bool
    """Is it plain which ones are in the top?"""
    formula: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """What one cycle said of one item. A line of ``ledger.jsonl``."""

    cycle: str
    at: datetime
    since: datetime
    until: datetime
    cluster: str
    mode: str
    title: str
    status: str
    definition: str
    """Digest of what the rate is a rate of. Rates of two definitions are not compared."""
    classifier: str
    measure: Measure
    rate: float
    low: float
    high: float
    turns: int
    users: int
    severity: float
    level: int
    lever: str
    chance: float
    effort_days: float
    score: float
    rank: int
    p_top: float
    standing: Standing


class Course(StrEnum):
    """What became of an item over the cycles of one definition."""

    CLOSING = "closing"
    GROWING = "growing"
    OPEN = "open"
    """Neither is shown."""
    NEW = "new"
    """One cycle only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One item of the ledger over the cycles of its last definition."""

    cluster: str
    mode: str
    title: str
    measure: Measure
    cycles: tuple[str, ...]
    rates: tuple[Share, ...]
    difference: Share | None
    """Last - first. None: one cycle only."""
    course: Course
    redefined: int
    """Earlier cycles under other definitions: left out."""
