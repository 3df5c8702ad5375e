"""What a page is made of once every number is a word: plain values, raw texts (escaping is the renderings' part)."""

from enum import StrEnum
from typing import NamedTuple

from gate_action.model.dataclass import dataclass
from gate_action.report.difference import DiffLine, Segment


class Tone(StrEnum):
    """What a reader should feel before reading."""

    GOOD = "good"
    BAD = "bad"
    CAUTION = "caution"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The verdict, and the sentence that carries it."""

    word: str
    """``PASS``, ``BLOCKED``, ``INCONCLUSIVE`` or ``NOT EVALUATED``."""
    tone: Tone
    tags: tuple[str, ...]
    """E.g. ``bootstrap``, ``blocks by policy``."""
    sentence: str
    detail: str
    """The child's last lines, or the list of problems; may be empty."""
    further: tuple[str, ...]
    """The sentences of the reasons after the first."""


class Plot(NamedTuple):
    """An interval on the axis that the plots of one table share. Positions are fractions of its width."""

    low: float | None
    """None, with ``high``: too few units for an interval."""
    middle: float
    high: float | None
    zero: float
    words: str
    """The same in words, for who cannot see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Base beside head, in words."""

    base: str
    head: str
    delta: str
    interval: str
    p_value: str
    fixtures: str
    plot: Plot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    name: str
    role: str
    finding: str
    tone: Tone
    compared: Compared
    notes: tuple[str, ...]
    """Counts, flips, floor, what is missing: what the numbers rest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRow:
    name: str
    metric: str
    state: str
    """``broken, protected``, or empty."""
    tone: Tone
    compared: Compared
    is_prominent: bool
    """Broken or protected: always in sight."""
    has_moved: bool
    """Its difference is not 0.0 points as shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    fixture_id: str
    base: str
    head: str
    metric: str
    badges: tuple[str, ...]
    note: str
    place: str
    """``file:line``, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeGroup:
    """Fixtures of one fate, worst first."""

    title: str
    short: str
    """As it reads after a number: ``got worse``."""
    meaning: str
    tone: Tone
    count: int
    rows: tuple[ChangeRow, ...]
    """The first `MOST_ROWS` of them."""
    unlisted: int = 0
    """How many are neither here nor in report.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One arm's outcome, in stretches that join up to the text shown."""

    title: str
    segments: tuple[Segment, ...]
    is_error: bool

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


class Why(NamedTuple):
    metric: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One changed fixture with what both builds made of it."""

    row: ChangeRow
    tone: Tone
    input: str
    expected: str
    """Empty where nothing is expected by name."""
    panels: tuple[Panel, ...]
    lines: tuple[DiffLine, ...]
    """The same difference by line, for pages that cannot show two texts side by side."""
    reasons: tuple[Why, ...]


class UsageRow(NamedTuple):
    arm: str
    trials: str
    errors: str
    latency: str
    tokens: str
    cost: str


class GateRow(NamedTuple):
    """One thing that the change does to its own gate."""

    effect: str
    tone: Tone
    subject: str
    what: str
    base: str
    head: str
    why: str
    place: str


class ReadingRow(NamedTuple):
    """A fixture or metric by base's gate and by head's: base's build and head's, by each."""

    name: str
    by_base: str
    by_head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePart:
    """What the change does to the gate that judges it."""

    tone: Tone
    standing: str
    """Does it block, who approved: a sentence."""
    notes: tuple[str, ...]
    """Approvals that do not count, and what to do."""
    rows: tuple[GateRow, ...]
    """What needs approval."""
    others: tuple[GateRow, ...]
    """What needs none."""
    preview: str
    """What the gate that did not decide says, as a sentence; may be empty."""
    readings: tuple[ReadingRow, ...]


class Fact(NamedTuple):
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One page. Every rendering shows this and computes nothing."""

    gate_id: str
    headline: Headline
    summary: str
    """How much was looked at and what became of it, in one line."""
    builds: tuple[Fact, ...]
    """``base`` and ``head`` with their short SHAs."""
    metrics: tuple[MetricRow, ...]
    slices: tuple[SliceRow, ...]
    groups: tuple[ChangeGroup, ...]
    cards: tuple[Card, ...]
    cards_omitted: int
    usage: tuple[UsageRow, ...]
    calls: str
    missed: tuple[Fact, ...]
    """Metric by metric: what its result leaves possible."""
    gate: GatePart | None
    """None: the change leaves the gate alone."""
    warnings: tuple[str, ...]
    reproduce: str
    facts: tuple[Fact, ...]
    """SHAs and the rule of base, versions, times."""
    policy: tuple[Fact, ...]
    run_folder: str
    """On the machine that made the run: for its own terminal."""
