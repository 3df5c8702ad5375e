"""What the comparison of two arms found, metric by metric, slice by slice, fixture by fixture."""

from enum import StrEnum
from typing import NamedTuple

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Slice
from gate_action.model.metric import Role


class Interval(NamedTuple):
    """A 95% confidence interval, in score units."""

    low: float
    high: float


class Finding(StrEnum):
    """What is said of a metric."""

    REGRESSION = "regression"
    MIXED = "mixed"
    IMPROVED = "improved"
    PASS = "pass"  # noqa: S105  # a finding's name, no password
    INCONCLUSIVE = "inconclusive"
    ERRORED = "errored"


class ChangeKind(StrEnum):
    """What became of a fixture from base to head."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    ADDED = "added"
    REMOVED = "removed"
    NOT_COMPARABLE = "not_comparable"


class Flips(NamedTuple):
    """Fixtures whose mean moved by 0.75 or more."""

    to_fail: int
    to_pass: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Head minus base, over the fixtures that both arms scored. Rates and scores in [0, 1]."""

    base_mean: float
    head_mean: float
    delta: float
    interval: Interval | None
    """None where too few units exist to give one."""
    p_value: float | None
    """One-sided, for a drop. None where nothing could be tested (see ``note``)."""
    fixtures: int
    clusters: int
    base_trials: int
    head_trials: int
    flips: Flips
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceComparison:
    slice: Slice
    difference: Difference
    adjusted_p: float | None
    """Max-T adjusted over the slices that were tested."""
    is_broken: bool
    is_protected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorResult:
    floor: float
    upper: float
    """Upper 95% bound of head's mean."""
    is_broken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    metric: str
    role: Role
    finding: Finding
    difference: Difference | None
    """None when nothing could be compared (``errored``, or no base)."""
    head_mean: float | None
    """Head's mean over all that it scored, new fixtures included. None: nobody scored it."""
    slices: tuple[SliceComparison, ...] = ()
    floor: FloorResult | None = None
    could_hide: float | None = None
    """The drop that may hide behind this result (upper bound), >= 0."""
    detectable: float | None = None
    """The uniform drop that this suite finds with 80% power."""
    missing: float = 0.0
    """Share of the asked scores that are missing, both arms together."""
    sentence: str = ""


class Tally(NamedTuple):
    """Trials of one fixture on one arm."""

    passed: int
    scored: int
    errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureChange:
    fixture_id: str
    kind: ChangeKind
    base: Tally
    head: Tally
    base_mean: float | None
    """Mean over the primary metrics' scores; None: nothing scored."""
    head_mean: float | None
    metric: str
    """The metric that moved most."""
    is_critical: bool = False
    is_new: bool = False
    is_flaky: bool = False
    note: str = ""
    """E.g. ``fixed``, ``still failing``, ``critical: 3 of 4 re-runs failed``."""
