"""The words of a watch over a fix: what was pinned when the fix was merged, and what is said of it since."""

from datetime import datetime
from enum import StrEnum

from gate_action.model.dataclass import dataclass


class WatchVerdict(StrEnum):
    """What is said of a fix."""

    HELD = "held"
    NOT_HELD = "not_held"
    """Its failures lie above the target."""
    REGRESSED = "regressed"
    """They lie above what they were before the fix."""
    UNDECIDED = "undecided"

    @property
    def is_alarm(self) -> bool:
        return self in (WatchVerdict.NOT_HELD, WatchVerdict.REGRESSED)


class WatchReason(StrEnum):
    """Why a fix is watched."""

    SAID = "said"
    """The pull request says ``Fixes-cluster: <id>``."""
    FIXTURE = "fixture"
    """A fixture that was promoted from the cluster turned from failing to passing."""
    ASKED = "asked"
    """Somebody asked for it on the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEntry:
    """What is known when the fix is merged. Never changed. Times are UTC."""

    watch_id: str
    """Digest of cluster and commit."""
    cluster_id: str
    commit: str
    pull_request: int = 0
    """0: none is known."""
    reason: WatchReason
    fixtures: tuple[str, ...] = ()
    """Those that turned."""
    registered_at: datetime
    deployed_at: datetime
    """From when on production's turns are those of the fix."""
    release: str = ""
    """Only its turns count as after; empty: all since ``deployed_at``."""
    slices: tuple[tuple[str, str], ...] = ()
    """Dimension and value, all of which a turn has; none: the whole traffic."""
    target_share: float | None = None
    """The rate that was promised, as a share of the one before;"""
    target_rate: float | None = None
    """or as a rate of its own."""
    days: int
    """How long it is watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPin:
    """What the store says when it is first asked. Never changed either."""

    app: str
    mode: str
    """The label whose turns are counted."""
    classifier_digest: str
    before_since: datetime
    before_until: datetime
    """Seven whole days."""
    before_turns: int
    before_rate: float
    """Of the scored turns."""
    scored_strata: tuple[str, ...]
    """Of loop.weighing: those whose turns the classifier is asked about, all or a draw. Turns of the others count as
    not failing: nobody complained of them."""
    cluster_share: float
    """Of the mode's failures before the fix, those in the cluster: so much of the mode's rate a fix can take away."""
    delay_h: int
    """So old a turn must be to count: nine of ten complaints of the before-window had come by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEvent:
    """The verdict changed."""

    at: datetime
    verdict: WatchVerdict
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One who reported a failure, as far as their application can tell them by."""

    feedback_id: str
    join_key: str
    conversation_id: str
    turn_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One hourly look. Rates in [0, 1]; None: no turn."""

    hours: float
    """Since the deployment."""
    day: float | None
    """Of the last 24 hours,"""
    day_before: float | None
    """and of the same hours before the fix."""
    after: float | None
    """Of all turns since the deployment."""
    before: float | None
    """Of the same hours before the fix."""
    half_width: float | None
    """Of the band around ``after - before``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRate:
    """A rolling window at the last look."""

    hours: int
    rate: float | None
    turns: int
    before_rate: float | None
    before_turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MixShiftTold:
    """The traffic's mix is another one than before; rates are what they were with the old mix."""

    dimension: str
    distance: float
    """The share of the traffic that would have to move."""
    shares: tuple[tuple[str, float, float], ...]
    """Value, its share before, its share after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReading:
    """What is said of one fix at one time."""

    entry: WatchEntry
    pin: WatchPin
    at: datetime
    until: datetime
    """Turns before it count: younger ones may still be complained of, or are not scored yet."""
    verdict: WatchVerdict
    since: datetime | None
    """The look at which it was first said. None: undecided."""
    has_returned: bool
    """It held before."""
    turns_missing: int | None
    sentence: str
    target: float
    after_rate: float | None
    before_rate: float | None
    """Of the same hours."""
    after_turns: int
    before_turns: int
    units: int
    """Users, or conversations where users are not told, after."""
    missing_before: float
    missing_after: float
    """Share of the scored turns of which the classifier could not tell."""
    windows: tuple[WindowRate, ...]
    shift: MixShiftTold | None
    curve: tuple[CurvePoint, ...]
    history: tuple[WatchEvent, ...]
    fixed: tuple[Complaint, ...]
    """Whose complaint is fixed; only where it held."""
